"""The disk of a machine that systemd runs: the Debian that the programs were built on, made once.

Kept in ${STILE_CACHE:-${XDG_CACHE_HOME:-~/.cache}/stile}/boot. Nothing of this machine is changed. What is tested is not on
it: the guest unpacks that from a second disk, which is a tar archive.
"""

import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
from typing import NamedTuple

PROGRAMS = ("stiled", "stile-uplink", "stile-collector", "stile-forwarder", "stile-dashboard", "stilectl")
# procps: units reload with /bin/kill. Every Debian has it but the smallest.
PACKAGES = ("systemd", "systemd-sysv", "udev", "dbus", "procps", "initramfs-tools", "mosquitto", "curl", "jq", "sudo",
            "postgresql")
DISK_MB = 2048
UNIT = """[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'tar -xf /dev/vdb -C / && exec /opt/stile-boot/run'
ExecStopPost=/bin/systemctl poweroff --force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
[Install]
WantedBy=default.target
"""


class Unavailable(Exception):
    """No image can be made here."""


class Image(NamedTuple):
    disk: pathlib.Path
    kernel: pathlib.Path
    initramfs: pathlib.Path


def _said(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _packages_of(programs):
    """Those whose libraries the programs are linked with."""
    said = "".join(_said("ldd", program) for program in programs)
    # /lib is a link to /usr/lib, and packages say now the one, now the other.
    files = {os.path.realpath(path) for path in re.findall(r"=> (/\S+)", said)}
    names = set()
    for file in files:
        for path in (file, file.removeprefix("/usr")):
            found = subprocess.run(["dpkg", "-S", path], capture_output=True, text=True, check=False)
            if found.returncode == 0:
                names.add(found.stdout.split(":")[0])
                break
    return names


def _release():
    text = pathlib.Path("/etc/os-release").read_text()
    if not re.search(r"^ID=(debian|raspbian)$", text, re.M):
        raise Unavailable("this is no Debian")
    return re.search(r"^VERSION_CODENAME=(\S+)$", text, re.M)[1]


def _make(folder, release, packages, log):
    """The image's files, in a folder that takes their place when all of them are there."""
    mirror = _said("apt-get", "indextargets", "--format", "$(REPO_URI)", "Label: Debian").splitlines()[0]

    def do(*command):
        if subprocess.run(command, stdout=log, stderr=log, check=False).returncode != 0:
            raise RuntimeError(f"{command[0]} failed, see {log.name}")

    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        root, new = pathlib.Path(made) / "root", pathlib.Path(made) / "new"
        new.mkdir()
        do("unshare", "--mount", "debootstrap", "--variant=minbase", release, root, mirror)
        (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (root / "usr/sbin/policy-rc.d").chmod(0o755)
        do("chroot", root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "--no-install-recommends",
           *packages)
        do("chroot", root, "apt-get", "clean")
        (root / "usr/sbin/policy-rc.d").unlink()
        (root / "etc/fstab").write_text("LABEL=root / ext4 defaults 0 1\n")
        (root / "etc/hostname").write_text("plant\n")
        (root / "etc/hosts").write_text("127.0.0.1 localhost plant\n::1 localhost\n")
        units = root / "etc/systemd/system"
        (units / "serial-getty@ttyS0.service").symlink_to("/dev/null")
        (units / "stile-boot.service").write_text(UNIT)
        (units / "multi-user.target.wants").mkdir(exist_ok=True)
        (units / "multi-user.target.wants/stile-boot.service").symlink_to("../stile-boot.service")
        for name in "vmlinuz", "initrd.img":
            shutil.copy(next((root / "boot").glob(f"{name}-*")), new / name)
        do("truncate", "--size", f"{DISK_MB}M", new / "disk")
        do("mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", root, new / "disk")
        if folder.exists():
            shutil.rmtree(folder)
        new.rename(folder)


def prepare(build):
    """The image for programs of a build; made now, unless it is there."""
    if os.geteuid() != 0:
        raise Unavailable("debootstrap and chroot need root")
    for program in "debootstrap", "mke2fs", "unshare", "dpkg":
        if not shutil.which(program):
            raise Unavailable(f"{program} is not installed")
    release = _release()
    architecture = _said("dpkg", "--print-architecture").strip()
    if architecture != "amd64":
        raise Unavailable(f"not written for {architecture}")
    packages = sorted({*PACKAGES, f"linux-image-cloud-{architecture}", *_packages_of(build / name for name in PROGRAMS)})
    cache = pathlib.Path(os.environ.get("STILE_CACHE") or
                         pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "stile") / "boot"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / release
    stamp = hashlib.sha256("\n".join([*packages, UNIT, str(DISK_MB)]).encode()).hexdigest()
    with open(cache / "lock", "w") as lock, open(cache / "log", "a") as log:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "stamp").exists() or (folder / "stamp").read_text() != stamp:
            print(f"# downloading a minimal Debian to {folder}", flush=True)
            _make(folder, release, packages, log)
            (folder / "stamp").write_text(stamp)
    return Image(folder / "disk", folder / "vmlinuz", folder / "initrd.img")
