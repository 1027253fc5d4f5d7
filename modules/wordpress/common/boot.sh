#!/bin/bash
# Brings this server from whatever its disk holds to serving, or stops with the reason as the last line of its log.
#
# systemd runs it at every boot, and again after a failure. The disk may be new, a reboot's, stopped in the middle of
# an earlier run, or an image of another server in any of these states, so every step looks before it acts, and what
# it makes appears whole or not at all.
set -euo pipefail
umask 022
cd /opt/pressform
# shellcheck source=modules/wordpress/common/lib.sh
. ./lib.sh

mkdir -p /var/log/pressform "$runtime"
exec > >(exec tee -a /var/log/pressform/boot.log) 2>&1
logger=$!

doing='starting'
failure=

step() {
    doing=$*
    log "$doing"
}

die() {
    failure=$*
    exit 1
}

finish() {
    (($1 == 0)) || log "FAILED: ${failure:-$doing: status $1}"
    # The log's last line is out before systemd hears of the end.
    exec >&- 2>&-
    wait "$logger"
}
trap 'finish $?' EXIT

install_packages() {
    rpm -q --quiet "$@" || retry 5 dnf install -y --quiet "$@" || die "cannot install the packages: $*"
}

# ship_logs: what each server writes goes to one log group, a stream per server and file.
ship_logs() {
    [ -n "$LOG_GROUP" ] || return 0
    step 'sending logs to CloudWatch'
    install_packages amazon-cloudwatch-agent
    place cloudwatch-agent.json "$runtime/cloudwatch-agent.json"
    /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s \
        -c "file:$runtime/cloudwatch-agent.json"
}

keep_system_updated() {
    place logrotate.conf /etc/logrotate.d/pressform
    if [ "$SYSTEM_UPDATES" = on ]; then
        systemctl start pressform-updates.timer
    else
        systemctl stop pressform-updates.timer
    fi
}

# configure_nginx: what every role has in common.
# shellcheck disable=SC2034  # placed in the files
configure_nginx() {
    local proxies
    step 'configuring nginx'
    # The load balancer must be the one that closes an idle connection, or it sends a request into a closed one.
    KEEP_ALIVE=$((IDLE_TIMEOUT + 15))
    POST_LIMIT=$((UPLOAD_LIMIT + 1))
    read -ra proxies <<<"$TRUSTED_PROXIES 127.0.0.1"
    printf -v REAL_IP_FROM 'set_real_ip_from %s; ' "${proxies[@]}"
    HOST=${SITE_URL#*://}
    HOST=${HOST%%[:/]*}
    PAGES=pages
    ((PAGE_TIME)) || PAGES=off
    mkdir -p /etc/nginx/pressform
    place nginx.conf /etc/nginx/nginx.conf
    # Neither of the last boot's pages, nor of another server's whose image this disk is.
    if [ ! -e "$runtime/generation" ]; then
        rm -rf /var/cache/nginx
        set_generation 0
    fi
    install -d -o nginx -g nginx -m 700 /var/cache/nginx
}

# start_services SERVICE...: never enabled, so that at the next boot they wait for this script again.
start_services() {
    step 'starting the services'
    if [ -n "$changed" ]; then
        systemctl restart "$@"
    else
        systemctl start "$@"
    fi
}

# shellcheck disable=SC2034  # the steps restart what runs when `place` changed a file
changed=
log 'boot starts'
ship_logs
# shellcheck source=/dev/null
. ./steps.sh
keep_system_updated
log 'boot complete: serving'
