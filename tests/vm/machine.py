"""A QEMU machine that runs the prepared guest: boots it, does commands in it, cuts its power.

Emulated in software, so it runs where there is no /dev/kvm; about ten times slower than the host. Judge logic
in it, never real-time limits.
"""

import atexit
import base64
import os
import re
import select
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import cpio
import guest
from programs import with_libraries

BOOT_SECONDS = 90      # a quiet machine needs 5
BOOT_ATTEMPTS = 3
COMMAND_SECONDS = 30
HOST = "10.0.2.2"      # the guest's name for this machine's loopback


class GuestError(Exception):
    """The guest, or a command in it, failed."""


def wait_until(predicate, timeout, what, pause=0.02):
    """Poll until predicate() is true and return what it gave; after timeout seconds raise, saying what never came."""
    deadline = time.monotonic() + timeout
    while not (value := predicate()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout} s in vain until {what}")
        time.sleep(pause)
    return value


class Machine:
    """One guest. Use it as a context manager: it boots on entry, and leaves nothing behind on exit.

    It does one command at a time and is not for several threads; programs run in its background.

    programs   host paths or names of programs to have in the guest's /usr/bin, libraries included
    files      guest path -> host path of further files to have there from the start
    disk_mb    size of a disk on /data that outlives power_cut(); 0 makes /data a tmpfs
    """

    def __init__(self, programs=(), files=None, memory_mb=512, disk_mb=0):
        self._programs = list(programs)
        self._files = dict(files or {})
        self._memory_mb = memory_mb
        self._disk_mb = disk_mb
        self._folder = None
        self._qemu = None
        self._channel = None
        self._count = 0

    def __enter__(self):
        try:
            self.boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    # Life ----------------------------------------------------------------------------------------

    def boot(self):
        """Start the machine, cutting its power first if it runs, and wait until it takes commands.

        An emulated kernel now and then panics while it patches its own code during start-up: that says nothing about
        what is tested, so it may try again.
        """
        for attempt in range(1, BOOT_ATTEMPTS + 1):
            self._power_on()
            try:
                self._receive("ready", BOOT_SECONDS)
                return
            except GuestError:
                if attempt == BOOT_ATTEMPTS:
                    raise
                print(f"# the guest did not start, attempt {attempt}", flush=True)

    def _power_on(self):
        self.power_cut()
        prepared = guest.prepare()
        if self._folder is None:
            self._make_folder()
        self._write_initramfs(prepared.initramfs)
        ours, theirs = socket.socketpair()
        with theirs, open(self._folder / "qemu.log", "wb") as log:
            # pdeathsig: even if this process is killed outright, the machine goes with it.
            self._qemu = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *self._command_line(prepared.kernel, theirs.fileno())],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[theirs.fileno()])
        self._channel = _Channel(ours)

    def power_cut(self):
        """End the machine between two instructions; what was flushed to its disk is there at the next boot()."""
        if self._qemu is not None:
            self._qemu.kill()
            self._qemu.wait()
            self._channel.close()
            self._qemu = self._channel = None

    def close(self):
        """Power off and delete everything, unless STILE_VM_KEEP is set: then say where the files are."""
        self.power_cut()
        if self._folder is not None:
            atexit.unregister(self.close)
            if os.environ.get("STILE_VM_KEEP"):
                print(f"# kept: {self._folder}", flush=True)
            else:
                shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def console(self):
        """What the guest's kernel and first process printed since the last boot."""
        return (self._folder / "console.log").read_text(errors="replace")

    # Files: /host in the guest is this folder --------------------------------------------------------

    @property
    def share(self):
        """The folder that the guest sees as /host."""
        return self._folder / "share"

    def put(self, source, name=None):
        """Copy a host file into the share; returns its path in the guest."""
        name = name or Path(source).name
        shutil.copy(source, self.share / name)
        return f"/host/{name}"

    def write(self, name, content):
        """Write text or bytes to a file of the share; returns its path in the guest."""
        path = self.share / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return f"/host/{name}"

    # Commands ----------------------------------------------------------------------------------------

    def attempt(self, script, timeout=COMMAND_SECONDS):
        """Have the guest's shell do a script; returns (exit status, output of both streams)."""
        self._count += 1
        nonce = f"{self._count:x}-{os.urandom(4).hex()}"
        encoded = base64.b64encode(script.encode()).decode()
        if self._channel is None:
            raise GuestError("the guest is not running")
        self._channel.send(f"{nonce} {timeout} {encoded}\n")
        # The guest kills a script that takes too long; it answers late only if it is in trouble itself.
        started = time.monotonic()
        status, _, output = self._receive(nonce, timeout + 15).partition(" ")
        text = base64.b64decode(output).decode(errors="replace")
        if time.monotonic() - started >= timeout:
            raise GuestError(f"after {timeout} s the guest was still busy with:\n{script}\n{text}")
        return int(status), text

    def run(self, script, timeout=COMMAND_SECONDS):
        """Like attempt(), but a failure raises; returns the output."""
        status, output = self.attempt(script, timeout)
        if status != 0:
            raise GuestError(f"exit status {status} in the guest from:\n{script}\n{output}")
        return output

    def start(self, name, *command, env=None):
        """Start a program in the background; returns a Program."""
        self._count += 1
        program = Program(self, f"{name}-{self._count}")
        settings = [f"{key}={value}" for key, value in (env or {}).items()]
        words = shlex.join(["env", *settings, *map(str, command)])
        self.run(f"setsid launch /host/run/{program.name} {words} </dev/null >/dev/null 2>&1 3>&- &")
        wait_until(lambda: program.pid, COMMAND_SECONDS, f"{name} is started")
        return program

    # How it is done ------------------------------------------------------------------------------------

    def _receive(self, nonce, timeout):
        """The rest of the line that begins with the nonce."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                first, _, rest = self._channel.line(deadline).partition(" ")
            except (EOFError, TimeoutError) as error:
                raise GuestError(f"the guest {error}\n{self._last_words()}") from None
            if first == nonce:
                return rest

    def _last_words(self):
        qemu = (self._folder / "qemu.log").read_text(errors="replace")
        return "\n".join([qemu, "its console:", *self.console().splitlines()[-25:]])

    def _make_folder(self):
        self._folder = Path(tempfile.mkdtemp(prefix="stile-vm-"))
        atexit.register(self.close)
        (self.share / "run").mkdir(parents=True)
        if self._disk_mb:
            disk = self._folder / "disk"
            with open(disk, "wb") as file:
                file.truncate(self._disk_mb << 20)
            subprocess.run(["mke2fs", "-q", "-t", "ext4", str(disk)], check=True)

    def _write_initramfs(self, base):
        """The prepared root file system, followed by one with our programs: the kernel unpacks both."""
        files = {**with_libraries(self._programs), **self._files}
        with open(self._folder / "initramfs", "wb") as out:
            with open(base, "rb") as prepared:
                shutil.copyfileobj(prepared, out)
            archive = cpio.Archive(out)
            for path, source in files.items():
                archive.file(path, Path(source).read_bytes(), 0o755 if os.access(source, os.X_OK) else 0o644)
            archive.close()

    def _command_line(self, kernel, channel):
        arguments = [
            "qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
            "-m", str(self._memory_mb), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", str(kernel), "-initrd", str(self._folder / "initramfs"),
            "-append", "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable",
            "-serial", f"file:{self._folder / 'console.log'}",
            "-device", "virtio-rng-pci",
            "-fsdev", f"local,id=share,path={self.share},security_model=none",
            "-device", "virtio-9p-pci,fsdev=share,mount_tag=host",
            "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=",
            "-chardev", f"socket,id=channel,fd={channel}", "-device", "virtio-serial-pci",
            "-device", "virtserialport,chardev=channel,name=channel",
        ]
        if self._disk_mb:
            arguments += ["-drive", f"file={self._folder / 'disk'},format=raw,if=virtio"]
        return arguments


class Program:
    """A program that runs in the guest's background. What it prints and how it ended is read from the share."""

    def __init__(self, machine, name):
        self.name = name
        self._machine = machine

    @property
    def pid(self):
        """Its process in the guest, or None if it is not started yet."""
        text = self._read("pid")
        return int(text) if text else None

    @property
    def log(self):
        """What it has printed so far, on both streams."""
        return self._read("log")

    @property
    def exit_status(self):
        """None while it runs; 128 + N if signal N ended it."""
        text = self._read("exit")
        return int(text) if text else None

    def wait_for_log(self, pattern, timeout=COMMAND_SECONDS, after=0):
        """Wait until the log matches a regular expression, from a place in it on; returns the match."""
        def found():
            match = re.compile(pattern, re.MULTILINE).search(self.log, after)
            if match is None and self.exit_status is not None:
                raise GuestError(f"{self.name} ended with status {self.exit_status} before it logged "
                                 f"{pattern!r}:\n{self.log}")
            return match
        try:
            return wait_until(found, timeout, f"{self.name} logs {pattern!r}")
        except TimeoutError as error:
            raise GuestError(f"{error}; its log:\n{self.log}") from None

    def signal(self, name):
        """Send a signal: TERM, KILL, HUP, STOP, CONT... (not INT: a shell's background child ignores that)."""
        self._machine.run(f"kill -{name} {self.pid}")

    def wait(self, timeout=COMMAND_SECONDS):
        """Wait until it ends; returns the exit status."""
        wait_until(lambda: self.exit_status is not None, timeout, f"{self.name} ends")
        return self.exit_status

    def stop(self, name="TERM", timeout=COMMAND_SECONDS):
        """Send a signal if it still runs, and wait until it ends; returns the exit status."""
        if self.exit_status is None:
            self._machine.attempt(f"kill -{name} {self.pid}")
        return self.wait(timeout)

    def kill(self):
        """kill -9, and wait until it is gone."""
        return self.stop("KILL")

    def _read(self, suffix):
        try:
            return (self._machine.share / "run" / f"{self.name}.{suffix}").read_text(errors="replace")
        except FileNotFoundError:
            return ""


class _Channel:
    """Lines to and from the guest's agent over the virtio port."""

    def __init__(self, connection):
        self._connection = connection
        self._pending = b""

    def send(self, line):
        """Send a line; that the machine is gone shows when its answer is read."""
        try:
            self._connection.sendall(line.encode())
        except ConnectionError:
            pass

    def line(self, deadline):
        """The next line; EOFError if the machine is gone, TimeoutError if none comes in time."""
        while b"\n" not in self._pending:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._connection], [], [], left)[0]:
                raise TimeoutError("does not answer")
            try:
                received = self._connection.recv(1 << 16)
            except ConnectionError:
                received = b""
            if not received:
                raise EOFError("machine has ended")
            self._pending += received
        line, _, self._pending = self._pending.partition(b"\n")
        return line.decode()

    def close(self):
        self._connection.close()
