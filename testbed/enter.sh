#!/bin/bash
# Inside the new namespaces of one host: gives it a disk of its own over this machine's, and becomes its first process.
# enter.sh FOLDER: with disk/ (what the host changed), work/ and root/ (empty), aws/ (what AWS holds for it).
set -euo pipefail
folder=$1
stand_ins=$(dirname "$0")/host

# As EC2 names it: each server has a name of its own.
read -r address _ < <(hostname -I)
hostname "ip-${address//./-}"

mount --make-rprivate /
mkdir -p "$folder/disk/bed" "$folder/disk/aws"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/disk,workdir=$folder/work" "$folder/root"
cd "$folder/root"
mount --rbind /dev dev
mount -t proc proc proc
# Emptied by every boot, as on the real thing.
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mkdir -p run/lock
mount --bind "$stand_ins" bed
mount --bind "$folder/aws" aws
for shared in secrets efs s3; do
    mount --bind "$(readlink "$folder/$shared")" "aws/$shared"
done
exec chroot . /usr/bin/env -i PATH=/bed/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 /bed/init.sh
