#!/bin/bash
# Makes this release what the server serves, or leaves the server as it was, with the reason as the last line.
#
# release.sh take     looks at the release before visitors see it, and again once they do
# release.sh start    serves it as it was served before, at a boot
#
# bootstrap.sh runs it, one at a time. It may have been stopped at any step of an earlier run, so every step looks before
# it acts, and what it makes appears whole or not at all.
set -euo pipefail
umask 022
cd "$(dirname "$0")/.."
folder=$PWD
release=$(basename "$folder")
home=/opt/pressform
# shellcheck source=/dev/null
SOFTWARE=$(. ./settings && echo "$SOFTWARE")
cp common/* "$SOFTWARE"/* .
[ "$SOFTWARE" != web ] || cp cache/* .
# shellcheck source=modules/wordpress/common/lib.sh
. ./lib.sh

mkdir -p "$runtime"
doing='starting'
failure=
php=
checking=

step() {
    doing=$*
    log "$doing"
}

die() {
    failure=$*
    exit 1
}

finish() {
    stop_checking
    (($1 == 0)) || {
        [ -z "$php" ] || systemctl stop "$php" || true
        log "FAILED: ${failure:-$doing: status $1}"
    }
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
    [ -n "$changed" ] || return 0
    changed=
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
    mkdir -p etc/nginx
    place nginx.conf etc/nginx.conf
    # Neither of the last boot's pages, nor of another server's whose image this disk is.
    if [ ! -e "$runtime/generation" ]; then
        rm -rf /var/cache/nginx
        set_generation 0
    fi
    install -d -o nginx -g nginx -m 700 /var/cache/nginx
}

# link TARGET NAME: in one step.
link() {
    ln -sfn "$1" "$2.new"
    mv -T "$2.new" "$2"
}

# A second nginx, with this release's own configuration: beside the one that visitors meet, on ports that only this
# server can reach. 8081 is in the place of 80, 8082 in that of 8080.
start_checking() {
    local problem
    checking=$runtime/check
    # That of a run which was stopped.
    stop_checking
    checking=$runtime/check
    rm -rf "$checking"
    mkdir "$checking"
    cp -r etc/nginx.conf etc/nginx "$checking"
    sed -i -e "s|$home/current/etc|$checking|; s|$home/current|$folder|; s|/run/nginx.pid|$checking/pid|" \
        -e "s|listen 80 |listen 127.0.0.1:8081 |; s|127.0.0.1:8080|127.0.0.1:8082|; s|/var/cache/nginx|$checking/pages|" \
        -e "s|access_log /[^ ]*|access_log /dev/null|" "$checking"/nginx.conf "$checking"/nginx/*.conf
    problem=$(nginx -c "$checking/nginx.conf" 2>&1 8>&- 9>&-) || die "nginx refuses its configuration: $problem"
}

stop_checking() {
    local pid
    [ -n "$checking" ] || return 0
    if [ -s "$checking/pid" ]; then
        pid=$(<"$checking/pid")
        while kill "$pid" 2>/dev/null; do
            sleep 0.2
        done
    fi
    checking=
}

# page PORT PATH: why this is no good page, or nothing. As a visitor whom no cache serves.
page() {
    local answer status
    answer=$(curl -s --max-time 20 -w '%{http_code}' -H "Host: ${SITE_URL#*://}" -H 'Cookie: wordpress_check=1' \
        "http://127.0.0.1:$1$2" | tr -d '\0') || true
    status=${answer: -3}
    case $status in
    000) echo 'no answer within 20 seconds' ;;
    3??) ;;
    2??) [[ $answer == *'</html>'* || $answer == '{"'* ]] || echo "an answer that ends early: status $status, ${#answer} bytes" ;;
    *) echo "status $status" ;;
    esac
}

# look PORT: says in $wrong which of this release's pages is not as good as the one that was served. What was no good page
# before is not the release's fault.
look() {
    local path
    for path in / /wp-login.php '/index.php?rest_route=/'; do
        wrong=$(page "$1" "$path")
        [ -n "$wrong" ] || continue
        if [ "$1" = 8081 ] && [ -n "$serving" ] && [ -n "$(page 80 "$path")" ]; then
            bad+=" $path "
        fi
        if [[ $bad != *" $path "* ]]; then
            wrong="$path: $wrong"
            return
        fi
        log "$path was no good page before: $wrong"
    done
    wrong=
}

# known_good: another server has shown that what is wrong with its pages is not this release.
known_good() {
    local known=
    bucket get-object --key "good/$GROUP" "$runtime/known-good" >/dev/null 2>&1 || return
    read -r known _ <"$runtime/known-good"
    [ "$known" = "$release" ]
}

look_before_visitors_do() {
    step 'looking at the pages before visitors do'
    start_checking
    if [ -z "$serving" ] && { [ "$SOFTWARE" != web ] || known_good; }; then
        # A frontend's pages are those of the tier behind, which may not be there yet.
        log 'nothing to compare the pages with: they are taken as they are'
    else
        look 8081
        [ -z "$wrong" ] || die "release $release is not served: $wrong"
    fi
    stop_checking
}

nginx_configuration() {
    cat /etc/nginx/nginx.conf "$home"/current/etc/nginx/*.conf 2>/dev/null | sha256sum
}

# reload_nginx: requests under way are answered by the old processes. A refused configuration leaves these, without a
# word to who asked.
reload_nginx() {
    local newest
    newest=$(pgrep -n -P "$(</run/nginx.pid)")
    systemctl reload nginx.service
    for _ in {1..100}; do
        [ "$(pgrep -n -P "$(</run/nginx.pid)")" = "$newest" ] || return 0
        sleep 0.1
    done
    failure="nginx keeps its old configuration: $(tail -n 1 /var/log/nginx/error.log)"
    return 1
}

# activate: from here on it is what visitors meet. One link decides what is served; nginx is told only of what is new in
# its own configuration.
activate() {
    local before
    before=$(nginx_configuration)
    cp ./*.service ./*.timer /etc/systemd/system/ &&
        systemctl daemon-reload &&
        link "releases/$release" "$home/current" &&
        link "$home/current/etc/nginx.conf" /etc/nginx/nginx.conf &&
        { [ -L /etc/nginx/pressform ] || rm -rf /etc/nginx/pressform; } &&
        link ../../opt/pressform/current/etc/nginx /etc/nginx/pressform &&
        touch "$runtime/ready" || return
    if ! systemctl is-active nginx.service &>/dev/null; then
        systemctl start nginx.service || return
    elif [ "$(nginx_configuration)" != "$before" ]; then
        reload_nginx || return
    fi
    # Never enabled, so that at the next boot they wait for this script again. A queue of mail goes on with what it is sending:
    # a letter that is cut off there may have been taken, and would be sent again.
    systemctl reload-or-restart "${services[@]}"
}

# undo: what was served before is served again.
undo() {
    log "undoing: $1"
    if [ -n "$good" ]; then
        bash "$home/$good/common/release.sh" start || log "cannot go back to $good"
    else
        rm -f "$runtime/ready"
        systemctl stop nginx.service
    fi
    die "release $release is not served: $1"
}

# tidy_up: the last two releases stay on the disk.
tidy_up() {
    local path
    if [ -n "$serving" ] && [ "$serving" != "releases/$release" ]; then
        systemctl stop "pressform-php@${serving#releases/}.service" || true
    fi
    for path in "$home"/releases/*; do
        case ${path##*/} in
        "$release" | "${good#releases/}") ;;
        *) rm -rf "$path" ;;
        esac
    done
    tidy_up_software
}

