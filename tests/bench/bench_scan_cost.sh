#!/bin/sh
# Instructions a px of the decoder's own loops over a frame of 320 × 240, on this kind of machine and on arm64, counted by qemu's user
# emulation: the same in every run. zbar is not among them.
set -eu
build=$1
sources="tests/bench/scan_cost.c controller/decode/finder.c controller/decode/motion.c controller/decode/image.c
         controller/decode/rescale.c controller/decode/threshold.c controller/decode/blur.c"
px=76800
mkdir -p "$build/tests/bench"

# One instruction to a block, and a line for each block that runs.
count() {
    "qemu-$1" -singlestep -d nochain,exec -D /dev/stderr "$build/tests/bench/scan_cost.$1" "$2" "$3" 2>&1 >/dev/null | grep -c ^Trace
}

for arch in x86_64 aarch64; do
    # shellcheck disable=SC2086
    "$arch-linux-gnu-gcc" -D_GNU_SOURCE -I. -std=c17 -O3 -static $sources -lm -o "$build/tests/bench/scan_cost.$arch"
done
printf '| %-10s | %8s | %8s | %5s |\n' "loop" "x86_64" "arm64" "ratio"
for part in look motion rescale threshold blur; do
    for arch in x86_64 aarch64; do
        once=$(count $arch $part 1)
        twice=$(count $arch $part 2)
        eval "$arch=$((twice - once))"
    done
    # shellcheck disable=SC2154
    awk -v part="$part" -v x="$x86_64" -v a="$aarch64" -v px=$px \
        'BEGIN { printf "| %-10s | %8.3f | %8.3f | %5.2f |\n", part, x / px, a / px, a / x }'
done
