#!/bin/bash
# Tells CloudFront which pictures are gone or have changed (pressform.php writes them down), all of a few seconds in one
# request.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Invalidation.html
set -euo pipefail
# shellcheck source=modules/wordpress/common/lib.sh
. /opt/pressform/current/lib.sh

written=$runtime/php/pictures-gone
gone=$runtime/pictures-gone

while :; do
    sleep 5
    # What was taken and not read, when a release ended this, comes first.
    if [ -e "$written.taken" ] || [ -s "$written" ]; then
        [ -e "$written.taken" ] || mv "$written" "$written.taken"
        # A page that had it open has a moment to write into it.
        sleep 1
        # As PHP's user, and paths alone: PHP can write there whatever it likes.
        runuser -u apache -- cat "$written.taken" | grep '^/[^[:space:]]*$' >>"$gone" || true
        rm "$written.taken"
    fi
    [ -s "$gone" ] || continue
    mapfile -t paths < <(sort -u "$gone")
    # Fifteen with a * may be under way.
    ((${#paths[@]} <= 10)) || paths=('/wp-content/uploads/*')
    if aws cloudfront create-invalidation --distribution-id "$DISTRIBUTION" --paths "${paths[@]}" >/dev/null; then
        log "CloudFront forgets ${paths[*]}"
        rm "$gone"
    else
        log 'CloudFront cannot be told which pictures are gone: tried again in a minute'
        sleep 60
    fi
done
