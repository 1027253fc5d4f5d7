#!/bin/bash
# The end of the user data: hands over to systemd, which boots the server in the background and tries again on failure.
cd /opt/pressform || exit
chmod 755 bootstrap.sh
cp pressform.service /etc/systemd/system/
systemctl daemon-reload
systemctl enable --quiet pressform.service
systemctl start --no-block pressform.service
