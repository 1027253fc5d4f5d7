#!/bin/bash
# wp.sh ARGUMENT...: WP-CLI, on the site as it is served.
set -euo pipefail
phars=(/opt/pressform/wp-cli-*.phar)
[ -e "${phars[0]}" ] || {
    echo 'no WP-CLI on this server: it could not be downloaded when the release came (see the log, "no WP-CLI")' >&2
    exit 1
}
cd -P /opt/pressform/current/html
# What it keeps between two calls, nobody has asked for.
exec runuser -u apache -- env WP_CLI_CACHE_DIR=/dev/null php "${phars[-1]}" --no-color "$@"
