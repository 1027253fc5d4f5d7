#!/bin/bash
# The steps of a WordPress server. release.sh sources it.
# shellcheck disable=SC2034,SC2153,SC2154  # read by release.sh, and set there

core=$home/wordpress/$WORDPRESS_VERSION-$LOCALE${WORDPRESS_SHA256:+-$WORDPRESS_SHA256}
code=$folder/html
uploads=/var/www/uploads
wp_cli=2.12.0
wp_cli_sha512=be928f6b8ca1e8dfb9d2f4b75a13aa4aee0896f8a9a0a1c45cd5d2c98605e6172e6d014dda2e27f88c98befc16c040cbb2bd1bfa121510ea5cdf5f6a30fe8832

# The archive in the site's language, its published checksum beside it. English is at the bare domain, any other
# language at the subdomain of its first two letters.
archive_address() {
    local site=wordpress.org suffix=
    if [ "$LOCALE" != en_US ]; then
        site=${LOCALE:0:2}.wordpress.org
        suffix=-$LOCALE
    fi
    echo "https://$site/wordpress-$WORDPRESS_VERSION$suffix.tar.gz"
}

fetch() {
    curl -fsSL --connect-timeout 10 --max-time 300 -o "$2" "$1"
}

verify() {
    local archive=$1 address=$2 expected
    if [ -n "$WORDPRESS_SHA256" ]; then
        echo "$WORDPRESS_SHA256  $archive" | sha256sum --check --quiet
    else
        retry 5 fetch "$address.sha1" "$archive.sha1" || die "cannot download $address.sha1"
        read -r expected _ <"$archive.sha1" || [ -n "$expected" ]
        echo "$expected  $archive" | sha1sum --check --quiet
    fi
}

# WordPress as it was published, for the releases that have it in common. It is unpacked beside its place and moved there
# complete.
unpack_wordpress() {
    local work=$home/unpacking address free
    [ ! -e "$core" ] || return 0
    step "getting WordPress $WORDPRESS_VERSION ($LOCALE)"
    rm -rf "$work"
    free=$(df --output=avail --block-size=M "$home" | tail -1 | tr -dc 0-9)
    ((free >= 300)) || die "disk full: $free MB free in $home, unpacking WordPress needs 300 MB"
    mkdir -p "$work/code" "$home/wordpress"
    address=$(archive_address)
    retry 5 fetch "$address" "$work/archive" || die "cannot download $address"
    verify "$work/archive" "$address" ||
        die "wrong checksum: $address is not ${WORDPRESS_SHA256:-what was published}"
    tar -xzf "$work/archive" -C "$work/code" --strip-components=1 --no-same-owner
    # On disk before it appears: an image may be taken of this disk at any moment.
    sync --file-system "$work/code"
    mv "$work/code" "$core"
    rm -rf "$work"
}

