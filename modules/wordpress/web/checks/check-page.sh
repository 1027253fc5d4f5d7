#!/bin/bash
# Asks this server for a page that WordPress makes, every minute. What it finds goes to the log, and from there to a
# metric with an alarm. It takes no server out: what is wrong here is wrong everywhere, or a database's failover.
set -euo pipefail
# shellcheck source=modules/wordpress/common/lib.sh
. /opt/pressform/current/lib.sh

# Status and body: a theme that is missing, or a plugin that ends early, answers 200 with nothing.
answer=$(curl -s --max-time 30 -w '%{http_code}' -H "Host: ${SITE_URL#*://}" "http://${BEHIND:-127.0.0.1}/") || true
result=well
[[ $answer == *'</html>'*200 ]] || result=failed
log "$LOG_GROUP page-check $result: status ${answer: -3}, ${#answer} bytes" >>/var/log/pressform/page-check.log
