#!/bin/sh
# Every option of a configuration's sample stands in its manual page, in its section, and no other does.
set -eu
status=0
for name in gate collector dashboard forwarder; do
	[ -f "config/$name.conf" ] || continue
	sed -n 's/^#\{0,1\} \{0,1\}\[\([^] ]*\).*/[\1]/p; s/^#\{0,1\}\([a-z0-9-]*\) = .*/\1/p; s/^#\{0,1\}\([a-z0-9-]*\) =$/\1/p' "config/$name.conf" | sort -u >"$1/$name.sample"
	sed -n 's/^\.Ss \([a-z0-9-]*\).*/[\1]/p; s/^\.It Ic \([a-z0-9-]*\) Ns.*/\1/p' "docs/man/$name.conf.5" | sort -u >"$1/$name.page"
	diff -u "$1/$name.sample" "$1/$name.page" || status=1
done
exit $status
