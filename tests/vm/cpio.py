"""Writes cpio archives in the "newc" form that the kernel unpacks as its first root file system.

Written here rather than by cpio(1) because that one archives what lies on disk: device nodes would
need root, and every run would need a scratch tree. Two archives one after the other are one to the kernel.
"""

import os
import stat
from pathlib import PurePosixPath


class Archive:
    """Collects entries and writes them to a binary file object; folders on the way are made by themselves."""

    def __init__(self, out):
        self._out = out
        self._inode = 0
        self._folders = {PurePosixPath("/")}

    def folder(self, path):
        path = PurePosixPath(path)
        if path not in self._folders:
            self.folder(path.parent)
            self._folders.add(path)
            self._entry(path, stat.S_IFDIR | 0o755)

    def file(self, path, content, mode=0o644):
        self.folder(PurePosixPath(path).parent)
        self._entry(path, stat.S_IFREG | mode, content)

    def link(self, path, target):
        self.folder(PurePosixPath(path).parent)
        self._entry(path, stat.S_IFLNK | 0o777, os.fsencode(target))

    def device(self, path, major, minor):
        self.folder(PurePosixPath(path).parent)
        self._entry(path, stat.S_IFCHR | 0o600, device=(major, minor))

    def close(self):
        """Write the trailer; the file object stays open and belongs to the caller."""
        self._entry("TRAILER!!!", 0)

    def _entry(self, path, mode, content=b"", device=(0, 0)):
        self._inode += 1
        name = os.fsencode(str(path).lstrip("/")) + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name), 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        self._out.write(_padded(header + name))
        self._out.write(_padded(content))


def _padded(data):
    return data + b"\0" * (-len(data) % 4)
