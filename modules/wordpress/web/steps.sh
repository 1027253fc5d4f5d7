#!/bin/bash
# The steps of a WordPress server. release.sh sources it.
# shellcheck disable=SC2034,SC2154  # read by release.sh, and set there

core=$home/wordpress/$WORDPRESS_VERSION-$LOCALE${WORDPRESS_SHA256:+-$WORDPRESS_SHA256}
code=$folder/html
uploads=/var/www/uploads

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
    verify "$work/archive" "$address" || die "wrong checksum: $address is not what was published"
    tar -xzf "$work/archive" -C "$work/code" --strip-components=1 --no-same-owner
    # On disk before it appears: an image may be taken of this disk at any moment.
    sync --file-system "$work/code"
    mv "$work/code" "$core"
    rm -rf "$work"
}

# lay_out_code: this release's WordPress is this server's own, and root's: PHP can read it and never change it. Files of
# the same content are one on the disk.
lay_out_code() {
    [ ! -e "$code" ] || return 0
    rm -rf "$code.new"
    cp -al "$core" "$code.new"
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

# A PHP process of WordPress takes about 64 MB; 384 MB are left to the system, nginx and the opcode cache.
size_php() {
    local memory
    memory=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
    PHP_CHILDREN=$(((memory - 384) / 64))
    ((PHP_CHILDREN >= 4)) || PHP_CHILDREN=4
}

configure() {
    configure_nginx
    RELEASE=-r$(cat "$code/wp-includes/version.php" ./*.php | sha256sum | cut -c -8)
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
    step 'configuring PHP'
    size_php
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
    jq -n '$ENV | {SITE_URL, TITLE, LOCALE, DATABASE_HOST, DATABASE_NAME, CACHE_HOST,
        CACHE_NAME, REGION}' >site.json.new
    mv site.json.new site.json
    # Where people look for it.
    [ -L /var/www/html ] || rm -rf /var/www/html
    link ../../opt/pressform/current/html /var/www/html
}

read_secrets() {
    step 'reading the secrets'
    retry 5 keep_secret database "$DATABASE_SECRET" username password ||
        die "cannot read the secret $DATABASE_SECRET"
    retry 5 keep_secret salts "$SALTS_SECRET" {AUTH,SECURE_AUTH,LOGGED_IN,NONCE}_{KEY,SALT} ||
        die "cannot read the secret $SALTS_SECRET"
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
    for path in "$home"/wordpress/*; do
        grep -qxF "$path" <<<"$used" || rm -rf "$path"
    done
}

step 'installing packages'
install_packages nginx httpd-filesystem php8.4-{cli,fpm,opcache,mysqlnd,gd,intl,mbstring,xml,zip} php8.4-pecl-apcu jq \
    ${UPLOADS_FILE_SYSTEM:+amazon-efs-utils} ${CACHE_HOST:+php8.4-pecl-redis6}
echo "$core" >core
unpack_wordpress
lay_out_code
prepare_uploads
trust_database
configure
read_secrets "$1"
[ "$1" = start ] || install_wordpress
start_php

services=(pressform-secret.service pressform-{cron,check}.timer ${BEHIND:+pressform-pages.service}
    ${DISTRIBUTION:+pressform-pictures.service})
