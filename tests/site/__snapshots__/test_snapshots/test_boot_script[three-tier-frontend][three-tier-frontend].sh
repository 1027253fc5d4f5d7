#cloud-boothook
#!/bin/bash
REGION='ap-northeast-1'
HEALTH_PATH='/health.php'
TRUSTED_PROXIES='10.0.0.0/21'
CLIENT_HEADER='X-Forwarded-For'
SITE_URL='https://blog.example.com'
REDIRECT='1'
BEHIND='${aws_lb.internal_load_balancer.dns_name}'
PAGE_TIME='60'
STALE_MINUTES='10'
OWN_COOKIES='comment_author_|edd_|PHPSESSID|woocommerce_|wp-postpass_|wp_woocommerce_session_'
UPLOAD_LIMIT='32'
IDLE_TIMEOUT='60'
SYSTEM_UPDATES='on'
LOG_GROUP='${aws_cloudwatch_log_group.proxy.name}'
umask 022
mkdir -p /opt/pressform
cd /opt/pressform || exit
for name in REGION HEALTH_PATH TRUSTED_PROXIES CLIENT_HEADER SITE_URL REDIRECT BEHIND PAGE_TIME STALE_MINUTES OWN_COOKIES UPLOAD_LIMIT IDLE_TIMEOUT SYSTEM_UPDATES LOG_GROUP; do
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
cat >pressform-pages.service <<'END_OF_pressform-pages.service'
[Unit]
Description=Pressform: keep the page cache true
[Service]
ExecStart=/bin/bash /opt/pressform/watch-pages.sh
Restart=always
RestartSec=5
END_OF_pressform-pages.service
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
cat >steps.sh <<'END_OF_steps.sh'
#!/bin/bash
step 'installing packages'
install_packages nginx
configure_nginx
HEALTH='return 200 "ok\n"'
place pages.conf /etc/nginx/pressform/pages.conf
start_services nginx.service pressform-pages.service
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
#!/bin/bash
cd /opt/pressform || exit
cp ./*.service ./*.timer /etc/systemd/system/
systemctl daemon-reload
systemctl enable --quiet pressform.service
systemctl start --no-block pressform.service
