#!/bin/sh
# Builds and tests the tree in a Debian 13 (trixie) folder: libgpiod 2.x, gcc 14, clang 19.
#
#     tests/trixie/build.sh                     # both compilers, then gcc's every unit and contract test
#     tests/trixie/build.sh MAKE-ARGUMENT...    # just that make
#     tests/trixie/build.sh --packages "A B ..." [MAKE-ARGUMENT...]   # instead of print-packages
#
# BUILD=/var/tmp/out among the arguments keeps what is built, in the folder's var/tmp/out.
# The folder is made once (folder.sh); about 250 MB to download with the packages. Nothing of the host
# is bound into it: the tree is copied in, under a name of its own, and removed afterwards; its /proc
# lives in a mount namespace that ends with the build. Several may run at once.
# Exits 77, which test runners take for "skipped", where it cannot run at all.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
packages=
if [ "${1:-}" = --packages ]; then
        packages=$2
        shift 2
fi
. "$root/tests/trixie/folder.sh"
[ "$packages" ] || packages=$(make -s -C "$root" print-packages)
need build clang $packages

copy=$(mktemp -d "$folder/var/tmp/stile.XXXXXX")
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' INT TERM
tar -C "$root" --exclude=./build --exclude=./.git --exclude=node_modules -cf - . | tar -C "$copy" -xf -
tree=${copy#"$folder"}
if [ $# -gt 0 ]; then
        inside make -C "$tree" "$@"
        exit
fi
echo "trixie: building with clang" >&2
inside make -s -j"$(nproc)" -C "$tree" CC=clang BUILD=build/clang all
echo "trixie: building with gcc" >&2
inside make -s -j"$(nproc)" -C "$tree" CC=gcc BUILD=build/gcc all tests-build
inside sh -c '
        cd "$0" || exit 1
        count=0 failed=
        for test in build/*/tests/*/test_*; do
                count=$((count + 1))
                "$test" >log 2>&1 || { cat log; failed="$failed $test"; }
        done
        echo "trixie: $count test programs ran, failed:${failed:- none}"
        [ -z "$failed" ]' "$tree"
