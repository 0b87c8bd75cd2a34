#!/bin/sh
# Prints definitions for `rabbitmqctl import_definitions`: the virtual host, the queue of the entries
# with its bindings, the collector (user dashboard, as at a site's broker), and what each gate may do. Importing again adds and changes; it
# removes nobody (rabbitmqctl delete_user does).
#
#     definitions.sh [--four] [ORG/SITE/GATE...] >definitions.json
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

# topic USER WRITE READ
topic() {
	printf '%s    {"user": "%s", "vhost": "stile", "exchange": "amq.topic", "write": "%s", "read": "%s"}' "$comma" "$1" "$2" "$3"
}

for gate; do
	case $gate in
	*[!abcdefghijklmnopqrstuvwxyz0123456789/-]* | */*/*/* | /* | */ | *//*) bad=$gate ;;
	*/*/*) continue ;;
	*) bad=$gate ;;
	esac
	echo "definitions.sh: '$bad' is not ORG/SITE/GATE" >&2
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
for gate; do user "$gate"; done
printf '\n  ],\n  "permissions": [\n'
comma=
permission dashboard '^stile-entries$' '^(stile-entries|amq\\.topic)$' '^(stile-entries|amq\\.topic)$'
comma=",
"
for gate; do
	# Its own subscription, named after the client id that its uplink uses, and nothing else.
	mine="mqtt-subscription-stile-$(echo "$gate" | tr / -)qos[01]"
	permission "$gate" "^$mine\$" "^($mine|amq\\\\.topic)\$" "^($mine|amq\\\\.topic)\$"
done
printf '\n  ],\n  "topic_permissions": [\n'
comma=
topic dashboard "^stile\\\\.v1\\\\.$any\\\\.(ack|cmd\\\\.[a-z]+|registry\\\\.[a-z0-9.]+)\$" \
	'^stile\\.v1\\.\\*\\.\\*\\.\\*\\.(entry|status|birth|want)$'
comma=",
"
for gate; do
	place=$(echo "$gate" | sed 's|/|\\\\.|g')
	topic "$gate" "^stile\\\\.v1\\\\.$place\\\\.(entry|status|birth|health|want|res\\\\.$id)\$" \
		"^stile\\\\.v1\\\\.$place\\\\.(ack|cmd\\\\..+|registry\\\\..+)\$"
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
     "routing_key": "stile.v1.*.*.*.want", "arguments": {}}
  ]
}
TEXT
