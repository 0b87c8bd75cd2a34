#!/bin/sh
# Builds and tests the tree in a Debian 13 (trixie) folder: libgpiod 2.x, gcc 14, clang 19.
#
#     tests/trixie/build.sh                     # both compilers, then every unit and contract test
#     tests/trixie/build.sh MAKE-ARGUMENT...    # just that make
#     tests/trixie/build.sh --packages "A B ..." [MAKE-ARGUMENT...]   # instead of print-packages
#
# BUILD=/var/tmp/out among the arguments keeps what is built, in the folder's var/tmp/out.
# The folder is made once with debootstrap (about 250 MB to download with the packages) and kept in
# ${STILE_CACHE:-${XDG_CACHE_HOME:-~/.cache}/stile}/trixie. Nothing of the host is bound into it:
# the tree is copied in, under a name of its own, and removed afterwards; its /proc lives in a
# mount namespace that ends with the build. Several may run at once.
# Exits 77, which test runners take for "skipped", where it cannot run at all.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cache=${STILE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stile}
folder=$cache/trixie

skip() {
        echo "trixie: skipped: $1" >&2
        exit 77
}

packages=
if [ "${1:-}" = --packages ]; then
        packages=$2
        shift 2
fi
[ "$(id -u)" -eq 0 ] || skip "debootstrap and chroot need root"
command -v debootstrap >/dev/null || skip "debootstrap is not installed"
unshare --mount true 2>/dev/null || skip "may not make a mount namespace"

[ "$packages" ] || packages=$(make -s -C "$root" print-packages)
packages=$(printf '%s\n' clang $packages | sort -u | tr '\n' ' ')

# The mirror that this machine already uses, if it is a Debian.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' 2>/dev/null | head -n 1)
mirror=${mirror:-http://deb.debian.org/debian/}

inside() {
        unshare --pid --fork --kill-child --mount-proc="$folder/proc" \
                chroot "$folder" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
                LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# One at a time from here until the packages are in.
mkdir -p "$cache"
exec 9>"$cache/trixie.lock"
flock 9
if [ ! -d "$folder" ]; then
        new=$folder.new
        rm -rf --one-file-system "$new" # a build that was interrupted
        echo "trixie: downloading a minimal Debian 13 from $mirror to $folder" >&2
        # In a mount namespace of its own: an interrupted debootstrap leaves /proc mounted.
        unshare --mount debootstrap --variant=minbase trixie "$new" "$mirror" \
                >"$cache/trixie.log" 2>&1 || {
                tail -n 5 "$cache/trixie.log" >&2
                exit 1
        }
        mv "$new" "$folder"
fi
if [ "$(cat "$folder/stile-packages" 2>/dev/null)" != "$packages" ]; then
        echo "trixie: downloading the build packages: $packages" >&2
        { inside apt-get update && inside apt-get install -y --no-install-recommends $packages &&
                inside apt-get clean; } >"$cache/trixie.log" 2>&1 || {
                tail -n 5 "$cache/trixie.log" >&2
                exit 1
        }
        printf '%s\n' "$packages" >"$folder/stile-packages"
fi
flock --unlock 9

copy=$(mktemp -d "$folder/var/tmp/stile.XXXXXX")
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' INT TERM
tar -C "$root" --exclude=./build --exclude=./.git -cf - . | tar -C "$copy" -xf -
tree=${copy#"$folder"}
if [ $# -gt 0 ]; then
        inside make -C "$tree" "$@" 9>&-
        exit
fi
for compiler in gcc clang; do
        echo "trixie: building with $compiler" >&2
        inside make -s -j"$(nproc)" -C "$tree" CC="$compiler" BUILD="build/$compiler" all tests-build 9>&-
done
inside sh -c '
        cd "$0" || exit 1
        count=0 failed=
        for test in build/*/tests/*/test_*; do
                count=$((count + 1))
                "$test" >log 2>&1 || { cat log; failed="$failed $test"; }
        done
        echo "trixie: $count test programs ran, failed:${failed:- none}"
        [ -z "$failed" ]' "$tree" 9>&-
