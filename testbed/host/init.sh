#!/bin/bash
# The first process of a host: starts the stand-in for systemd, and takes care of whatever process loses its parent.
/usr/bin/python3 /bed/systemd.py &
while :; do
    /usr/bin/sleep 3600 &
    wait $!
done
