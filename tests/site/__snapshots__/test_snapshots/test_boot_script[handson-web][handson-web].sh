#cloud-boothook
#!/bin/bash
REGION='ap-northeast-1'
HEALTH_PATH='/health.php'
TRUSTED_PROXIES='10.0.0.0/21'
CLIENT_HEADER='X-Forwarded-For'
IDLE_TIMEOUT='60'
SYSTEM_UPDATES='on'
LOG_GROUP='${aws_cloudwatch_log_group.wordpress.name}'
SITE_URL='http://${aws_lb.load_balancer.dns_name}'
TITLE='WordPress'
LOCALE='ja'
WORDPRESS_VERSION='7.1'
WORDPRESS_SHA256=''
DATABASE_HOST='${aws_db_instance.database.address}'
DATABASE_NAME='wordpress'
DATABASE_SECRET='${aws_secretsmanager_secret.database.arn}'
SALTS_SECRET='${aws_secretsmanager_secret.salts.arn}'
ADMIN_SECRET='${aws_secretsmanager_secret.admin.arn}'
UPLOADS_FILE_SYSTEM='${aws_efs_file_system.uploads.id}'
UPLOADS_ACCESS_POINT='${aws_efs_access_point.uploads.id}'
XMLRPC='off'
CACHE_HOST=''
CACHE_NAME=''
umask 022
mkdir -p /opt/pressform
cd /opt/pressform || exit
for name in REGION HEALTH_PATH TRUSTED_PROXIES CLIENT_HEADER IDLE_TIMEOUT SYSTEM_UPDATES LOG_GROUP SITE_URL TITLE LOCALE WORDPRESS_VERSION WORDPRESS_SHA256 DATABASE_HOST DATABASE_NAME DATABASE_SECRET SALTS_SECRET ADMIN_SECRET UPLOADS_FILE_SYSTEM UPLOADS_ACCESS_POINT XMLRPC CACHE_HOST CACHE_NAME; do
    printf '%s=%q\n' "$name" "$${!name}"
done >settings
cat >boot.sh <<'END_OF_boot.sh'
#!/bin/bash
set -euo pipefail
umask 022
cd /opt/pressform
. ./lib.sh

mkdir -p /var/log/pressform "$runtime"
exec > >(exec tee -a /var/log/pressform/boot.log) 2>&1
logger=$!

doing='starting'
failure=

step() {
    doing=$*
    log "$doing"
}

die() {
    failure=$*
    exit 1
}

finish() {
    (($1 == 0)) || log "FAILED: $${failure:-$doing: status $1}"
    exec >&- 2>&-
    wait "$logger"
}
trap 'finish $?' EXIT

install_packages() {
    rpm -q --quiet "$@" || retry 5 dnf install -y --quiet "$@" || die "cannot install the packages: $*"
}

ship_logs() {
    [ -n "$LOG_GROUP" ] || return 0
    step 'sending logs to CloudWatch'
    install_packages amazon-cloudwatch-agent
    place cloudwatch-agent.json "$runtime/cloudwatch-agent.json"
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

changed=
log 'boot starts'
ship_logs
. ./steps.sh
keep_system_updated
log 'boot complete: serving'
END_OF_boot.sh
cat >cloudwatch-agent.json <<'END_OF_cloudwatch-agent.json'
{
  "agent": {
    "run_as_user": "root"
  },
  "logs": {
    "logs_collected": {
      "files": {
        "collect_list": [
          {
            "file_path": "/var/log/pressform/boot.log",
            "log_group_name": "@LOG_GROUP@",
            "log_stream_name": "{instance_id}/boot"
          },
          {
            "file_path": "/var/log/httpd/access_log",
            "log_group_name": "@LOG_GROUP@",
            "log_stream_name": "{instance_id}/access"
          },
          {
            "file_path": "/var/log/httpd/error_log",
            "log_group_name": "@LOG_GROUP@",
            "log_stream_name": "{instance_id}/error"
          },
          {
            "file_path": "/var/log/php-fpm/*.log",
            "log_group_name": "@LOG_GROUP@",
            "log_stream_name": "{instance_id}/php"
          },
          {
            "file_path": "/var/log/nginx/*.log",
            "log_group_name": "@LOG_GROUP@",
            "log_stream_name": "{instance_id}/nginx"
          }
        ]
      }
    }
  }
}
END_OF_cloudwatch-agent.json
cat >cron.php <<'END_OF_cron.php'
<?php


require __DIR__ . '/database.php';

$database = pressform_connect();
if (!pressform_lock($database, 'cron', wait: 0, hold: 900)) {
    echo "another server is at it\n";
    exit;
}
pressform_pretend_request();
require '/var/www/html/wp-cron.php';
END_OF_cron.php
cat >database.php <<'END_OF_database.php'
<?php


mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);

