#!/usr/bin/env python3
"""Prepares the guest that the rig boots, a kernel and a first root file system, once, and keeps it.

    guest.py             prepare it if need be, and print where it is
    guest.py --refresh   look for a newer kernel in the archive, and prepare that
    guest.py --packages  the Debian packages that the rig needs on this machine

It lies in $STILE_CACHE/vm (or ~/.cache/stile/vm), in a folder named after the kernel and a digest of
everything here that shapes the result. It appears there by one rename, when it is complete.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import cpio
import modules
import packages

HERE = Path(__file__).resolve().parent

# Commands that the rig and its tests use on this machine, and the Debian packages that hold them.
_COMMANDS = {
    "qemu-system-x86_64": "qemu-system-x86", "setpriv": "util-linux", "mke2fs": "e2fsprogs",  # the machine
    "gcc": "gcc", "make": "make", "strip": "binutils", "xz": "xz-utils", "depmod": "kmod",    # its modules
    "v4l2-ctl": "v4l-utils", "gpioset": "gpiod", "ip": "iproute2", "tc": "iproute2",          # taken into it
    "qrencode": "qrencode", "openssl": "openssl",                                             # around it
    "mosquitto": "mosquitto", "mosquitto_sub": "mosquitto-clients",
}
# Where Debian keeps administrators' commands, which are not on everyone's PATH.
os.environ["PATH"] += ":/usr/sbin:/sbin"

# A change in any of these makes another guest.
_INPUTS = ("guest.py", "modules.py", "cpio.py", "inside/init", "inside/agent", "inside/launch", "inside/inittab")

_WHY = {
    "image": "the kernel and its modules",
    "headers": "to build gpio-sim, which Debian leaves out",
    "common": "to build gpio-sim",
    "kbuild": "to build gpio-sim",
    "source": "gpio-sim's own source",
    "busybox": "the guest's shell and commands",
}


class HostError(Exception):
    """This machine lacks something."""


class Prepared(NamedTuple):
    kernel: Path
    initramfs: Path


def cache_folder():
    """Where prepared guests are kept."""
    user_cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("STILE_CACHE") or Path(user_cache) / "stile") / "vm"


def prepare(refresh=False, say=lambda line: print(line, file=sys.stderr, flush=True)):
    """The prepared guest, from the cache if it is there."""
    _check_commands()
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "lock"):
        cached = sorted(cache.glob(f"*-{_digest()}"), key=lambda folder: folder.stat().st_mtime)
        if cached and not refresh:
            return _prepared(cached[-1])
        kernel = packages.find_kernel()
        folder = cache / f"{kernel.release}-{_digest()}"
        if not folder.is_dir():
            _build_in(cache, folder, kernel, say)
        return _prepared(folder)


def _check_commands():
    missing = sorted({package for command, package in _COMMANDS.items() if shutil.which(command) is None})
    if missing:
        raise HostError("the rig needs: apt-get install --no-install-recommends " + " ".join(missing))


def _prepared(folder):
    return Prepared(folder / "vmlinuz", folder / "initramfs")


@contextlib.contextmanager
def _locked(path):
    """One preparation at a time; the kernel drops the lock with the process, however that ends."""
    with open(path, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest():
    sha = hashlib.sha256()
    for name in _INPUTS:
        sha.update((HERE / name).read_bytes())
    return sha.hexdigest()[:12]


def _build_in(cache, folder, kernel, say):
    """Build in a scratch folder next to the result, so that the last step is a rename."""
    for leftover in cache.glob("unfinished-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix="unfinished-", dir=cache))
    try:
        result = work / "result"
        result.mkdir()
        _build(kernel, work, result, say)
        os.rename(result, folder)
    finally:
        shutil.rmtree(work)


def _build(kernel, work, result, say):
    debs = _download(kernel, work, say)
    say(f"vm: building gpio-sim for {kernel.release}")
    extra = modules.build_gpio_sim(debs, kernel, _made(work / "headers"))
    image, busybox = _made(work / "image"), _made(work / "busybox")
    packages.unpack(debs["image"], image)
    packages.unpack(debs["busybox"], busybox)
    say("vm: packing the root file system")
    wanted = modules.collect(image, kernel.release, extra, _made(work / "modules"))
    shutil.copy(image / "boot" / f"vmlinuz-{kernel.release}", result / "vmlinuz")
    with open(result / "initramfs", "wb") as out:
        _pack(cpio.Archive(out), next(busybox.glob("**/bin/busybox")), wanted)
    say("vm: the guest is ready; the downloads are deleted")


def _made(folder):
    folder.mkdir()
    return folder


def _download(kernel, work, say):
    names = {**kernel.packages, "busybox": "busybox-static"}
    total = packages.download_size(names.values()) / 1e6
    say(f"vm: downloading {total:.0f} MB from Debian to prepare the test guest, once; nothing is installed:")
    for role, name in names.items():
        say(f"vm:   {name.partition('=')[0]} ({_WHY[role]})")
    files = packages.download(names.values(), work)
    return {role: files[name.partition("=")[0]] for role, name in names.items()}


def _pack(archive, busybox, wanted):
    """The root file system that every guest shares; the rig adds programs to it at each boot."""
    for name in ("bin", "sbin", "lib", "lib64"):
        archive.link(f"/{name}", f"usr/{name}")
    # A first console, for the messages of an init that fails before it has a /dev.
    archive.device("/dev/console", 5, 1)
    for folder in ("/proc", "/sys", "/run", "/tmp", "/host", "/data", "/root", "/usr/lib64"):
        archive.folder(folder)
    archive.file("/usr/bin/busybox", busybox.read_bytes(), 0o755)
    applets = subprocess.run([str(busybox), "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in sorted(set(applets) - {"busybox"}):
        archive.link(f"/usr/bin/{applet}", "busybox")
    for module in sorted(path for path in wanted.rglob("*") if path.is_file()):
        archive.file(f"/usr/lib/modules/{wanted.name}/{module.relative_to(wanted)}", module.read_bytes())
    _pack_configuration(archive)
    archive.close()


def _pack_configuration(archive):
    archive.file("/init", (HERE / "inside/init").read_bytes(), 0o755)
    archive.link("/usr/sbin/init", "../bin/busybox")
    for name in ("agent", "launch"):
        archive.file(f"/usr/sbin/{name}", (HERE / "inside" / name).read_bytes(), 0o755)
    archive.file("/etc/inittab", (HERE / "inside/inittab").read_bytes())
    archive.file("/etc/modules", "\n".join(modules.AT_BOOT).encode() + b"\n")
    archive.file("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
    archive.file("/etc/group", b"root:x:0:\nnogroup:x:65534:\n")
    archive.file("/etc/hosts", b"127.0.0.1 localhost guest\n10.0.2.2 host\n")


def main(arguments):
    if arguments == ["--packages"]:
        print("\n".join(sorted(set(_COMMANDS.values()))))
    elif arguments in ([], ["--refresh"]):
        print(prepare(refresh=bool(arguments)).kernel.parent)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (HostError, packages.PackageError, modules.ModuleError) as error:
        sys.exit(f"vm: {error}")
