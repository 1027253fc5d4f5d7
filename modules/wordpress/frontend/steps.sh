#!/bin/bash
# The steps of a three-tier site's frontend: the page cache, in front of the internal load balancer. boot.sh sources it.

step 'installing packages'
install_packages nginx

configure_nginx
# Answered here: when the tier behind is down, this one still serves what it has.
# shellcheck disable=SC2034  # placed in pages.conf
HEALTH='return 200 "ok\n"'
place pages.conf /etc/nginx/pressform/pages.conf

start_services nginx.service pressform-pages.service
