#!/usr/bin/env bash
# Whether the program of this container does its work; the images carry no curl.
#   healthy.sh http <port> <path>    answers 200
#   healthy.sh socket <path>         somebody in this container listens there; the file alone may be left from a killed process
set -euo pipefail
case "$1" in
  http)
    exec 3<>"/dev/tcp/127.0.0.1/$2"
    printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$3" >&3
    read -r -t 5 _ status _ <&3
    [[ $status == 200 ]]
    ;;
  socket) grep -q " $2\$" /proc/net/unix ;;
  *) exit 2 ;;
esac
