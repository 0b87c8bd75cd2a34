"""Programs of this machine, with the libraries they need, as files for the guest's root file system.

Each lands where it lies here, so the guest needs no search path, and runs the very binaries that were built.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path


class ProgramError(Exception):
    """A program cannot be taken into the guest."""


def with_libraries(program_paths):
    """Guest path -> host path of the programs (to /usr/bin) and of every library that ldd finds for them."""
    files = {}
    for program in program_paths:
        path = _existing(program)
        files[f"/usr/bin/{path.name}"] = path
        files.update((_below_usr(library), Path(library)) for library in _libraries(path))
    return files


def _existing(program):
    """A bare name is looked for like the shell does."""
    path = shutil.which(program) if "/" not in str(program) else program
    if path is None or not os.access(path, os.X_OK):
        raise ProgramError(f"there is no program {program}: build it, or install what `guest.py --packages` prints")
    return Path(path)


def _libraries(path):
    result = subprocess.run(["ldd", str(path)], capture_output=True, text=True, check=False,
                            env={**os.environ, "LC_ALL": "C"})
    if "not found" in result.stdout:
        raise ProgramError(f"{path} needs libraries that are not here:\n{result.stdout}")
    # "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x...)" and "/lib64/ld-linux-x86-64.so.2 (0x...)"
    return re.findall(r"(/\S+) \(0x", result.stdout)


def _below_usr(path):
    """The guest's /lib and /lib64 are links into /usr."""
    return f"/usr{path}" if re.match(r"/(lib|lib64|bin|sbin)/", path) else path
