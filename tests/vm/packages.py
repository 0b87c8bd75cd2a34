"""Debian's archive as the source of a test kernel: find it, download it, unpack it.

Nothing is installed: a package's files go to a folder of ours, so the machine's own kernel,
headers and busybox stay as they are, and the same steps work without being root.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

# 6.12 is what Raspberry Pi OS runs and what both supported Debian releases offer; 6.1 is Debian 12's stock kernel.
SERIES = ("6.12", "6.1")


class PackageError(Exception):
    """The archive did not give what was asked for."""


class Kernel(NamedTuple):
    release: str    # 6.12.94+deb12-amd64: what uname -r says, and the last part of the packages' names
    series: str     # 6.12
    packages: dict  # role -> NAME=VERSION


def _output(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False,
                            env={**os.environ, "LC_ALL": "C"})
    return result.stdout if result.returncode == 0 else ""


def _field(name, field):
    """A control field of a package that apt knows (NAME or NAME=VERSION), or None."""
    record = _output("apt-cache", "show", "--no-all-versions", name).split("\n\n")[0]
    found = re.search(rf"^{field}: (.*)$", record, re.MULTILINE)
    return found[1] if found else None


def _releases(series):
    """Kernel releases of a series that apt lists, newest first; no cloud or real-time flavour."""
    pattern = re.compile(rf"linux-image-({re.escape(series)}\.[^-]+(?:-\d+)?-amd64)$")
    names = _output("apt-cache", "pkgnames", f"linux-image-{series}.").split()
    releases = [found[1] for name in names if (found := pattern.match(name))]
    return sorted(releases, key=lambda release: [int(part) for part in re.findall(r"\d+", release)], reverse=True)


def _packages_of(release, series):
    """NAME=VERSION of everything a release needs, or None if the archive lacks a part of it."""
    image, headers = f"linux-image-{release}", f"linux-headers-{release}"
    version = _field(image, "Version")
    needs = re.findall(r"(linux-(headers|kbuild)-[^ ,]+)", _field(headers, "Depends") or "")
    names = {"image": image, "headers": headers, "source": f"linux-source-{series}"}
    names.update({"common" if kind == "headers" else "kbuild": name for name, kind in needs})
    if version is None or len(names) != 5:
        return None
    packages = {role: f"{name}={version}" for role, name in names.items()}
    if any(_field(package, "Version") != version for package in packages.values()):
        return None
    return packages


def find_kernel():
    """The newest kernel that the archive holds together with its headers and its source."""
    for series in SERIES:
        for release in _releases(series):
            if packages := _packages_of(release, series):
                return Kernel(release, series, packages)
    raise PackageError(f"apt knows no amd64 kernel of the series {' or '.join(SERIES)} with headers and source: "
                       "run apt-get update, and look at /etc/apt/sources.list*")


def download_size(names):
    """Bytes that the packages weigh, as the archive says."""
    return sum(int(_field(name, "Size") or 0) for name in names)


def download(names, folder):
    """Download packages (NAME or NAME=VERSION) to a folder, checked by apt; returns NAME -> file."""
    # apt's own user cannot write to a folder under root's home, and says so at length.
    as_us = ["-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else []
    result = subprocess.run(["apt-get", "-q", *as_us, "download", *names], cwd=folder, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        raise PackageError(f"apt-get download failed; try apt-get update first. It said:\n{result.stdout}")
    plain = [name.partition("=")[0] for name in names]
    return {name: next(Path(folder).glob(f"{name}_*.deb")) for name in plain}


def unpack(package, folder):
    """Put a package's files under a folder."""
    subprocess.run(["dpkg-deb", "--extract", str(package), str(folder)], check=True)


def unpack_kernel_source(package, series, members, folder):
    """Take a few files out of linux-source, which holds one large compressed tar file, without unpacking the rest."""
    tarball = f"./usr/src/linux-source-{series}.tar.xz"
    top = f"linux-source-{series}"
    outer = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    inner = subprocess.Popen(["tar", "-xO", tarball], stdin=outer.stdout,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    outer.stdout.close()
    # --occurrence lets tar stop at the last file wanted; the two in front of it then end by SIGPIPE.
    taken = subprocess.run(["tar", "-xJ", "--occurrence=1", "--strip-components=1", "-C", str(folder),
                            *(f"{top}/{member}" for member in members)], stdin=inner.stdout, check=False)
    inner.stdout.close()
    inner.wait()
    outer.wait()
    if taken.returncode != 0:
        raise PackageError(f"{package} lacks one of {', '.join(members)}")
