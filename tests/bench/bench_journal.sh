#!/bin/sh
# bench_journal with an ext4 of its own on a loop device, whose bytes the kernel counts for us alone.
# That needs root and a kernel with loop devices; without them everything is measured but bytes.
#
#     bench_journal.sh BENCH [entries]        BENCH: the program; its folder is where the files go
set -eu
bench=$1 entries=${2:-4000}
folder=$(dirname "$bench")
image=$folder/bench_journal.ext4 mount=$folder/bench_journal.mnt

clean_up() {
        mountpoint -q "$mount" && umount "$mount"
        rmdir "$mount" 2>/dev/null || true
        rm -f "$image"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

mkdir -p "$mount"
truncate -s 512M "$image"
if mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$image" 2>/dev/null &&
        mount -o loop "$image" "$mount" 2>/dev/null; then
        echo "times on $(df --output=fstype "$folder" | tail -1); bytes on a private ext4 (loop device, defaults of mkfs.ext4)"
        "$bench" "$entries" "$folder" "$mount"
else
        echo "times on $(df --output=fstype "$folder" | tail -1); no loop device to be had: bytes not measured"
        "$bench" "$entries" "$folder"
fi
