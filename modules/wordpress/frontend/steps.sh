#!/bin/bash
# The steps of a three-tier site's frontend: the page cache, in front of the internal load balancer. release.sh sources
# it.
# shellcheck disable=SC2034  # read by release.sh

step 'installing packages'
install_packages nginx

# The owner's files are for WordPress's servers.
rm -rf site

configure_nginx
# Answered here: when the tier behind is down, this one still serves what it has.
HEALTH='return 200 "ok\n"'
place pages.conf etc/nginx/pages.conf

services=(pressform-pages.service)

prepare_data() { :; }

tidy_up_software() { :; }
