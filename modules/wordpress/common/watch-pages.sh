#!/bin/bash
# Keeps this server's page cache true: follows the site's generation (generation.php), and takes away what is older than
# may be served while the tier behind is down.
set -euo pipefail
# shellcheck source=modules/wordpress/common/lib.sh
. /opt/pressform/current/lib.sh

seen=$(basename "$(readlink -f "$runtime/generation")")
wait=5
((IDLE_TIMEOUT > 2 * wait)) || wait=0
swept=-30

while :; do
    # It answers when there is a newer one than was seen here, or after a while.
    if newest=$(curl -fsS --max-time 15 \
        "http://$BEHIND/generation.php?cache=$HOSTNAME&seen=$seen&wait=$wait" 2>/dev/null) &&
        [[ $newest =~ ^[0-9]+$ ]]; then
        if [ "$newest" != "$seen" ]; then
            set_generation "$newest"
            seen=$newest
        elif ((!wait)); then
            sleep 0.5
        fi
    else
        sleep 1
    fi
    if ((SECONDS >= swept + 30)); then
        # A copy is renewed by the first visitor after its time. One that is this old could not be.
        find /var/cache/nginx -type f -mmin "+$((STALE_MINUTES + (PAGE_TIME + 59) / 60))" -delete
        find "$runtime/generations" -mindepth 1 -mmin +1 ! -name "$seen" -delete
        swept=$SECONDS
    fi
done
