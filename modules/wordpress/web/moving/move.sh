#!/bin/bash
# Moves a site in or out by way of its bucket: what import.php and export.php need root and AWS for.
#
# move.sh import ID    brings in what moving/ID/request.json in the bucket says
# move.sh export ID [uploads]
#                      writes dump, site.json and uploads.N.tar to moving/ID/ in the bucket
# move.sh back         the site that was there before the import is the site again
# move.sh forget       deletes what is kept of it
#
# Its last line says how it ended; what it has said so far is moving/ID/log in the bucket all the time.
set -euo pipefail
umask 022
cd -P "$(dirname "$0")"
# shellcheck source=modules/wordpress/common/lib.sh
. ./lib.sh

uploads=/var/www/uploads
work=/var/lib/pressform/moving
talk=5 # seconds between two words to the bucket

die() {
    echo "$*"
    exit 1
}

fetch() {
    bucket get-object --key "$1" "$2" >/dev/null || die "cannot read $1 in the bucket $BUCKET"
}

send() {
    bucket put-object --key "$1" --body "$2" >/dev/null || die "cannot write $1 to the bucket $BUCKET"
}

as_apache() {
    runuser -u apache -- php "$@"
}

# fetch_whole KEY FILE SHA256
fetch_whole() {
    local attempt
    for attempt in 1 2 3; do
        sha256sum --check --status <<<"$3  $2" 2>/dev/null && return
        bucket get-object --key "$1" "$2" >/dev/null || sleep "$attempt"
    done
    sha256sum --check --status <<<"$3  $2" 2>/dev/null || die "cannot read $1 in the bucket $BUCKET, or it is not what was sent there"
}

# room BYTES: on this server's disk, with some to spare.
room() {
    local free
    free=$(df --output=avail --block-size=1 "$work" | tail -n 1)
    ((free > $1 + 500000000)) ||
        die "this server's disk has $((free / 1000000)) MB free, and needs $(($1 / 1000000 + 500)): raise root_volume_size"
}

import() {
    local part number=0 parts sum
    fetch "moving/$1/request.json" "$work/request.json"
    if [ "$(jq -r .dump "$work/request.json")" != null ]; then
        room "$(jq .size "$work/request.json")"
        sum=$(jq -r .sha256 "$work/request.json")
        fetch_whole "moving/dumps/$sum" "$work/dump" "$sum"
        as_apache import.php check "$work"
    fi
    mapfile -t parts < <(jq -r '.parts[]' "$work/request.json")
    for part in "${parts[@]}"; do
        number=$((number + 1))
        if ! grep -qxF "$part" "$uploads/.pressform-import/done" 2>/dev/null; then
            fetch_whole "moving/parts/$part.tar" "$work/$part.tar" "$part"
            as_apache import.php part "$work/$part.tar"
            rm -f "$work/$part.tar"
        fi
        echo "uploads: part $number of ${#parts[@]}"
    done
    [ ! -e "$work/dump" ] || as_apache import.php run "$work"
    # It is for one that was stopped: the next import brings back what people have deleted in between.
    rm -f "$uploads/.pressform-import/done"
}

export_site() {
    local number=1
    room 0
    as_apache export.php "$work" "$2"
    send "moving/$1/dump" "$work/dump.sql.gz"
    rm -f "$work/dump.sql.gz"
    while [ -e "$work/uploads.$number" ]; do
        # Status 1: a file has changed or gone while it was read, for the site goes on.
        tar --create --file "$work/part.tar" --directory "$uploads" --null --verbatim-files-from --files-from "$work/uploads.$number" \
            --ignore-failed-read 2>/dev/null || [ $? = 1 ] || die "cannot pack the uploads: is the disk full?"
        send "moving/$1/uploads.$number.tar" "$work/part.tar"
        echo "uploads: part $number of $(jq .parts "$work/site.json")"
        number=$((number + 1))
    done
    # The last one: whoever sees it finds the others.
    send "moving/$1/site.json" "$work/site.json"
}

keep_talking() {
    local said=0 size
    while sleep "$talk"; do
        size=$(stat --format=%s "$work/log")
        [ "$size" = "$said" ] || bucket put-object --key "moving/$1/log" --body "$work/log" >/dev/null 2>&1 || true
        said=$size
    done
}

exec 9>/run/pressform-moving.lock
flock --nonblock 9 || die 'this server is moving a site already: wait until it is through'
rm -rf "$work"
install -d -m 770 -g apache "$work"
talker=
logger=
finish() {
    [ -z "$talker" ] || kill "$talker" 2>/dev/null || true
    # The last line is out before anybody hears of the end.
    [ -z "$logger" ] || { exec >&- 2>&-; wait "$logger"; }
    # It holds what people have told the site.
    rm -rf "$work"
}
trap finish EXIT
: >"$work/log"
case $1 in
import | export)
    [[ ${2-} =~ ^[0-9a-f]{16}$ ]] || die "move.sh $1 takes an id"
    exec > >(exec tee -a "$work/log") 2>&1
    logger=$!
    keep_talking "$2" >/dev/null 2>&1 9>&- &
    talker=$!
    ;;&
import) import "$2" ;;
export) export_site "$2" "${3-}" ;;
back | forget) as_apache import.php "$1" ;;
*) die "move.sh import ID, export ID, back or forget" ;;
esac
