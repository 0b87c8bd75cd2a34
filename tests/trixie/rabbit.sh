#!/bin/sh
# Puts RabbitMQ 4.0 into the Debian 13 folder (folder.sh; about 150 MB to download), for
# tests/cluster/test_cluster_4.py, and prints where the folder is.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/trixie/folder.sh"
need rabbit rabbitmq-server
echo "$folder"
