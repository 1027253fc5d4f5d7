#!/bin/bash
# Picks up a rotated database password: a minute after the database takes it at the latest, and within seconds once a
# page has been refused with the old one (db-error.php says so). The secret and the database change one after the other,
# minutes apart perhaps, and in either order: what the database does not take is not used.
set -euo pipefail
# shellcheck source=modules/wordpress/common/lib.sh
. /opt/pressform/current/lib.sh

refused=$runtime/php/database-refused

database_takes() {
    # shellcheck disable=SC2016  # the variable is PHP's
    runuser -u apache -- php -r 'require "/opt/pressform/current/database.php"; pressform_connect($argv[1]);' "$1" &>/dev/null
}

while :; do
    for _ in {1..12}; do
        sleep 5
        [ ! -e "$refused" ] || break
    done
    rm -f "$refused"
    if ! keep_secret offered "$DATABASE_SECRET" username password; then
        log 'the database secret cannot be read: the old password stays in use'
    elif ! cmp -s "$runtime/offered.json" "$runtime/database.json" && database_takes offered; then
        cp --preserve=mode,ownership "$runtime/offered.json" "$runtime/database.json.new"
        mv "$runtime/database.json.new" "$runtime/database.json"
        log 'a new database password is in use'
    fi
done
