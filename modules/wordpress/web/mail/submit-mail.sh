#!/bin/bash
# PHP's sendmail_path: takes a letter into the queue of this server, or says at once why not. A page never waits for more
# than the disk, and never longer than ten seconds.
set -euo pipefail
# shellcheck source=modules/wordpress/common/lib.sh
. /opt/pressform/current/lib.sh

refuse() {
    log "mail refused: $*" >>/var/log/php-fpm/mail.log
    exit 75 # EX_TEMPFAIL
}

case $MAIL_BY in
'') refuse 'no mail leaves this site: the environment file has no [mail]' ;;
trap) exec timeout 10 php /opt/pressform/current/trap-mail.php ;;
esac
free=$(df --output=avail --block-size=M /var/spool/postfix | tail -1 | tr -dc 0-9)
((free >= 500)) || refuse "the disk is nearly full: $free MB free, and the queue leaves 500 MB alone"
# The sender is ours, whatever the caller would like it to be.
timeout 10 /usr/sbin/sendmail -t -i -f "$MAIL_FROM" || refuse "the queue does not take it: status $?"
