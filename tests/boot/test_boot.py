#!/usr/bin/env python3
"""A machine that systemd runs, set up as the documents say, with the units as they ship: `inside/run` is what happens there.

Emulated in software: it judges whether things work, never how fast.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import image

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("STILE_BUILD") or ROOT / "build").resolve()
LIMIT_S = 600
ATTEMPTS = 3  # an emulated kernel now and then panics while it patches its own code: that says nothing of what is tested
MEMORY_MB = 2048


def pack(folder):
    """What `make install` puts onto a machine, and what the guest does, as a disk."""
    tree = folder / "tree"
    subprocess.run(["make", "-s", "-C", ROOT, "install", f"BUILD={BUILD}", f"DESTDIR={tree}"], check=True,
                   stdout=subprocess.DEVNULL)
    shutil.copytree(pathlib.Path(__file__).parent / "inside", tree / "opt/stile-boot")
    disk = folder / "product.tar"
    subprocess.run(["tar", "-C", tree, "--owner=0", "--group=0", "-cf", disk, "."], check=True)
    with open(disk, "ab") as end:  # a disk has whole sectors
        end.truncate((disk.stat().st_size + 1048575) // 1048576 * 1048576)
    return disk


def boot(made, product):
    """The lines that the guest says."""
    return subprocess.run(
        ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m",
         str(MEMORY_MB), "-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot", "-nic", "none",
         "-kernel", made.kernel, "-initrd", made.initramfs,
         "-append", "root=LABEL=root rw console=ttyS0 quiet loglevel=3 systemd.show_status=0 panic=-1",
         "-drive", f"file={made.disk},format=raw,if=virtio,snapshot=on",
         "-drive", f"file={product},format=raw,if=virtio,readonly=on"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False
    ).stdout.decode(errors="replace").replace("\r", "").splitlines()


def main():
    if not shutil.which("qemu-system-x86_64"):
        print("1..0 # SKIP qemu-system-x86_64 is not installed")
        return 0
    try:
        made = image.prepare(BUILD)
    except image.Unavailable as why:
        print(f"1..0 # SKIP {why}")
        return 0
    with tempfile.TemporaryDirectory(prefix="stile-boot-") as folder:
        product = pack(pathlib.Path(folder))
        for attempt in range(1, ATTEMPTS + 1):
            lines = boot(made, product)
            said = [line for line in lines if re.match(r"(not )?ok \d|# |1\.\.\d", line)]
            plan = next((int(line[3:]) for line in said if line.startswith("1..")), 0)
            if plan:
                break
            print(f"# the guest did not start, attempt {attempt}", flush=True)
    print("\n".join(said), flush=True)
    heard = sum(line.startswith(("ok ", "not ok ")) for line in said)
    if plan == 0 or heard != plan:
        print(f"Bail out! the guest said {heard} of {plan} results; its last lines were\n# " + "\n# ".join(lines[-30:]))
        return 1
    return int(any(line.startswith("not ok ") for line in said))


if __name__ == "__main__":
    sys.exit(main())