# mark_good: new servers may take it where the desired release fails.
mark_good() {
    bucket put-object --key "good/$GROUP" --body versions >/dev/null || log 'cannot write that this release is good'
}

services=()
changed=
bad=
wrong=
serving=
good=$(readlink "$home/good" || true)
[ ! -e "$runtime/ready" ] || serving=$(readlink "$home/current" || true)
if [ "$1" = take ]; then
    if [ -n "$serving" ] && [ "$serving" != "$good" ]; then
        log "a release was interrupted: back to what was served before it"
        [ -z "$good" ] || bash "$home/$good/common/release.sh" start
        serving=$good
    fi
    if [ "$serving" = "releases/$release" ]; then
        log "release $release is served already"
        mark_good
        exit 0
    fi
fi
log "release $release: $1"
ship_logs
# shellcheck source=/dev/null
. ./steps.sh
if [ "$1" = take ]; then
    look_before_visitors_do
    prepare_data
fi
step 'serving'
if ! activate; then
    [ "$1" = take ] || die "${failure:-a service does not start}"
    undo "${failure:-a service does not start}"
fi
keep_system_updated
if [ "$1" = take ]; then
    if [ -n "$serving" ]; then
        look 80
        [ -z "$wrong" ] || undo "$wrong"
    fi
    link "releases/$release" "$home/good"
    tidy_up
    mark_good
    log "release $release is served"
fi
php=
