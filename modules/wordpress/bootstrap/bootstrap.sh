#!/bin/bash
# Fetches releases from the site's bucket, and lets them do the rest. It is in the user data, which never changes while
# the site lives: whatever may have to change is in the release.
#
# bootstrap.sh            at boot: serves what was served last, then the desired release, or the last good one
# bootstrap.sh RELEASE    from State Manager: takes this release
#
# The disk may be new, a reboot's, or an image of another server's, taken at any moment.
set -euo pipefail
umask 022
cd /opt/pressform
# shellcheck source=/dev/null
. ./site

mkdir -p /var/log/pressform releases
exec 8>&1 > >(exec tee -a /var/log/pressform/boot.log >&8) 2>&1
logger=$!
# The log's last line is out before anybody hears of the end.
trap 'exec >&- 2>&-; wait "$logger"' EXIT

log() {
    printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"
}

# object KEY FILE [VERSION]: fetches it from the bucket, and prints its version.
object() {
    aws s3api get-object --region "$REGION" --bucket "$BUCKET" --key "$1" ${3:+--version-id "$3"} \
        --query VersionId --output text "$2"
}

# fetch [SETTINGS_VERSION ARCHIVE_VERSION]: the desired release, or that of these versions, whole or not at all. Says in
# $release which one it is.
fetch() {
    local settings archive sum
    rm -rf incoming
    mkdir incoming || return
    settings=$(object "settings/$GROUP" incoming/settings "${1-}") || {
        log "FAILED: cannot read settings/$GROUP in the bucket $BUCKET"
        return 1
    }
    release=$(sha256sum incoming/settings | cut -c -16)
    [ ! -e "releases/$release/versions" ] || return 0
    log "fetching release $release"
    archive=$(object release.tar incoming/release.tar "${2-}") || {
        log "FAILED: cannot read release.tar in the bucket $BUCKET"
        return 1
    }
    sum=$(sed -n "s/^ARCHIVE='\([0-9a-f]\{64\}\)'\$/\1/p" incoming/settings | head -n 1)
    sha256sum --check --status <<<"$sum  incoming/release.tar" || {
        log "FAILED: wrong checksum: release.tar in the bucket $BUCKET is not what settings/$GROUP asks for"
        return 1
    }
    if ! { tar -xf incoming/release.tar -C incoming --no-same-owner &&
        rm incoming/release.tar &&
        echo "$release $settings $archive" >incoming/versions &&
        sync --file-system incoming &&
        rm -rf "releases/$release" &&
        mv incoming "releases/$release"; }; then
        log "FAILED: cannot unpack release $release: $(df --output=avail --block-size=M . | tail -1 | tr -d ' ') free"
        return 1
    fi
}

# fetch_last_good: what servers of this group have served, and the disks of which may be gone.
fetch_last_good() {
    local versions
    rm -f last-good
    object "good/$GROUP" last-good >/dev/null 2>&1 || return
    read -r _ versions <last-good
    [[ $versions =~ ^[A-Za-z0-9._-]+\ [A-Za-z0-9._-]+$ ]] || return
    # shellcheck disable=SC2086  # two words
    fetch $versions
}

take() {
    bash "releases/$1/common/release.sh" "${2:-take}"
}

# A roll-out waits for a boot, which waits for a new database.
exec 9>/run/pressform.lock
flock --wait 1800 9 || {
    log 'FAILED: another release has been under way for half an hour'
    exit 1
}

if [ $# = 1 ]; then
    fetch || exit
    [ "$release" = "$1" ] || {
        log "FAILED: asked for release $1, and the bucket has $release"
        exit 1
    }
    take "$release" || exit
    exit 0
fi

log 'boot starts'
serving=
if [ -e good ]; then
    # From this disk alone: neither the bucket nor a mirror of packages has to answer.
    take "$(basename "$(readlink good)")" start && serving=yes
fi
desired=
if fetch; then
    desired=$release
    if take "$desired"; then
        log 'boot complete: serving'
        exit 0
    fi
fi
if [ -z "$serving" ] && fetch_last_good && [ "$release" != "$desired" ] && take "$release"; then
    serving=yes
fi
[ -n "$serving" ] || exit 1
log "boot complete: serving $(basename "$(readlink good)"), the last good release, and not the desired one"
