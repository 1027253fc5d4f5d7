#!/bin/bash
# What the servers' scripts share. Sourced by release.sh and by what watches, each in its own release's folder.

set -a # jq and PHP read the settings from the environment
# shellcheck source=/dev/null
. /opt/pressform/site
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/settings"
set +a

# Secrets and "this boot is through" live in memory alone: neither an image of this disk nor a reboot keeps them.
runtime=/run/pressform

log() {
    printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"
}

# bucket COMMAND ARGUMENT...: what the site's bucket is asked.
bucket() {
    aws s3api "$1" --region "$REGION" --bucket "$BUCKET" "${@:2}"
}

# retry ATTEMPTS COMMAND...: five seconds apart.
retry() {
    local left=$1
    shift
    until "$@"; do
        ((--left)) || return 1
        sleep 5
    done
}

# place FILE TARGET: puts FILE there with every @NAME@ in it replaced by that setting. Leaves an equal TARGET alone,
# else sets `changed`.
place() {
    local text name
    text=$(<"$1")
    for name in $(grep -o '@[A-Z_]*@' "$1" | sort -u | tr -d @); do
        text=${text//"@$name@"/"${!name}"}
    done
    if ! cmp -s - "$2" <<<"$text"; then
        printf '%s\n' "$text" >"$2.new"
        mv "$2.new" "$2"
        # shellcheck disable=SC2034  # read by the role's steps
        changed=yes
    fi
}

# keep_secret NAME ARN KEY...: reads the secret with the instance's role and keeps it for PHP alone, replaced in one
# step so that no request sees half of it. Refuses one that lacks a KEY.
keep_secret() {
    local file=$runtime/$1.json value key
    value=$(aws secretsmanager get-secret-value --region "$REGION" --secret-id "$2" \
        --query SecretString --output text) || return 1
    for key in "${@:3}"; do
        jq -e --arg key "$key" '.[$key] | type == "string"' >/dev/null <<<"$value" || {
            log "secret $2 has no \"$key\""
            return 1
        }
    done
    cmp -s - "$file" <<<"$value" && return
    (umask 077 && cat >"$file.new" <<<"$value") &&
        chown root:apache "$file.new" &&
        chmod 640 "$file.new" &&
        mv "$file.new" "$file"
}

# set_generation NUMBER: what is kept of any other generation is not served any more.
set_generation() {
    mkdir -p "$runtime/generations/$1"
    ln -sfn "generations/$1" "$runtime/generation.new"
    mv -T "$runtime/generation.new" "$runtime/generation"
}