function pressform_value(string $name): object
{
    return json_decode(file_get_contents("/run/pressform/$name.json"), flags: JSON_THROW_ON_ERROR);
}

function pressform_connect(string $secret = 'database'): mysqli
{
    $site = pressform_value('site');
    $user = pressform_value($secret);
    $database = mysqli_init();
    $database->options(MYSQLI_OPT_CONNECT_TIMEOUT, 5);
    @$database->real_connect(
        $site->DATABASE_HOST,
        $user->username,
        $user->password,
        $site->DATABASE_NAME,
        flags: MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT,
    );

    return $database;
}

function pressform_ask(mysqli $database, string $query, string ...$parameters): mixed
{
    return $database->execute_query($query, $parameters)->fetch_row()[0] ?? null;
}

function pressform_lock(mysqli $database, string $purpose, int $wait, int $hold): bool
{
    $name = "pressform $purpose " . substr(sha1(pressform_value('site')->DATABASE_NAME), 0, 16);
    $database->query("SET SESSION wait_timeout = $hold");

    return (int) pressform_ask($database, 'SELECT GET_LOCK(?, ?)', $name, (string) $wait) === 1;
}

function pressform_pretend_request(): void
{
    $address = parse_url(pressform_value('site')->SITE_URL);
    $_SERVER = [
        'HTTP_HOST' => $address['host'],
        'SERVER_NAME' => $address['host'],
        'SERVER_PROTOCOL' => 'HTTP/1.1',
        'REQUEST_METHOD' => 'GET',
        'REQUEST_URI' => '/',
        'REMOTE_ADDR' => '127.0.0.1',
    ] + $_SERVER;
}
END_OF_database.php
cat >db-error.php <<'END_OF_db-error.php'
<?php


touch('/run/pressform/php/database-refused');
http_response_code(503);
header('Retry-After: 10');
header('Cache-Control: no-store');
?>
<!doctype html>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<title>503</title>
<h1>503 Service Unavailable</h1>
END_OF_db-error.php
cat >health.php <<'END_OF_health.php'
<?php


