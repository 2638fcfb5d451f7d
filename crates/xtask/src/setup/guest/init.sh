#!/bin/busybox sh
# The first process of the guest: brings the network card up, then does on the second serial line what it is told.
#
# A line is a command of the shell. Its output comes back, then a line `@exit` with its status.
/bin/busybox --install -s /bin
umask 022
export PATH=/bin:/sbin HOME=/
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in /modules/*; do
  insmod "$module"
done
ip link set lo up
ip link set eth0 up
stty -F /dev/ttyS1 raw -echo
exec </dev/ttyS1 >/dev/ttyS1 2>&1
echo "@ready"
while read -r command; do
  (eval "$command") </dev/null
  printf '\n@exit %s\n' $?
done
poweroff -f
