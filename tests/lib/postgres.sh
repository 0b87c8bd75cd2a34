#!/bin/sh
# A private PostgreSQL in a folder of its own, reached through a socket in it, without a network.
#
#     tests/lib/postgres.sh make FOLDER     # a new server with the database "stile", and starts it
#     tests/lib/postgres.sh start FOLDER
#     tests/lib/postgres.sh stop FOLDER     # at once, without a checkpoint, as a crash would
#     tests/lib/postgres.sh kill FOLDER     # kill -9 of all its processes
#
# Whoever may reach the folder may connect, as user "stile". Started as root it runs as "postgres",
# for PostgreSQL refuses root. Exits 77 where it is not installed.
set -eu

folder=$2
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$bin/postgres" ] || exit 77

as_owner() {
        if [ "$(id -u)" -eq 0 ]; then
                (cd / && setpriv --reuid postgres --regid postgres --clear-groups -- "$@")
        else
                "$@"
        fi
}

start() {
        # What a killed server has left in memory is found by its folder, and put away, at the start.
        as_owner "$bin/pg_ctl" -s -w -t 60 -D "$folder/data" -l "$folder/log" -o "-k $folder" start
}

case $1 in
make)
        mkdir -p "$folder"
        chmod 755 "$folder"
        if [ "$(id -u)" -eq 0 ]; then chown postgres: "$folder"; fi
        as_owner "$bin/initdb" -D "$folder/data" -U stile -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder.made" 2>&1 ||
                { cat "$folder.made" >&2; exit 1; }
        rm -f "$folder.made"
        # What is killed here are processes, not machines: without fsync nothing less is shown, and it is faster.
        printf '%s\n' "fsync = off" "listen_addresses = ''" "unix_socket_permissions = 0777" "shared_buffers = 16MB" \
                "max_connections = 20" >>"$folder/data/postgresql.conf"
        start
        "$bin/createdb" -h "$folder" -U stile stile
        ;;
start) start ;;
stop) as_owner "$bin/pg_ctl" -s -w -D "$folder/data" -m immediate stop ;;
kill)
        # All at once, and held first so that it makes no more: a child that outlives its server keeps the next from
        # starting. Those that nobody has fetched yet are dead enough, though not for the next server, which would take
        # the number in the old one's locks for a server that runs.
        postmaster=$(head -n 1 "$folder/data/postmaster.pid")
        kill -STOP "$postmaster"
        all="$postmaster $(ps -o pid= --ppid "$postmaster")"
        kill -9 $all
        for process in $all; do
                while ps -o stat= -p "$process" | grep -qv Z; do :; done
        done
        rm "$folder/data/postmaster.pid" "$folder"/.s.PGSQL.*.lock
        ;;
*) exit 2 ;;
esac
