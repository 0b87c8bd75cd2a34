#!/bin/sh
# Certificates for a test or for a first site: one CA, one broker, its gates and dashboards.
# A certificate's common name is the MQTT user name and client id (use_identity_as_username,
# use_username_as_clientid in stile.conf), and the access list hangs on it:
#
#     gate        ORG/SITE/GATE     exactly the gate's place in the topic tree
#     dashboard   dashboard, dashboard-2, ...
#
# Keep ca.key off the broker and off the gates: who holds it can be any gate.

set -eu
umask 077
program=${0##*/}

usage() {
	cat <<USAGE
usage: $program ca        DIR
       $program server    DIR HOST [HOST...]
       $program gate      DIR ORG SITE GATE
       $program dashboard DIR [NAME]

ca         makes DIR/ca.key and DIR/ca.crt
server     makes DIR/server.key and DIR/server.crt for the broker; HOST is each name or
           address by which gates and dashboards reach it
gate       makes DIR/gate.ORG.SITE.GATE.key and .crt
dashboard  makes DIR/NAME.key and .crt; NAME is "dashboard" (default) or "dashboard-..."

ORG, SITE and GATE are identifiers: 1 to 32 of a-z, 0-9 and -, together at most 62.
One certificate is one connection: two programs with the same one throw each other out.
Nothing that exists is overwritten. Keys are P-256, mode 0600.
Environment: DAYS, how long the certificate is valid (ca 7300, others 1825).
USAGE
}

fail() {
	echo "$program: $*" >&2
	exit 1
}

misused() {
	echo "$program: $*" >&2
	usage >&2
	exit 2
}

check_identifier() {
	case $2 in
	'' | *[!abcdefghijklmnopqrstuvwxyz0123456789-]*) fail "$1 '$2' is not an identifier: only a-z, 0-9 and -" ;;
	esac
	[ ${#2} -le 32 ] || fail "$1 '$2' is longer than 32"
}

check_new() {
	for file in "$dir/$1.key" "$dir/$1.crt"; do
		[ ! -e "$file" ] || fail "$file exists; move it away first"
	done
}

new_key() {
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$scratch/key"
}

# publish NAME: ln refuses an existing target, so that two runs at once do not overwrite either.
publish() {
	chmod 0644 "$scratch/crt"
	ln "$scratch/key" "$dir/$1.key"
	ln "$scratch/crt" "$dir/$1.crt"
	echo "$dir/$1.crt: CN=$2"
}

make_ca() {
	check_new ca
	new_key
	openssl req -x509 -new -key "$scratch/key" -sha256 -days "${DAYS:-7300}" -out "$scratch/crt" -config - <<CONFIG
[req]
prompt = no
string_mask = utf8only
distinguished_name = name
x509_extensions = extensions
[name]
CN = Stile site CA
[extensions]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
CONFIG
	publish ca "Stile site CA"
}

# issue FILE COMMON-NAME USAGE [SAN]: the usage keeps a gate from posing as the broker.
issue() {
	for file in "$dir/ca.key" "$dir/ca.crt"; do
		[ -f "$file" ] || fail "$file is missing; first: $program ca $dir"
	done
	check_new "$1"
	new_key
	openssl req -new -key "$scratch/key" -sha256 -out "$scratch/csr" -config - <<CONFIG
[req]
prompt = no
string_mask = utf8only
distinguished_name = name
[name]
CN = $2
CONFIG
	{
		echo "basicConstraints = critical, CA:FALSE"
		echo "keyUsage = critical, digitalSignature"
		echo "extendedKeyUsage = $3"
		echo "subjectKeyIdentifier = hash"
		echo "authorityKeyIdentifier = keyid"
		[ -z "${4:-}" ] || echo "subjectAltName = $4"
	} >"$scratch/extensions"
	openssl x509 -req -in "$scratch/csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -sha256 \
		-set_serial "0x$(openssl rand -hex 16)" -days "${DAYS:-1825}" \
		-extfile "$scratch/extensions" -out "$scratch/crt" 2>"$scratch/log" ||
		{ cat "$scratch/log" >&2; fail "openssl did not sign $1"; }
	publish "$1" "$2"
}

make_server() {
	names=
	for host; do
		case $host in
		'' | *[!A-Za-z0-9.:-]*) fail "'$host' is neither a name nor an address" ;;
		*:*) kind=IP ;;
		*[!0-9.]*) kind=DNS ;;
		*) kind=IP ;;
		esac
		names=${names:+$names, }$kind:$host
	done
	issue server "Stile site broker" serverAuth "$names"
}

make_gate() {
	check_identifier ORG "$1"
	check_identifier SITE "$2"
	check_identifier GATE "$3"
	name=$1/$2/$3
	# X.509 ends a common name at 64 characters.
	[ ${#name} -le 64 ] || fail "'$name' has ${#name} characters; a common name holds 64"
	issue "gate.$1.$2.$3" "$name" clientAuth
}

make_dashboard() {
	check_identifier NAME "$1"
	case $1 in
	dashboard | dashboard-?*) ;;
	*) fail "'$1' is neither 'dashboard' nor 'dashboard-...'" ;;
	esac
	issue "$1" "$1" clientAuth
}

case ${1:-} in
-h | --help | help)
	usage
	exit 0
	;;
esac
[ $# -ge 2 ] || misused "what, and into which folder?"
command -v openssl >/dev/null || fail "openssl is not installed"
verb=$1
dir=$2
shift 2

mkdir -p "$dir"
scratch=$(mktemp -d "$dir/.new.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

case $verb in
ca) [ $# -eq 0 ] || misused "ca takes only a folder"; make_ca ;;
server) [ $# -ge 1 ] || misused "server needs the broker's name or address"; make_server "$@" ;;
gate) [ $# -eq 3 ] || misused "gate needs ORG SITE GATE"; make_gate "$@" ;;
dashboard) [ $# -le 1 ] || misused "dashboard takes one name"; make_dashboard "${1:-dashboard}" ;;
*) misused "'$verb' is none of ca, server, gate, dashboard" ;;
esac
