#cloud-boothook
#!/bin/bash
REGION='ap-northeast-1'
HEALTH_PATH='/health.php'
TRUSTED_PROXIES='10.0.0.0/21'
CLIENT_HEADER='X-Forwarded-For'
SITE_URL='http://${aws_lb.load_balancer.dns_name}'
REDIRECT='1'
BEHIND='127.0.0.1:8080'
PAGE_TIME='60'
STALE_MINUTES='10'
OWN_COOKIES='comment_author_|edd_|PHPSESSID|woocommerce_|wp-postpass_|wp_woocommerce_session_'
UPLOAD_LIMIT='32'
IDLE_TIMEOUT='60'
SYSTEM_UPDATES='on'
LOG_GROUP='${aws_cloudwatch_log_group.wordpress.name}'
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
for name in REGION HEALTH_PATH TRUSTED_PROXIES CLIENT_HEADER SITE_URL REDIRECT BEHIND PAGE_TIME STALE_MINUTES OWN_COOKIES UPLOAD_LIMIT IDLE_TIMEOUT SYSTEM_UPDATES LOG_GROUP TITLE LOCALE WORDPRESS_VERSION WORDPRESS_SHA256 DATABASE_HOST DATABASE_NAME DATABASE_SECRET SALTS_SECRET ADMIN_SECRET UPLOADS_FILE_SYSTEM UPLOADS_ACCESS_POINT XMLRPC CACHE_HOST CACHE_NAME; do
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
configure_nginx() {
local proxies
step 'configuring nginx'
KEEP_ALIVE=$((IDLE_TIMEOUT + 15))
POST_LIMIT=$((UPLOAD_LIMIT + 1))
read -ra proxies <<<"$TRUSTED_PROXIES 127.0.0.1"
printf -v REAL_IP_FROM 'set_real_ip_from %s; ' "$${proxies[@]}"
HOST=$${SITE_URL#*://}
HOST=$${HOST%%[:/]*}
PAGES=pages
((PAGE_TIME)) || PAGES=off
mkdir -p /etc/nginx/pressform
place nginx.conf /etc/nginx/nginx.conf
if [ ! -e "$runtime/generation" ]; then
rm -rf /var/cache/nginx
set_generation 0
fi
install -d -o nginx -g nginx -m 700 /var/cache/nginx
}
start_services() {
step 'starting the services'
if [ -n "$changed" ]; then
systemctl restart "$@"
else
systemctl start "$@"
fi
}
changed=
log 'boot starts'
ship_logs
. ./steps.sh
keep_system_updated
log 'boot complete: serving'
END_OF_boot.sh
cat >check-page.sh <<'END_OF_check-page.sh'
#!/bin/bash
set -euo pipefail
. /opt/pressform/lib.sh
answer=$(curl -s --max-time 30 -w '%%{http_code}' -H "Host: $${SITE_URL#*://}" "http://$${BEHIND:-127.0.0.1}/") || true
result=well
[[ $answer == *'</html>'*200 ]] || result=failed
log "$LOG_GROUP page-check $result: status $${answer: -3}, $${#answer} bytes" >>/var/log/pressform/page-check.log
END_OF_check-page.sh
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
"file_path": "/var/log/pressform/page-check.log",
"log_group_name": "@LOG_GROUP@",
"log_stream_name": "{instance_id}/page-check"
},
{
"file_path": "/var/log/nginx/access.log",
"log_group_name": "@LOG_GROUP@",
"log_stream_name": "{instance_id}/access"
},
{
"file_path": "/var/log/nginx/error.log",
"log_group_name": "@LOG_GROUP@",
"log_stream_name": "{instance_id}/error"
},
{
"file_path": "/var/log/php-fpm/*.log",
"log_group_name": "@LOG_GROUP@",
"log_stream_name": "{instance_id}/php"
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
cat >generation.php <<'END_OF_generation.php'
<?php
require __DIR__ . '/database.php';
header('Cache-Control: no-store');
header('Content-Type: text/plain');
$seen = (int) $_GET['seen'];
$patience = microtime(true) + min(30, (int) $_GET['wait']);
$database = pressform_connect();
$database->execute_query('REPLACE INTO pressform_page_caches (id, seen) VALUES (?, ?)', [$_GET['cache'], $seen]);
while (true) {
$generation = (int) pressform_ask($database, 'SELECT generation FROM pressform_pages');
if ($generation !== $seen || microtime(true) > $patience) {
exit((string) $generation);
}
usleep(200_000);
}
END_OF_generation.php
cat >health.php <<'END_OF_health.php'
<?php
$ready = file_exists('/run/pressform/ready') && extension_loaded('mysqli');
http_response_code($ready ? 200 : 503);
header('Cache-Control: no-store');
header('Content-Type: text/plain');
echo $ready ? "ok\n" : "not ready\n";
END_OF_health.php
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
$database->query('CREATE TABLE IF NOT EXISTS pressform_pages (id TINYINT PRIMARY KEY, generation BIGINT NOT NULL)');
$database->query('INSERT IGNORE INTO pressform_pages VALUES (1, 1)');
$database->query(
'CREATE TABLE IF NOT EXISTS pressform_page_caches (
id VARCHAR(64) PRIMARY KEY, seen BIGINT NOT NULL,
asked TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
)',
);
$database->query('DELETE FROM pressform_page_caches WHERE asked < NOW() - INTERVAL 1 DAY');
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
set_generation() {
mkdir -p "$runtime/generations/$1"
ln -sfn "generations/$1" "$runtime/generation.new"
mv -T "$runtime/generation.new" "$runtime/generation"
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
cat >nginx.conf <<'END_OF_nginx.conf'
user nginx;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log warn;
events {
worker_connections 4096;
}
http {
include /etc/nginx/mime.types;
default_type application/octet-stream;
server_tokens off;
absolute_redirect off;
sendfile on;
keepalive_timeout @KEEP_ALIVE@s;
keepalive_time 30d;
keepalive_requests 1000000000;
client_max_body_size @POST_LIMIT@m;
log_format site '$remote_addr - [$time_local] "$request" $status $body_bytes_sent '
'"$http_referer" "$http_user_agent" $request_time $upstream_cache_status';
map $server_port$uri $logged {
~^8080 0;
~^80@HEALTH_PATH@$ 0;
default 1;
}
access_log /var/log/nginx/access.log site if=$logged;
@REAL_IP_FROM@
real_ip_recursive on;
include /etc/nginx/pressform/*.conf;
}
END_OF_nginx.conf
cat >pages.conf <<'END_OF_pages.conf'
map $http_cookie $own_cookie {
"~(^|;\s*)(wordpress_(?!test_cookie)|@OWN_COOKIES@)" 1;
default 0;
}
map $uri $own_path {
"~^/(wp-admin/.*|wp-[a-z-]+|xmlrpc)\.php$" 1;
default 0;
}
map $own_cookie$own_path$http_authorization$http_x_http_method_override$http_x_wp_nonce $own {
00 0;
default 1;
}
map $http_accept_encoding $encoding {
"~*\bgzip\b" gzip;
}
map $host $stranger {
@HOST@ 0;
default @REDIRECT@;
}
map $uri $generation {
"~^/(wp-includes|wp-admin|wp-content/(themes|plugins))/.*\.(css|js|png|jpe?g|gif|webp|avif|svg|ico|woff2?)$" "";
default $realpath_root;
}
proxy_cache_path /var/cache/nginx levels=1:2 keys_zone=pages:10m max_size=512m inactive=1d use_temp_path=off;
resolver 169.254.169.253 valid=10s ipv6=off;
server {
listen 80 default_server;
real_ip_header @CLIENT_HEADER@;
set $behind http://@BEHIND@;
location = @HEALTH_PATH@ {
default_type text/plain;
@HEALTH@;
}
location = /generation.php {
return 404;
}
location / {
if ($stranger) {
return 301 @SITE_URL@$request_uri;
}
root /run/pressform/generation;
proxy_pass $behind;
proxy_http_version 1.1;
proxy_connect_timeout 3s;
proxy_read_timeout 60s;
proxy_buffer_size 16k;
proxy_buffers 16 16k;
proxy_set_header Connection "";
proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Host "";
proxy_set_header X-Forwarded-Server "";
proxy_set_header Proxy "";
proxy_set_header Accept-Encoding $encoding;
proxy_cache @PAGES@;
proxy_cache_key "$encoding $request_method $host $generation $request_uri";
proxy_cache_convert_head off;
proxy_cache_bypass $own;
proxy_no_cache $own;
proxy_cache_lock on;
proxy_cache_use_stale error timeout http_500 http_502 http_503 http_504;
proxy_hide_header X-Content-Type-Options;
add_header X-Content-Type-Options nosniff always;
add_header X-Cache-Status $upstream_cache_status always;
add_header Vary Accept-Encoding always;
}
}
END_OF_pages.conf
cat >php-fpm.conf <<'END_OF_php-fpm.conf'
[www]
user = apache
group = apache
listen = /run/php-fpm/www.sock
listen.group = nginx
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
[generation]
user = apache
group = apache
listen = /run/php-fpm/generation.sock
listen.group = nginx
pm = ondemand
pm.max_children = 20
pm.process_idle_timeout = 60s
security.limit_extensions = .php
php_admin_value[error_log] = /var/log/php-fpm/www-error.log
php_admin_flag[log_errors] = on
END_OF_php-fpm.conf
cat >php.ini <<'END_OF_php.ini'
expose_php = off
display_errors = off
memory_limit = 128M
upload_max_filesize = @UPLOAD_LIMIT@M
post_max_size = @POST_LIMIT@M
max_input_vars = 10000
opcache.memory_consumption = 128
opcache.interned_strings_buffer = 16
opcache.max_accelerated_files = 10000
opcache.revalidate_freq = 60
realpath_cache_size = 4096K
realpath_cache_ttl = 600
END_OF_php.ini
cat >pressform-check.service <<'END_OF_pressform-check.service'
[Unit]
Description=Pressform: ask for a page that WordPress makes
[Service]
Type=oneshot
ExecStart=/bin/bash /opt/pressform/check-page.sh
END_OF_pressform-check.service
cat >pressform-check.timer <<'END_OF_pressform-check.timer'
[Unit]
Description=Pressform: ask for a page that WordPress makes, every minute
[Timer]
OnActiveSec=1min
OnUnitActiveSec=1min
END_OF_pressform-check.timer
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
cat >pressform-pages.service <<'END_OF_pressform-pages.service'
[Unit]
Description=Pressform: keep the page cache true
[Service]
ExecStart=/bin/bash /opt/pressform/watch-pages.sh
Restart=always
RestartSec=5
END_OF_pressform-pages.service
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
cat >pressform.php <<'END_OF_pressform.php'
<?php
(function () {
$limits = function (string $name): array {
$visitor = intdiv(time(), 600) . substr(bin2hex(inet_pton($_SERVER['REMOTE_ADDR'] ?? '::')), 0, 16);
return [$visitor . md5(strtolower($name)) => 10, $visitor => 100];
};
$count = function (string $key, int $more): int {
apcu_add($key, 0, 600);
wp_cache_add($key, 0, 'sign-ins', 600);
return max(apcu_inc($key, $more), (int) wp_cache_incr($key, $more, 'sign-ins'));
};
$check = function ($name) use ($limits, $count): void {
foreach (is_string($name) ? $limits($name) : [] as $key => $limit) {
if ($count($key, 0) >= $limit) {
http_response_code(429);
header('Retry-After: ' . 600 - time() % 600);
header('Cache-Control: no-store');
exit("Too many attempts. Try again in ten minutes.\n");
}
}
};
$check($_POST['log'] ?? $_SERVER['PHP_AUTH_USER'] ?? null);
add_filter('authenticate', function ($user, $name) use ($check) {
$check($name);
return $user;
}, 1, 2);
$failed = function ($name) use ($limits, $count): void {
static $counted = false;
foreach ($counted ? [] : $limits($name) as $key => $limit) {
$count($key, 1);
}
$counted = true;
};
add_action('wp_login_failed', $failed);
add_action('application_password_failed_authentication', fn () => $failed($_SERVER['PHP_AUTH_USER'] ?? ''));
$release = fn ($address) => preg_match('/[?&]ver=[^&]*@RELEASE@/', $address) || !str_contains($address, '/wp-') ?
$address : add_query_arg('ver', (preg_match('/[?&]ver=([^&]*)/', $address, $ver) ? $ver[1] : '') . '@RELEASE@', $address);
foreach (['style', 'script', 'script_module'] as $kind) {
add_filter("{$kind}_loader_src", $release);
}
foreach (['wp_default_styles', 'wp_default_scripts'] as $event) {
add_action($event, fn ($files) => $files->default_version .= '@RELEASE@', 100);
}
$keep = (int) '@PAGE_TIME@'; // seconds
if (!$keep) {
return;
}
$kept = function () use ($keep) {
$said = array_filter(headers_list(), fn ($header) => preg_match('/^(Cache-Control|Expires|Set-Cookie):/i', $header));
$own = is_user_logged_in() || defined('DONOTCACHEPAGE') && DONOTCACHEPAGE;
if (!$said && !$own && in_array(http_response_code(), [200, 301], true)) {
header('X-Accel-Expires: ' . (int) apply_filters('pressform_page_seconds', $keep));
}
};
$reading = in_array($_SERVER['REQUEST_METHOD'] ?? '', ['GET', 'HEAD'], true);
if ($reading && ($_SERVER['SCRIPT_NAME'] ?? '') === '/index.php') {
add_action('template_redirect', function () use ($kept) {
header_register_callback($kept);
ob_start(null, 4 << 20);
}, -1000);
add_filter('rest_pre_serve_request', function ($served, $response, $request) use ($kept) {
if (preg_match('~^/($|wp/v2/|oembed/1\.0/)~', $request->get_route())) {
header_register_callback($kept);
}
return $served;
}, 10, 3);
}
$changed = false;
$change = function ($value = null) use (&$changed) {
$changed = true;
return $value;
};
$public = fn ($status) => in_array($status, ['publish', 'inherit', 'approved', 1, '1'], true);
$unseen = ['revision', 'oembed_cache', 'user_request'];
$moved = function ($new, $old, $what) use ($change, $public, $unseen) {
if (($public($new) || $public($old)) && !in_array($what->post_type ?? '', $unseen, true)) {
$change();
}
};
add_action('transition_post_status', $moved, 10, 3);
add_action('transition_comment_status', $moved, 10, 3);
add_action('deleted_post', fn ($id, $post) => $moved($post->post_status, '', $post), 10, 2);
$comment = fn ($id, $what = null) => $moved(get_comment(is_object($what) ? $what : $id)->comment_approved ?? '', '', (object) []);
foreach (['wp_insert_comment', 'edit_comment', 'delete_comment'] as $event) {
add_action($event, $comment, 10, 2);
}
$events = ['attachment_updated', 'delete_attachment', 'wp_update_attachment_metadata', 'edited_term', 'delete_term',
'wp_update_nav_menu', 'wp_delete_nav_menu', 'switch_theme', 'profile_update', 'deleted_user',
'pressform_pages_changed'];
foreach ($events as $event) {
add_filter($event, $change);
}
$option = function ($name) use ($change) {
if (!preg_match('/^(cron$|_(site_)?transient_)/', $name) && did_action('init')
&& (current_user_can('edit_theme_options') || PHP_SAPI === 'cli' && !wp_doing_cron())) {
$change();
}
};
foreach (['added_option', 'updated_option', 'deleted_option'] as $event) {
add_action($event, $option);
}
add_action('shutdown', function () use (&$changed) {
global $wpdb;
if (!$changed) {
return;
}
$wpdb->query('UPDATE pressform_pages SET generation = generation + 1');
$generation = (int) $wpdb->get_var('SELECT generation FROM pressform_pages');
$behind = "SELECT COUNT(*) FROM pressform_page_caches
WHERE seen < $generation AND asked > NOW() - INTERVAL 10 SECOND";
for ($patience = microtime(true) + 3; $wpdb->get_var($behind) && microtime(true) < $patience;) {
usleep(50_000);
}
}, -1000);
})();
END_OF_pressform.php
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
case $REGION in
cn-*) address=rds-truststore.s3.cn-north-1.amazonaws.com.cn ;;
us-gov-*) address=truststore.pki.us-gov-west-1.rds.amazonaws.com ;;
*) address=truststore.pki.rds.amazonaws.com ;;
esac
address=https://$address/global/global-bundle.pem
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
}
configure() {
configure_nginx
RELEASE=-r$(cat "$code/.release" ./*.php | sha256sum | cut -c -8)
if [ -n "$BEHIND" ]; then
LISTEN=127.0.0.1:8080
HEALTH="proxy_pass \$behind"
place pages.conf /etc/nginx/pressform/pages.conf
else
LISTEN='80 default_server'
rm -f /etc/nginx/pressform/pages.conf
fi
HIDDEN_HEADER=X-Pingback
[ "$XMLRPC" = off ] || HIDDEN_HEADER=X-Powered-By
place wordpress.conf /etc/nginx/pressform/wordpress.conf
step 'configuring PHP'
size_php
place php-fpm.conf /etc/php-fpm.d/www.conf
place php.ini /etc/php.d/99-pressform.ini
place wp-config.php /var/www/wp-config.php
place db-error.php "$code/wp-content/db-error.php"
mkdir -p "$code/wp-content/mu-plugins"
place pressform.php "$code/wp-content/mu-plugins/pressform.php"
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
install_packages nginx httpd-filesystem php8.4-{cli,fpm,opcache,mysqlnd,gd,intl,mbstring,xml,zip} php8.4-pecl-apcu jq \
$${UPLOADS_FILE_SYSTEM:+amazon-efs-utils} $${CACHE_HOST:+php8.4-pecl-redis6}
unpack_wordpress
prepare_uploads
trust_database
configure
read_secrets
install_wordpress
touch "$runtime/ready"
start_services php-fpm.service nginx.service
systemctl start pressform-secret.service pressform-{cron,check}.timer $${BEHIND:+pressform-pages.service}
END_OF_steps.sh
cat >watch-pages.sh <<'END_OF_watch-pages.sh'
#!/bin/bash
set -euo pipefail
. /opt/pressform/lib.sh
seen=$(basename "$(readlink -f "$runtime/generation")")
wait=5
((IDLE_TIMEOUT > 2 * wait)) || wait=0
swept=-30
while :; do
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
find /var/cache/nginx -type f -mmin "+$((STALE_MINUTES + (PAGE_TIME + 59) / 60))" -delete
find "$runtime/generations" -mindepth 1 -mmin +1 ! -name "$seen" -delete
swept=$SECONDS
fi
done
END_OF_watch-pages.sh
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
cat >wordpress.conf <<'END_OF_wordpress.conf'
map $arg_ver $files {
"~@RELEASE@$" max-age=604800;
"~-r[0-9a-f]{8}$" no-store;
default max-age=604800;
}
server {
listen @LISTEN@;
real_ip_header X-Forwarded-For;
root /var/www/html;
index index.php;
gzip on;
gzip_proxied any;
gzip_min_length 1000;
gzip_types text/css text/plain text/xml text/javascript application/javascript application/json
application/rss+xml application/atom+xml image/svg+xml;
include fastcgi_params;
fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
fastcgi_param SERVER_NAME $host;
fastcgi_param HTTP_PROXY "";
fastcgi_param HTTP_X_FORWARDED_HOST "";
fastcgi_param HTTP_X_FORWARDED_SERVER "";
fastcgi_buffer_size 32k;
fastcgi_buffers 16 16k;
fastcgi_read_timeout 60s;
fastcgi_ignore_headers X-Accel-Expires;
fastcgi_pass_header X-Accel-Expires;
fastcgi_hide_header @HIDDEN_HEADER@;
location = @HEALTH_PATH@ {
fastcgi_param SCRIPT_FILENAME /opt/pressform/health.php;
include fastcgi_params;
fastcgi_pass unix:/run/php-fpm/www.sock;
}
location = /generation.php {
fastcgi_param SCRIPT_FILENAME /opt/pressform/generation.php;
include fastcgi_params;
fastcgi_pass unix:/run/php-fpm/generation.sock;
}
location ~* ^/wp-content/uploads/.*\.(php\d?|phar|phtml|phps|pht)([./]|$) {
return 403;
}
location ~ /\.(?!well-known/) {
return 403;
}
location ~ ^/(wp-config|wp-config-sample|wp-admin/(install|setup-config)|wp-content/(db-error|object-cache|mu-plugins/.*))\.php$ {
return 403;
}
location ~ ^/(readme|licen[cs]e?)[^/]*\.(html|txt)$ {
if (-f $request_filename) {
return 403;
}
try_files $uri /index.php?$args;
}
set $xmlrpc @XMLRPC@;
location = /xmlrpc.php {
if ($xmlrpc = off) {
return 403;
}
fastcgi_pass unix:/run/php-fpm/www.sock;
}
location ~ ^/wp-admin/load-(styles|scripts)\.php$ {
fastcgi_hide_header Cache-Control;
fastcgi_hide_header Expires;
add_header Cache-Control $files;
fastcgi_pass unix:/run/php-fpm/www.sock;
}
location ~ \.php$ {
try_files $uri /index.php?$args;
fastcgi_pass unix:/run/php-fpm/www.sock;
}
location ~ \.(css|js|png|jpe?g|gif|webp|avif|svg|ico|woff2?)$ {
try_files $uri /index.php?$args;
add_header Cache-Control $files;
}
location / {
try_files $uri $uri/ /index.php?$args;
}
}
END_OF_wordpress.conf
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
