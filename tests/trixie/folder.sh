# Sourced: the Debian 13 (trixie) folder, made once with debootstrap and kept in
# ${STILE_CACHE:-${XDG_CACHE_HOME:-~/.cache}/stile}/trixie. Afterwards:
#
#     need PURPOSE PACKAGE...   # installs them, unless it did so for this purpose before
#     inside COMMAND...         # runs it there, with a /proc and processes of its own
#     $folder                   # where it is
#
# Nothing that is installed there starts a service. Exits 77, which test runners take for "skipped",
# where it cannot run at all.
cache=${STILE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stile}
folder=$cache/trixie

skip() {
        echo "trixie: skipped: $1" >&2
        exit 77
}

fail() {
        tail -n 5 "$cache/trixie.log" >&2
        exit 1
}

inside() {
        unshare --pid --fork --kill-child --mount-proc="$folder/proc" \
                chroot "$folder" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
                LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

make_folder() {
        # The mirror that this machine already uses, if it is a Debian.
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' 2>/dev/null | head -n 1)
        mirror=${mirror:-http://deb.debian.org/debian/}
        new=$folder.new
        rm -rf --one-file-system "$new" # a build that was interrupted
        echo "trixie: downloading a minimal Debian 13 from $mirror to $folder" >&2
        # In a mount namespace of its own: an interrupted debootstrap leaves /proc mounted.
        unshare --mount debootstrap --variant=minbase trixie "$new" "$mirror" \
                >"$cache/trixie.log" 2>&1 || fail
        mv "$new" "$folder"
}

need() {
        (
                # One at a time.
                flock 9
                [ -d "$folder" ] || make_folder
                stamp=$folder/stile-packages-$1
                shift
                packages=$(printf '%s\n' "$@" | sort -u | tr '\n' ' ')
                [ "$(cat "$stamp" 2>/dev/null)" != "$packages" ] || exit 0
                printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d"
                chmod 755 "$folder/usr/sbin/policy-rc.d"
                echo "trixie: downloading packages: $packages" >&2
                { inside apt-get update && inside apt-get install -y --no-install-recommends $packages &&
                        inside apt-get clean; } >"$cache/trixie.log" 2>&1 || fail
                printf '%s\n' "$packages" >"$stamp"
        ) 9>"$cache/trixie.lock" || exit
}

[ "$(id -u)" -eq 0 ] || skip "debootstrap and chroot need root"
command -v debootstrap >/dev/null || skip "debootstrap is not installed"
unshare --mount true 2>/dev/null || skip "may not make a mount namespace"
mkdir -p "$cache"
