#!/bin/sh
# Prints definitions for `rabbitmqctl import_definitions`: the virtual host, the queue of the entries
# with its bindings, the collector (user dashboard, as at a site's broker), and what each gate and each site's
# forwarder may do. Importing again adds and changes; it removes nobody (rabbitmqctl delete_user does).
#
#     definitions.sh [--four] [ORG/SITE/GATE...] [ORG/SITE...] >definitions.json
#
# ORG/SITE is a site's forwarder. It does not write to amq.topic but to an exchange of its own, from which only
# what its site's gates say goes on. Topic permissions alone would not hold it: nobody asks them about the dead
# letters of a queue, which go to any topic of an exchange that the queue's owner may write to.
#
# --four: for RabbitMQ 4, whose queues drop what came back 20 times; 3.10 knows no such limit, and
# refuses to be told so.
#
# Users have no password: who has the certificate with that common name is that user.
set -eu

limits=
if [ "${1:-}" = --four ]; then
	limits=', "delivery-limit": -1'
	shift
fi

user() {
	printf '%s    {"name": "%s", "password_hash": "", "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": "", "limits": {}}' "$comma" "$1"
}

# permission USER CONFIGURE WRITE READ
permission() {
	printf '%s    {"user": "%s", "vhost": "stile", "configure": "%s", "write": "%s", "read": "%s"}' "$comma" "$1" "$2" "$3" "$4"
}

# topic USER WRITE READ [EXCHANGE]
topic() {
	printf '%s    {"user": "%s", "vhost": "stile", "exchange": "%s", "write": "%s", "read": "%s"}' "$comma" "$1" "${4:-amq.topic}" "$2" "$3"
}

gates=
sites=
for gate; do
	case $gate in
	*[!abcdefghijklmnopqrstuvwxyz0123456789/-]* | */*/*/* | /* | */ | *//*) bad=$gate ;;
	*/*/*) gates="$gates $gate" && continue ;;
	*/*) sites="$sites $(echo "$gate" | tr / .)" && continue ;;
	*) bad=$gate ;;
	esac
	echo "definitions.sh: '$bad' is neither ORG/SITE/GATE nor ORG/SITE" >&2
	exit 2
done

id='[a-z0-9-]+'
any="$id\\\\.$id\\\\.$id"
cat <<TEXT
{
  "vhosts": [{"name": "stile", "default_queue_type": "quorum"}],
  "users": [
TEXT
comma=
user dashboard
comma=",
"
for gate in $gates; do user "$gate"; done
for site in $sites; do user "forwarder.$site"; done
printf '\n  ],\n  "permissions": [\n'
comma=
permission dashboard '^stile-entries$' '^(stile-entries|amq\\.topic)$' '^(stile-entries|amq\\.topic)$'
comma=",
"
for gate in $gates; do
	# Its own subscription, named after the client id that its uplink uses, and nothing else.
	mine="mqtt-subscription-stile-$(echo "$gate" | tr / -)qos[01]"
	permission "$gate" "^$mine\$" "^($mine|amq\\\\.topic)\$" "^($mine|amq\\\\.topic)\$"
done
for site in $sites; do
	place=$(echo "$site" | sed 's|\.|\\\\.|')
	mine="stile\\\\.forward\\\\.$place"
	permission "forwarder.$site" "^$mine\$" "^stile\\\\.(forward|up)\\\\.$place\$" "^($mine|amq\\\\.topic)\$"
done
printf '\n  ],\n  "topic_permissions": [\n'
comma=
topic dashboard "^stile\\\\.v1\\\\.$any\\\\.(ack|cmd\\\\.[a-z]+|registry\\\\.[a-z0-9.]+)\$" \
	'^stile\\.v1\\.\\*\\.\\*\\.\\*\\.(entry|status|birth|health|want)$'
comma=",
"
for gate in $gates; do
	place=$(echo "$gate" | sed 's|/|\\\\.|g')
	topic "$gate" "^stile\\\\.v1\\\\.$place\\\\.(entry|status|birth|health|want|res\\\\.$id)\$" \
		"^stile\\\\.v1\\\\.$place\\\\.(ack|cmd\\\\..+|registry\\\\..+)\$"
done
for site in $sites; do
	place="stile\\\\.v1\\\\.$(echo "$site" | sed 's|\.|\\\\.|')"
	topic "forwarder.$site" "^$place\\\\.$id\\\\.(entry|status|birth|health|want|res\\\\.$id)\$" "" "stile.up.$site"
	topic "forwarder.$site" "" "^$place\\\\.\\\\*\\\\.(ack|cmd\\\\.\\\\*|registry\\\\.\\\\*)\$"
done
printf '\n  ],\n  "exchanges": ['
comma="
"
for site in $sites; do
	printf '%s    {"name": "stile.up.%s", "vhost": "stile", "type": "topic", "durable": true, "auto_delete": false,
     "internal": false, "arguments": {}}' "$comma" "$site"
	comma=",
"
done
cat <<TEXT

  ],
  "policies": [
    {"vhost": "stile", "name": "stile-entries", "pattern": "^stile-entries\$", "apply-to": "queues", "priority": 0,
     "definition": {"max-length-bytes": 4294967296, "overflow": "drop-head"$limits}}
  ],
  "queues": [
    {"name": "stile-entries", "vhost": "stile", "durable": true, "auto_delete": false,
     "arguments": {"x-queue-type": "quorum"}}
  ],
  "bindings": [
    {"source": "amq.topic", "vhost": "stile", "destination": "stile-entries", "destination_type": "queue",
     "routing_key": "stile.v1.*.*.*.entry", "arguments": {}},
    {"source": "amq.topic", "vhost": "stile", "destination": "stile-entries", "destination_type": "queue",
     "routing_key": "stile.v1.*.*.*.status", "arguments": {}},
    {"source": "amq.topic", "vhost": "stile", "destination": "stile-entries", "destination_type": "queue",
     "routing_key": "stile.v1.*.*.*.birth", "arguments": {}},
    {"source": "amq.topic", "vhost": "stile", "destination": "stile-entries", "destination_type": "queue",
     "routing_key": "stile.v1.*.*.*.health", "arguments": {}},
    {"source": "amq.topic", "vhost": "stile", "destination": "stile-entries", "destination_type": "queue",
     "routing_key": "stile.v1.*.*.*.want", "arguments": {}}
TEXT
for site in $sites; do
	for leaf in entry status birth health want 'res.*'; do
		printf '    , {"source": "stile.up.%s", "vhost": "stile", "destination": "amq.topic", "destination_type": "exchange",
     "routing_key": "stile.v1.%s.*.%s", "arguments": {}}\n' "$site" "$site" "$leaf"
	done
done
printf '  ]\n}\n'