$ready = file_exists('/run/pressform/ready') && extension_loaded('mysqli');
http_response_code($ready ? 200 : 503);
header('Cache-Control: no-store');
header('Content-Type: text/plain');
echo $ready ? "ok\n" : "not ready\n";
END_OF_health.php
cat >httpd.conf <<'END_OF_httpd.conf'
ServerRoot "/etc/httpd"
ServerName localhost
Listen 80
Include conf.modules.d/*.conf
User apache
Group apache

ServerTokens Prod
ServerSignature Off
TraceEnable Off
Timeout 60
KeepAliveTimeout @KEEP_ALIVE@
MaxKeepAliveRequests 0
AddDefaultCharset UTF-8
TypesConfig /etc/mime.types

RemoteIPHeader @CLIENT_HEADER@
RemoteIPInternalProxy @TRUSTED_PROXIES@
RequestHeader unset Proxy
RequestHeader unset X-Forwarded-Host
RequestHeader unset X-Forwarded-Server

ErrorLog "/var/log/httpd/error_log"
LogLevel warn
LogFormat "%a %l %u %t \"%r\" %>s %b \"%%{Referer}i\" \"%%{User-Agent}i\" %D" site
SetEnvIf Request_URI "^@HEALTH_PATH@$" health
CustomLog "/var/log/httpd/access_log" site env=!health

<Directory />
    AllowOverride None
    Require all denied
</Directory>

DocumentRoot "/var/www/html"
DirectoryIndex index.php
<Directory "/var/www/html">
    Options FollowSymLinks
    Require all granted
    RewriteEngine On
    RewriteRule ^index\.php$ - [L]
    RewriteCond %%{REQUEST_FILENAME} !-f
    RewriteCond %%{REQUEST_FILENAME} !-d
    RewriteRule . /index.php [L]
</Directory>

<FilesMatch "\.php$">
    SetHandler "proxy:unix:/run/php-fpm/www.sock|fcgi://localhost"
</FilesMatch>
ProxyTimeout 60

Alias "@HEALTH_PATH@" "/opt/pressform/health.php"
<Directory "/opt/pressform">
    <Files "health.php">
        Require all granted
    </Files>
</Directory>

<Directory "/var/www/html/wp-content/uploads">
    <FilesMatch "(?i)\.(php|phar|phtml|phps|pht)">
        Require all denied
    </FilesMatch>
</Directory>

<LocationMatch "/\.(?!well-known/)">
    Require all denied
</LocationMatch>
<LocationMatch "^/+(readme\.html|license[^/]*\.(txt|html)|wp-config[^/]*|wp-admin/install\.php|wp-content/(db-error|object-cache)\.php)">
    Require all denied
</LocationMatch>

Define XMLRPC_@XMLRPC@
<IfDefine !XMLRPC_on>
    <Location "/xmlrpc.php">
        Require all denied
    </Location>
    Header unset X-Pingback
</IfDefine>

Header always set X-Content-Type-Options nosniff
Header always unset X-Powered-By
AddOutputFilterByType DEFLATE text/html text/css text/plain text/javascript application/javascript application/json image/svg+xml
ExpiresActive On
<FilesMatch "\.(css|js|png|jpe?g|gif|webp|avif|svg|ico|woff2?)$">
    ExpiresDefault "access plus 7 days"
</FilesMatch>
END_OF_httpd.conf
cat >install.php <<'END_OF_install.php'
<?php


require __DIR__ . '/database.php';

const DATABASE_WAIT = 900; // seconds; a new Multi-AZ database takes about ten minutes

const INSTALL_TIME = 120; // seconds that the installation may take; it takes two to ten

const NOT_THERE_YET = [2002, 2003, 2005, 2006, 2013, 1040, 1053, 1129];

function fail(string $reason): never
{
    echo $reason, "\n";
    exit(1);
}

function wait_for_database(): mysqli
{
    $host = pressform_value('site')->DATABASE_HOST;
    $last = time() + DATABASE_WAIT;
    $said = 0;
    while (true) {
        try {
            return pressform_connect();
        } catch (mysqli_sql_exception $error) {
            if (!in_array($error->getCode(), NOT_THERE_YET, true)) {
                fail("the database $host refuses us: {$error->getMessage()}");
            }
        }
        if (time() >= $last) {
            fail("no database at $host within " . DATABASE_WAIT . " seconds: {$error->getMessage()}");
        }
        if (time() >= $said + 30) {
            fwrite(STDERR, "waiting for the database at $host: {$error->getMessage()}\n");
            $said = time();
        }
        sleep(2);
    }
}

function already_installed(mysqli $database): ?string
{
    $database->query(
        'CREATE TABLE IF NOT EXISTS pressform_install (
            id TINYINT PRIMARY KEY, state VARCHAR(16) NOT NULL, changed TIMESTAMP DEFAULT CURRENT_TIMESTAMP
        )',
    );
    $state = pressform_ask($database, 'SELECT state FROM pressform_install WHERE id = 1');
    if ($state === 'done') {
        return 'WordPress is installed';
    }
    $tables = array_column($database->query("SHOW TABLES LIKE 'wp\\_%'")->fetch_all(), 0);
    if ($tables && $state !== 'started') {
        return 'WordPress is installed: the tables of another origin are left as they are';
    }
    $database->query("REPLACE INTO pressform_install (id, state) VALUES (1, 'started')");
    foreach ($tables as $table) {
        $database->query("DROP TABLE `$table`");
    }
    if ($tables) {
        fwrite(STDERR, 'cleared ' . count($tables) . " tables of an installation that was cut short\n");
    }

    return null;
}

function install(): void
{
    $site = pressform_value('site');
    $admin = pressform_value('admin');

    add_filter('pre_wp_mail', '__return_false');
    add_filter('pre_http_request', fn () => new WP_Error('pressform', 'no requests while installing'));

    wp_install(
        $site->TITLE,
        $admin->username,
        $admin->email,
        is_public: true,
        user_password: wp_slash($admin->password),
        language: $site->LOCALE === 'en_US' ? '' : $site->LOCALE,
    );
    $GLOBALS['wp_rewrite']->set_permalink_structure('/%year%/%monthnum%/%postname%/');
    $GLOBALS['wp_rewrite']->flush_rules(false);
    if (!username_exists($admin->username) || get_option('siteurl') !== $site->SITE_URL) {
        fail("the installation is incomplete: {$GLOBALS['wpdb']->last_error}");
    }
}

$complete = false;
register_shutdown_function(function () use (&$complete) {
    if (!$complete) {
        exit(1);
    }
});

try {
    $database = wait_for_database();
    if (!pressform_lock($database, 'install', wait: 300, hold: INSTALL_TIME)) {
        fail('another server has been installing WordPress for 300 seconds');
    }
    $answer = already_installed($database);
    if ($answer === null) {
        define('WP_INSTALLING', true);
        pressform_pretend_request();
        require '/var/www/html/wp-load.php';
        require_once ABSPATH . 'wp-admin/includes/upgrade.php';
        install();
        $database->query("UPDATE pressform_install SET state = 'done' WHERE id = 1");
        $answer = 'WordPress is installed, by this server';
    }
} catch (mysqli_sql_exception $error) {
    fail("the database failed us: {$error->getMessage()}");
}
echo $answer, "\n";
$complete = true;
END_OF_install.php
cat >lib.sh <<'END_OF_lib.sh'
#!/bin/bash

set -a # jq and PHP read the settings from the environment
. /opt/pressform/settings
set +a

runtime=/run/pressform

log() {
    printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"
}

retry() {
    local left=$1
    shift
    until "$@"; do
        ((--left)) || return 1
        sleep 5
    done
}

place() {
    local text name
    text=$(<"$1")
    for name in $(grep -o '@[A-Z_]*@' "$1" | sort -u | tr -d @); do
        text=$${text//"@$name@"/"$${!name}"}
    done
    if ! cmp -s - "$2" <<<"$text"; then
        printf '%s\n' "$text" >"$2.new"
        mv "$2.new" "$2"
        changed=yes
    fi
}

keep_secret() {
    local file=$runtime/$1.json value key
    value=$(aws secretsmanager get-secret-value --region "$REGION" --secret-id "$2" \
        --query SecretString --output text) || return 1
    for key in "$${@:3}"; do
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
END_OF_lib.sh
cat >logrotate.conf <<'END_OF_logrotate.conf'
/var/log/pressform/*.log {
    weekly
    rotate 8
    compress
    missingok
    notifempty
    copytruncate
}
END_OF_logrotate.conf
cat >php-fpm.conf <<'END_OF_php-fpm.conf'
[www]
user = apache
group = apache
listen = /run/php-fpm/www.sock
listen.owner = apache
listen.group = apache

; As many as the memory holds (web/steps.sh): one more would swap, and a swapping server fails its health check.
pm = dynamic
pm.max_children = @PHP_CHILDREN@
pm.start_servers = 2
pm.min_spare_servers = 2
pm.max_spare_servers = 4
pm.max_requests = 1000
request_terminate_timeout = 60

security.limit_extensions = .php
php_admin_value[error_log] = /var/log/php-fpm/www-error.log
php_admin_flag[log_errors] = on
php_admin_value[auto_prepend_file] = /opt/pressform/sign-in-limit.php
END_OF_php-fpm.conf
cat >php.ini <<'END_OF_php.ini'
expose_php = off
display_errors = off
memory_limit = 128M
upload_max_filesize = 32M
post_max_size = 33M

opcache.memory_consumption = 128
opcache.interned_strings_buffer = 16
opcache.max_accelerated_files = 10000
opcache.revalidate_freq = 60
realpath_cache_size = 4096K
realpath_cache_ttl = 600
END_OF_php.ini
cat >pressform-cron.service <<'END_OF_pressform-cron.service'
[Unit]
Description=Pressform: run what WordPress has due

[Service]
Type=oneshot
User=apache
ExecStart=/usr/bin/php /opt/pressform/cron.php
TimeoutStartSec=10min
END_OF_pressform-cron.service
cat >pressform-cron.timer <<'END_OF_pressform-cron.timer'
[Unit]
Description=Pressform: run what WordPress has due, every minute

[Timer]
OnActiveSec=1min
OnUnitActiveSec=1min
END_OF_pressform-cron.timer
cat >pressform-secret.service <<'END_OF_pressform-secret.service'
[Unit]
Description=Pressform: pick up a rotated database password

[Service]
ExecStart=/bin/bash /opt/pressform/watch-secret.sh
Restart=always
RestartSec=10
END_OF_pressform-secret.service
cat >pressform-updates.service <<'END_OF_pressform-updates.service'
[Unit]
Description=Pressform: security updates of the system

[Service]
Type=oneshot
ExecStart=/usr/bin/dnf upgrade -y --quiet --security --releasever=latest
END_OF_pressform-updates.service
cat >pressform-updates.timer <<'END_OF_pressform-updates.timer'
[Unit]
Description=Pressform: security updates of the system, daily

[Timer]
OnBootSec=1h
OnUnitActiveSec=1d
RandomizedDelaySec=6h
END_OF_pressform-updates.timer
cat >pressform.service <<'END_OF_pressform.service'
[Unit]
Description=Pressform: bring this server to serving
Wants=network-online.target
After=network-online.target cloud-init.service
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/bash /opt/pressform/boot.sh
Restart=on-failure
RestartSec=30
StandardOutput=journal+console
StandardError=inherit

[Install]
WantedBy=multi-user.target
END_OF_pressform.service
cat >sign-in-limit.php <<'END_OF_sign-in-limit.php'
<?php


(function () {
    $attempts = 10; // a minute, of one client at one server

    $page = basename($_SERVER['SCRIPT_FILENAME'] ?? '');
    if (($_SERVER['REQUEST_METHOD'] ?? '') !== 'POST' || !in_array($page, ['wp-login.php', 'xmlrpc.php'], true)) {
        return;
    }
    $key = 'sign-in ' . intdiv(time(), 60) . " {$_SERVER['REMOTE_ADDR']}";
    apcu_add($key, 0, 60);
    if (apcu_inc($key) > $attempts) {
        http_response_code(429);
        header('Retry-After: 60');
        header('Cache-Control: no-store');
        exit("Too many attempts. Try again in a minute.\n");
    }
})();
END_OF_sign-in-limit.php
cat >steps.sh <<'END_OF_steps.sh'
#!/bin/bash

code=/var/www/html
uploads=/var/www/uploads

archive_address() {
    local site=wordpress.org suffix=
    if [ "$LOCALE" != en_US ]; then
        site=$${LOCALE:0:2}.wordpress.org
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

unpack_wordpress() {
    local release="$WORDPRESS_VERSION $LOCALE $WORDPRESS_SHA256" work=/var/www/unpacking address free
    [ "$(cat "$code/.release" 2>/dev/null)" != "$release" ] || return 0
    step "getting WordPress $WORDPRESS_VERSION ($LOCALE)"
    rm -rf "$work"
    free=$(df --output=avail --block-size=M /var/www | tail -1 | tr -dc 0-9)
    ((free >= 300)) || die "disk full: $free MB free in /var/www, unpacking WordPress needs 300 MB"
    mkdir -p "$work/code"
    address=$(archive_address)
    retry 5 fetch "$address" "$work/archive" || die "cannot download $address"
    verify "$work/archive" "$address" || die "wrong checksum: $address is not what was published"
    tar -xzf "$work/archive" -C "$work/code" --strip-components=1 --no-same-owner
    rm -rf "$work/code/wp-content/uploads"
    ln -s "$uploads" "$work/code/wp-content/uploads"
    echo "$release" >"$work/code/.release"
    sync --file-system "$work/code"
    rm -rf "$code"
    mv "$work/code" "$code"
    rm -rf "$work"
    changed=yes
}

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

trust_database() {
    local anchor=/etc/pki/ca-trust/source/anchors/rds.pem address
    address=https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem
    [ ! -e "$anchor" ] || return 0
    step "trusting the database's certificate authorities"
    retry 5 fetch "$address" /opt/pressform/rds.pem || die "cannot download $address"
    mv /opt/pressform/rds.pem "$anchor"
    update-ca-trust
}

size_php() {
    local memory
    memory=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
    PHP_CHILDREN=$(((memory - 384) / 64))
    ((PHP_CHILDREN >= 4)) || PHP_CHILDREN=4
    KEEP_ALIVE=$((IDLE_TIMEOUT + 15))
}

configure() {
    step 'configuring httpd and PHP'
    size_php
    place httpd.conf /etc/httpd/conf/httpd.conf
    place php-fpm.conf /etc/php-fpm.d/www.conf
    place php.ini /etc/php.d/99-pressform.ini
    place wp-config.php /var/www/wp-config.php
    place db-error.php "$code/wp-content/db-error.php"
    if [ -n "$CACHE_HOST" ]; then
        place object-cache.php "$code/wp-content/object-cache.php"
    else
        rm -f "$code/wp-content/object-cache.php"
    fi
    install -d -o apache -g apache "$runtime/php"
    jq -n '$ENV | {SITE_URL, TITLE, LOCALE, DATABASE_HOST, DATABASE_NAME, CACHE_HOST,
        CACHE_NAME, REGION}' >"$runtime/site.json.new"
    mv "$runtime/site.json.new" "$runtime/site.json"
}

read_secrets() {
    step 'reading the secrets'
    retry 5 keep_secret database "$DATABASE_SECRET" username password ||
        die "cannot read the secret $DATABASE_SECRET"
    retry 5 keep_secret salts "$SALTS_SECRET" {AUTH,SECURE_AUTH,LOGGED_IN,NONCE}_{KEY,SALT} ||
        die "cannot read the secret $SALTS_SECRET"
    retry 5 keep_secret admin "$ADMIN_SECRET" username password email ||
        die "cannot read the secret $ADMIN_SECRET"
}

install_wordpress() {
    local answer
    step 'installing WordPress, unless another server has'
    answer=$(runuser -u apache -- php install.php) || die "$${answer:-install.php ended without a word}"
    log "$answer"
    rm "$runtime/admin.json"
}

step 'installing packages'
install_packages httpd php8.4-{cli,fpm,opcache,mysqlnd,gd,intl,mbstring,xml,zip} php8.4-pecl-apcu jq \
    $${UPLOADS_FILE_SYSTEM:+amazon-efs-utils} $${CACHE_HOST:+php8.4-pecl-redis6}
unpack_wordpress
prepare_uploads
trust_database
configure
read_secrets
install_wordpress

step 'starting the services'
touch "$runtime/ready"
if [ -n "$changed" ]; then
    systemctl restart php-fpm.service httpd.service
else
    systemctl start php-fpm.service httpd.service
fi
systemctl start pressform-secret.service pressform-cron.timer
END_OF_steps.sh
cat >watch-secret.sh <<'END_OF_watch-secret.sh'
#!/bin/bash
set -euo pipefail
. /opt/pressform/lib.sh

refused=$runtime/php/database-refused

database_takes() {
    runuser -u apache -- php -r 'require "/opt/pressform/database.php"; pressform_connect($argv[1]);' "$1" &>/dev/null
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
END_OF_watch-secret.sh
cat >wp-config.php <<'END_OF_wp-config.php'
<?php


$pressform = (function () {
    $read = fn ($name) => json_decode(
        file_get_contents("/run/pressform/$name.json"),
        flags: JSON_THROW_ON_ERROR,
    );
    foreach ($read('salts') as $name => $salt) {
        define($name, $salt);
    }
    $database = $read('database');
    define('DB_USER', $database->username);
    define('DB_PASSWORD', $database->password);

    return $read('site');
})();

define('DB_HOST', $pressform->DATABASE_HOST);
define('DB_NAME', $pressform->DATABASE_NAME);
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('MYSQL_CLIENT_FLAGS', MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT);
$table_prefix = 'wp_';

define('WP_HOME', $pressform->SITE_URL);
define('WP_SITEURL', $pressform->SITE_URL);

if (str_starts_with($pressform->SITE_URL, 'https://')) {
    $_SERVER['HTTPS'] = 'on';
    define('FORCE_SSL_ADMIN', true);
}

define('DISALLOW_FILE_MODS', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true); // a timer runs it: cron.php

unset($pressform);
if (!defined('ABSPATH')) {
    define('ABSPATH', '/var/www/html/');
}
require_once ABSPATH . 'wp-settings.php';
END_OF_wp-config.php
#!/bin/bash
cd /opt/pressform || exit
cp ./*.service ./*.timer /etc/systemd/system/
systemctl daemon-reload
systemctl enable --quiet pressform.service
systemctl start --no-block pressform.service