# lay_out_code: this release's WordPress is this server's own, and root's: PHP can read it and never change it. Files of
# the same content are one on the disk. The owner's are laid over it: a theme or a plugin in the place of one of the same
# name, the rest file by file.
lay_out_code() {
    local path
    [ ! -e "$code" ] || return 0
    rm -rf "$code.new"
    cp -al "$core" "$code.new"
    if [ -d site/wp-content ]; then
        step "laying the site's own files over WordPress's"
        for path in site/wp-content/{plugins,themes}/*; do
            rm -rf "$code.new/${path#site/}"
        done
        cp -alf site/wp-content "$code.new/"
    fi
    rm -rf "$code.new/wp-content/uploads"
    ln -s "$uploads" "$code.new/wp-content/uploads"
    mkdir -p "$code.new/wp-content/mu-plugins"
    mv "$code.new" "$code"
}

# The pictures are the one thing that all servers share. Nobody but root can write to the empty mount point, so a
# picture is never stored on one server's disk by mistake. Not in fstab: an image would mount its origin's.
prepare_uploads() {
    mkdir -p "$uploads"
    if [ -z "$UPLOADS_FILE_SYSTEM" ]; then
        chown apache:apache "$uploads"
    elif ! mountpoint -q "$uploads"; then
        step "mounting the uploads from $UPLOADS_FILE_SYSTEM"
        retry 12 mount -t efs -o "tls,iam,noresvport,accesspoint=$UPLOADS_ACCESS_POINT" "$UPLOADS_FILE_SYSTEM:/" "$uploads" ||
            die "cannot mount $UPLOADS_FILE_SYSTEM on $uploads"
    fi
}

# The Amazon RDS authorities are in no system's trust store. Each of AWS's partitions has its own.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
# https://docs.amazonaws.cn/en_us/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
trust_database() {
    local anchor=/etc/pki/ca-trust/source/anchors/rds.pem address
    case $REGION in
    cn-*) address=rds-truststore.s3.cn-north-1.amazonaws.com.cn ;;
    us-gov-*) address=truststore.pki.us-gov-west-1.rds.amazonaws.com ;;
    *) address=truststore.pki.rds.amazonaws.com ;;
    esac
    address=https://$address/global/global-bundle.pem
    [ ! -e "$anchor" ] || return 0
    step "trusting the database's certificate authorities"
    retry 5 fetch "$address" "$folder/rds.pem" || die "cannot download $address"
    mv "$folder/rds.pem" "$anchor"
    update-ca-trust
}

# A PHP process of WordPress takes about half of what it may; 384 MB are left to the system, nginx and the opcode cache.
size_php() {
    local memory
    memory=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
    PHP_CHILDREN=$(((memory - 384) / (MEMORY_LIMIT / 2)))
    ((PHP_CHILDREN >= 4)) || PHP_CHILDREN=4
}

configure() {
    configure_nginx
    RELEASE=-r$({
        cat "$code/wp-includes/version.php" ./*.php
        [ ! -d site ] || echo "$ARCHIVE"
    } | sha256sum | cut -c -8)
    OWN_FILES=max-age=604800
    [ ! -d site ] || OWN_FILES=max-age=600
    if [ -n "$BEHIND" ]; then
        LISTEN=127.0.0.1:8080
        HEALTH="proxy_pass \$behind"
        place pages.conf etc/nginx/pages.conf
    else
        # The tier in front keeps the pages.
        LISTEN='80 default_server'
    fi
    HIDDEN_HEADER=X-Pingback
    [ "$XMLRPC" = off ] || HIDDEN_HEADER=X-Powered-By
    place wordpress.conf etc/nginx/wordpress.conf
    jq -nr --argjson redirects "$REDIRECTS" -f redirects.jq >etc/nginx/redirects.conf
    step 'configuring PHP'
    size_php
    DATABASE_TIME=$((REQUEST_TIME * 5 / 6))
    mkdir -p php.d
    SOCKETS=$folder/php
    place php-fpm.conf etc/php-fpm.conf
    place php.ini php.d/pressform.ini
    for file in db{,-error}.php; do
        place "$file" "$code/wp-content/$file"
    done
    place pressform.php "$code/wp-content/mu-plugins/pressform.php"
    [ -z "$CACHE_HOST" ] || place object-cache.php "$code/wp-content/object-cache.php"
    place sysctl.conf /etc/sysctl.d/90-pressform.conf
    sysctl --quiet --load=/etc/sysctl.d/90-pressform.conf
    # PHP leaves word here that it was refused by the database.
    install -d -o apache -g apache "$runtime/php"
    # In one step: pages may be reading it.
    jq -n --argjson constants "$CONSTANTS" '$ENV | {SITE_URL, TITLE, LOCALE, THEME, PLUGINS, TABLE_PREFIX,
        ENVIRONMENT_TYPE, CONSTANTS: $constants, DATABASE_HOST, DATABASE_NAME, CACHE_HOST, CACHE_NAME, REGION,
        MAIL_BY, MAIL_FROM, MAIL_NAME, MAIL_REPLY_TO}' >site.json.new
    mv site.json.new site.json
    # Where people look for it.
    [ -L /var/www/html ] || rm -rf /var/www/html
    link ../../opt/pressform/current/html /var/www/html
}

# WP-CLI is for people (wp.sh): a site is served as well without it, so nothing ends here.
# https://github.com/wp-cli/wp-cli/releases
fetch_wp_cli() {
    local phar=$home/wp-cli-$wp_cli.phar
    [ ! -e "$phar" ] || return 0
    step "getting WP-CLI $wp_cli"
    if curl -fsSL --connect-timeout 10 --max-time 60 -o "$phar.new" \
        "https://github.com/wp-cli/wp-cli/releases/download/v$wp_cli/wp-cli-$wp_cli.phar" &&
        sha512sum --check --status <<<"$wp_cli_sha512  $phar.new"; then
        mv "$phar.new" "$phar"
    else
        log "no WP-CLI on this server: it cannot be downloaded, or is not what was published"
        rm -f "$phar.new"
    fi
}

# keep_constants: the owner's secret constants, in memory for PHP alone. Each release has its own, so that the one before
# keeps what it was told. A value is in no command's arguments.
keep_constants() {
    local file=$runtime/constants/$release.json pair value all=
    install -d -o root -g apache -m 750 "$runtime/constants"
    for pair in $SECRETS; do
        value=$(aws secretsmanager get-secret-value --region "$REGION" --secret-id "${pair#*=}" \
            --query SecretString --output text) || return 1
        all+=$(printf %s "$value" | jq -Rs --arg name "${pair%%=*}" '{($name): .}')
    done
    (umask 077 && printf %s "$all" | jq -s 'add // {}' >"$file.new") &&
        chown root:apache "$file.new" &&
        chmod 640 "$file.new" &&
        mv "$file.new" "$file"
}

# configure_mail: PHP hands a letter to Postfix, whose queue is on this disk, and Postfix to SES or to the owner's service.
# shellcheck disable=SC2153  # the settings
configure_mail() {
    local file problem this
    place mail.php "$code/wp-content/mu-plugins/pressform-mail.php"
    if [ "$MAIL_BY" != ses ] && [ "$MAIL_BY" != smtp ]; then
        systemctl stop pressform-mail.service &>/dev/null || true
        return 0
    fi
    step 'configuring mail'
    MAIL_DOMAIN=${MAIL_FROM#*@}
    # SES takes a letter for all or for none: one address that nobody has would cost the others theirs.
    MAIL_TRANSPORT='default_transport = ses:ses
ses_destination_recipient_limit = 1'
    if [ "$MAIL_BY" = smtp ]; then
        MAIL_TRANSPORT="default_transport = smtp
relayhost = [$SMTP_HOST]:$SMTP_PORT
smtp_tls_security_level = verify
smtp_tls_verify_cert_match = hostname
smtp_tls_CAfile = /etc/pki/tls/certs/ca-bundle.crt
smtp_tls_wrappermode = $([ "$SMTP_TLS" = implicit ] && echo yes || echo no)"
        [ -z "$SMTP_SECRET" ] || MAIL_TRANSPORT+="
smtp_sasl_auth_enable = yes
smtp_sasl_security_options = noanonymous
smtp_sasl_mechanism_filter = plain, login
smtp_sasl_password_maps = texthash:$runtime/smtp"
    fi
    mkdir -p etc/postfix
    place postfix.conf etc/postfix/main.cf
    place postfix-services.conf etc/postfix/master.cf
    place postfix-headers.conf etc/postfix/headers
    problem=$(postfix -c "$folder/etc/postfix" check 2>&1) || die "Postfix refuses its configuration: $problem"
    # The letters of another server, whose image this disk is, are that server's to send.
    this=$(cat /var/lib/cloud/data/instance-id)
    if [ "$(cat "$home/mail-of" 2>/dev/null)" != "$this" ]; then
        find /var/spool/postfix/{maildrop,incoming,active,deferred,hold,defer,bounce} -type f -delete
        echo "$this" >"$home/mail-of"
    fi
    touch /var/log/pressform/mail.log
    chown nobody /var/log/pressform/mail.log
    # Distributions start one of their own.
    ln -sfn /dev/null /etc/systemd/system/postfix.service
    for file in main.cf master.cf headers; do
        link "$home/current/etc/postfix/$file" "/etc/postfix/$file"
    done
    services+=(pressform-mail.service)
}

read_secrets() {
    step 'reading the secrets'
    retry 5 keep_secret database "$DATABASE_SECRET" username password ||
        die "cannot read the secret $DATABASE_SECRET"
    retry 5 keep_secret salts "$SALTS_SECRET" {AUTH,SECURE_AUTH,LOGGED_IN,NONCE}_{KEY,SALT} ||
        die "cannot read the secret $SALTS_SECRET"
    retry 5 keep_constants || die "cannot read a secret of [wordpress.secrets]: $SECRETS"
    if [ -n "$SMTP_SECRET" ]; then
        retry 5 keep_secret smtp "$SMTP_SECRET" username password || die "cannot read the secret $SMTP_SECRET"
        # For Postfix alone.
        (umask 077 && jq -r '"[\(env.SMTP_HOST)]:\(env.SMTP_PORT) \(.username):\(.password)"' "$runtime/smtp.json" >"$runtime/smtp")
        rm "$runtime/smtp.json"
    fi
    [ "$1" = start ] || retry 5 keep_secret admin "$ADMIN_SECRET" username password email ||
        die "cannot read the secret $ADMIN_SECRET"
}

install_wordpress() {
    local answer
    step 'installing WordPress, unless another server has'
    answer=$(runuser -u apache -- php install.php) || die "${answer:-install.php ended without a word}"
    log "$answer"
    rm "$runtime/admin.json"
}

# check_code: a database goes with the code that it names.
check_code() {
    local answer
    step 'looking for what the database names'
    answer=$(runuser -u apache -- php check-code.php ${serving:+"$home/$serving"}) || {
        answer=${answer:-check-code.php ended without a word}
        known_good || die "release $release is not served: $answer"
    }
    log "$answer"
}

# start_php: each release has a PHP of its own, with its own settings, so that the one before answers to its last request
# what it has begun.
start_php() {
    step 'starting PHP'
    cp pressform-php@.service /etc/systemd/system/
    # Distributions start one with nginx.
    ln -sfn /dev/null /etc/systemd/system/php-fpm.service
    systemctl daemon-reload
    php=pressform-php@$release.service
    systemctl start "$php" || die "PHP does not start: $(tail -n 1 /var/log/php-fpm/error.log)"
}

# prepare_data: the database follows the code, once, before the code serves.
prepare_data() {
    local answer
    step 'upgrading the database, where this WordPress needs it'
    answer=$(runuser -u apache -- php upgrade.php) || die "${answer:-upgrade.php ended without a word}"
    log "$answer"
}

tidy_up_software() {
    local path used
    used=$(cat "$home"/releases/*/core)
    for path in "$runtime"/constants/*.json; do
        [ -e "$home/releases/$(basename "$path" .json)" ] || rm -f "$path"
    done
    for path in "$home"/wordpress/*; do
        grep -qxF "$path" <<<"$used" || rm -rf "$path"
    done
}

services=(pressform-secret.service pressform-{cron,check,version}.timer ${BEHIND:+pressform-pages.service}
    ${DISTRIBUTION:+pressform-pictures.service})

mail_packages=()
case $MAIL_BY in
ses) mail_packages=(postfix) ;;
smtp) mail_packages=(postfix ${SMTP_SECRET:+cyrus-sasl-plain}) ;;
esac
step 'installing packages'
read -ra extensions <<<"$PHP_PACKAGES"
install_packages nginx httpd-filesystem php8.4-{cli,fpm,opcache,mysqlnd,gd,intl,mbstring,xml,zip} php8.4-pecl-apcu jq \
    "${extensions[@]}" ${UPLOADS_FILE_SYSTEM:+amazon-efs-utils} ${CACHE_HOST:+php8.4-pecl-redis6} "${mail_packages[@]}"
echo "$core" >core
unpack_wordpress
lay_out_code
prepare_uploads
trust_database
configure
read_secrets "$1"
if [ "$1" = take ]; then
    install_wordpress
    check_code
    fetch_wp_cli
fi
configure_mail
start_php
