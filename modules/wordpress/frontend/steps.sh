#!/bin/bash
# The steps of a three-tier site's frontend: nginx with a small page cache, in front of the internal load balancer.
# boot.sh sources it.
# shellcheck disable=SC2154  # runtime and changed: lib.sh, boot.sh

step 'installing packages'
install_packages nginx

# shellcheck disable=SC2034  # placed in nginx.conf
KEEP_ALIVE=$((IDLE_TIMEOUT + 15))
read -ra proxies <<<"$TRUSTED_PROXIES"
# shellcheck disable=SC2034  # placed in nginx.conf
printf -v REAL_IP_FROM 'set_real_ip_from %s; ' "${proxies[@]}"
place nginx.conf /etc/nginx/nginx.conf
install -d -o nginx -g nginx -m 700 /var/cache/nginx

step 'starting the services'
# Never enabled: at the next boot it waits for this script again.
if [ -n "$changed" ]; then
    systemctl restart nginx.service
else
    systemctl start nginx.service
fi
