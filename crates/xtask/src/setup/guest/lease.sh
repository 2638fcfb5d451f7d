#!/bin/busybox sh
# What the DHCP client has learnt becomes the address and the route of the network card.
case "$1" in
  deconfig) ip address flush dev "$interface" ;;
  bound | renew)
    ip address flush dev "$interface"
    ip address add "$ip/$mask" dev "$interface"
    for gateway in $router; do
      ip route add default via "$gateway"
    done
    ;;
esac
