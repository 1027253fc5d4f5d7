#cloud-boothook
#!/bin/bash
REGION='ap-northeast-1'
HEALTH_PATH='/health'
TRUSTED_PROXIES='10.0.0.0/21'
CLIENT_HEADER='X-Forwarded-For'
IDLE_TIMEOUT='60'
SYSTEM_UPDATES='on'
LOG_GROUP='${aws_cloudwatch_log_group.proxy.name}'
API_URL='${aws_lb.internal_load_balancer.dns_name}'
RESOLVER='169.254.169.253'
umask 022
mkdir -p /opt/pressform
cd /opt/pressform || exit
for name in REGION HEALTH_PATH TRUSTED_PROXIES CLIENT_HEADER IDLE_TIMEOUT SYSTEM_UPDATES LOG_GROUP API_URL RESOLVER; do
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
cat >nginx.conf <<'END_OF_nginx.conf'
user nginx;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log warn;

events {
    worker_connections 1024;
}

http {
    include /etc/nginx/mime.types;
    server_tokens off;
    sendfile on;
    keepalive_timeout @KEEP_ALIVE@s;
    client_max_body_size 33m;

    log_format site '$remote_addr - [$time_local] "$request" $status $body_bytes_sent '
                    '"$http_referer" "$http_user_agent" $request_time $upstream_cache_status';
    map $uri $logged {
        @HEALTH_PATH@ 0;
        default 1;
    }
    access_log /var/log/nginx/access.log site if=$logged;

    @REAL_IP_FROM@
    real_ip_header @CLIENT_HEADER@;
    real_ip_recursive on;

    map $http_cookie $has_name {
        "~wordpress_logged_in_|wordpress_sec_|wp-postpass_|comment_author_" 1;
        default 0;
    }
    proxy_cache_path /var/cache/nginx levels=1:2 keys_zone=pages:10m max_size=512m inactive=1d use_temp_path=off;

    resolver @RESOLVER@ valid=10s ipv6=off;

    server {
        listen 80 default_server;

        location = @HEALTH_PATH@ {
            default_type text/plain;
            return 200 "ok\n";
        }

        location / {
            set $api http://@API_URL@;
            proxy_pass $api;
            proxy_http_version 1.1;
            proxy_connect_timeout 3s;
            proxy_read_timeout 60s;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Host "";
            proxy_set_header X-Forwarded-Server "";
            proxy_set_header Proxy "";

            proxy_cache pages;
            proxy_cache_key $http_host$request_uri;
            proxy_cache_valid 200 301 10s;
            proxy_cache_bypass $has_name $http_authorization;
            proxy_no_cache $has_name $http_authorization;
            proxy_cache_lock on;
            proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;
            proxy_cache_background_update on;
            add_header X-Cache-Status $upstream_cache_status always;
        }
    }
}
END_OF_nginx.conf
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

KEEP_ALIVE=$((IDLE_TIMEOUT + 15))
read -ra proxies <<<"$TRUSTED_PROXIES"
printf -v REAL_IP_FROM 'set_real_ip_from %s; ' "$${proxies[@]}"
place nginx.conf /etc/nginx/nginx.conf
install -d -o nginx -g nginx -m 700 /var/cache/nginx

step 'starting the services'
if [ -n "$changed" ]; then
    systemctl restart nginx.service
else
    systemctl start nginx.service
fi
END_OF_steps.sh
#!/bin/bash
cd /opt/pressform || exit
cp ./*.service ./*.timer /etc/systemd/system/
systemctl daemon-reload
systemctl enable --quiet pressform.service
systemctl start --no-block pressform.service
