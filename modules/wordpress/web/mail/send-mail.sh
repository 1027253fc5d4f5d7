#!/bin/bash
# send-mail.sh QUEUE_ID RECIPIENT...: Postfix's way to SES, a letter on standard input. The role signs, so there is no
# password. Its exit status is what Postfix does next: 75 tries again later, 65 gives up.
# https://www.postfix.org/pipe.8.html
set -euo pipefail
work=
# What goes wrong here, on a full disk say, is not the letter's fault: Postfix would give it up for any other status.
trap 'status=$?; rm -rf "$work"; ((status == 0 || status == 65)) || exit 75' EXIT
# shellcheck source=modules/wordpress/common/lib.sh
. /opt/pressform/current/lib.sh

id=$1
shift
work=$(mktemp -d)
{ printf '{"Raw": {"Data": "' && base64 -w 0 && printf '"}}'; } >"$work/content"
# Those on the envelope, blind copies too, which no header names.
jq -n '{BccAddresses: $ARGS.positional}' --args "$@" >"$work/destination"

tell() {
    log "$LOG_GROUP mail $1: $id to=$(
        IFS=,
        echo "${*:3}"
    ): $2" >>/var/log/pressform/mail.log
}

# One try: the queue does the others. An answer that is lost after SES has taken a letter is the one way to send it twice.
if answer=$(AWS_MAX_ATTEMPTS=1 aws sesv2 send-email --region "$SES_REGION" --from-email-address "$MAIL_FROM" \
    --configuration-set-name "$SES_CONFIGURATION_SET" --destination "file://$work/destination" \
    --content "file://$work/content" --cli-connect-timeout 10 --cli-read-timeout 60 \
    --query MessageId --output text 2>"$work/error"); then
    # Without a line in the log it is sent all the same.
    tell sent "$answer" "$@" || true
    exit 0
fi
reason=$(tr -s '\n' ' ' <"$work/error")
case $reason in
*'(BadRequestException)'* | *'Parameter validation failed'*) status=65 ;; # EX_DATAERR: never another answer
*) status=75 ;;                                                           # EX_TEMPFAIL
esac
((status == 65)) || tell deferred "$reason" "$@"
echo "$reason"
exit "$status"
