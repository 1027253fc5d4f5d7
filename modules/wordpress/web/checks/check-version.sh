#!/bin/bash
# Asks wordpress.org what it holds of this WordPress, twice a day. What it finds goes to the log, and from there to a
# metric with an alarm. Without an answer, as where there is no way to the internet, nothing is claimed.
set -euo pipefail
# shellcheck source=modules/wordpress/common/lib.sh
. /opt/pressform/current/lib.sh

api=https://api.wordpress.org/core/stable-check/1.0/

# A JSON object: each release that there ever was, with latest, outdated or insecure.
status=$(curl -fsS --connect-timeout 10 --max-time 30 "$api" |
    jq -r --arg version "$WORDPRESS_VERSION" '.[$version] // "unheard of"') || status=silent
case $status in
latest | outdated) result="well: WordPress $WORDPRESS_VERSION is $status, and has no known hole" ;;
insecure) result="failed: WordPress $WORDPRESS_VERSION is insecure, raise wordpress.version" ;;
silent | '') result="unknown: no answer from $api" ;;
*) result="unknown: $api says nothing of WordPress $WORDPRESS_VERSION" ;;
esac
log "$LOG_GROUP version-check $result" >>/var/log/pressform/version-check.log
