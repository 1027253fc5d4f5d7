#!/bin/bash
# A letter's end, told by Postfix on standard input as it would tell the sender: into the log, where it is a metric with an
# alarm. https://www.rfc-editor.org/rfc/rfc3464
set -euo pipefail
trap '(($? == 0)) || exit 75' EXIT # the line comes later
# shellcheck source=modules/wordpress/common/lib.sh
. /opt/pressform/current/lib.sh

awk '
/^[ \t]/ && field { value[field] = value[field] " " $0; next }
{ field = "" }
/^(Final-Recipient|Diagnostic-Code|X-Postfix-Queue-ID): / {
    field = $1
    sub(/^[^:]*: ([a-zA-Z0-9-]+; ?)?/, "")
    value[field] = $0
}
field == "" && /^$/ && ("Final-Recipient:" in value) { tell() }
END { tell() }
function tell() {
    if (!("Final-Recipient:" in value)) return
    gsub(/[ \t]+/, " ", value["Diagnostic-Code:"])
    print value["X-Postfix-Queue-ID:"] " to=" value["Final-Recipient:"] ": " value["Diagnostic-Code:"]
    delete value["Final-Recipient:"]
}' | while IFS= read -r line; do
    log "$LOG_GROUP mail given-up: $line" >>/var/log/pressform/mail.log
done
