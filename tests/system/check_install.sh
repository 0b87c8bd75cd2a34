#!/bin/sh
# make install puts every file below DESTDIR, substitutes the tokens and leaves a configuration alone.
set -eu
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
make -s install DESTDIR="$root" PREFIX=/usr/local >/dev/null
for file in usr/local/bin/stiled usr/local/bin/stile-uplink usr/local/bin/stilectl usr/local/bin/stile-collector usr/local/bin/stile-forwarder usr/local/bin/stile-dashboard \
        usr/local/lib/systemd/system/stiled.service usr/local/lib/systemd/system/stile-uplink.service \
        usr/local/lib/sysusers.d/stile.conf usr/local/lib/tmpfiles.d/stile.conf \
        usr/local/lib/systemd/system/stile-collector.service usr/local/lib/systemd/system/stile-forwarder.service \
        usr/local/lib/systemd/system/stile-dashboard.service usr/local/share/man/man8/stile-dashboard.8 usr/local/share/doc/stile/dashboard.conf \
        usr/local/share/doc/stile/port-443.conf.example usr/local/share/doc/stile/rpicam.conf.example \
        usr/local/share/man/man8/stiled.8 usr/local/share/man/man8/stile-collector.8 \
        usr/local/share/doc/stile/collector.conf usr/local/share/doc/stile/forwarder.conf etc/stile/gate.conf; do
        test -e "$root/$file" || { echo "missing: $file"; exit 1; }
done
grep -q '^ExecStart=/usr/local/bin/stiled --config /etc/stile/gate.conf' "$root/usr/local/lib/systemd/system/stiled.service"
! grep -r '@[A-Z]*@' "$root/usr/local/lib/systemd"
"$root/usr/local/bin/stiled" --check-config --config "$root/etc/stile/gate.conf" >/dev/null
"$root/usr/local/bin/stile-collector" --check-config --config "$root/usr/local/share/doc/stile/collector.conf" >/dev/null
"$root/usr/local/bin/stile-dashboard" --check-config --config "$root/usr/local/share/doc/stile/dashboard.conf" >/dev/null
# A gate has no collector: nothing of it lies in /etc unless somebody puts it there.
test ! -e "$root/etc/stile/collector.conf"
echo '# mine' >"$root/etc/stile/gate.conf"
make -s install DESTDIR="$root" PREFIX=/usr/local >/dev/null
test "$(cat "$root/etc/stile/gate.conf")" = '# mine'
