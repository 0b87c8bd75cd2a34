#!/usr/bin/env python3
"""The site broker's configuration and access list, against a real mosquitto on loopback.

The files under config/mosquitto are used as they are; only their paths and the listening address are replaced.
Nothing sleeps: what must arrive is waited for with a deadline, and what must not arrive is followed by a
message that must.
"""

import atexit
import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from tap import bail_out, run, skip_all, test  # noqa: E402

CONFIG = pathlib.Path(__file__).resolve().parents[2] / "config" / "mosquitto"
MAKE_CERTIFICATES = CONFIG / "make-certificates.sh"
DEADLINE_S = 20
NOT_AUTHORIZED = 135
ACCEPTED = (0, 16)  # 16: accepted, nobody listens

work = pathlib.Path(tempfile.mkdtemp(prefix="stile-acl-"))
atexit.register(shutil.rmtree, work, ignore_errors=True)
certificates = work / "stile"


class Process:
    """A child whose output, both streams, is read line by line with deadlines."""

    def __init__(self, *command):
        # restore_signals=False leaves SIGPIPE ignored, as Python has it: mosquitto_pub says goodbye to a TLS
        # connection that the broker may have closed already, and would die of it. stdbuf: into a pipe the
        # clients would keep their lines until a buffer is full.
        self.child = subprocess.Popen(["stdbuf", "-oL", *map(str, command)], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                      errors="replace", restore_signals=False)
        self.seen = []
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        atexit.register(self.stop, signal.SIGKILL)

    def _read(self):
        for line in self.child.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def next_line(self, deadline):
        """The next line, or None when the child has closed its output or the deadline is over."""
        try:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return None
        if line is not None:
            self.seen.append(line)
        return line

    def expect(self, pattern):
        """The lines up to and with the one that matches."""
        before = []
        deadline = time.monotonic() + DEADLINE_S
        while (line := self.next_line(deadline)) is not None:
            before.append(line)
            if re.search(pattern, line):
                return before
        raise AssertionError(f"{self.child.args[2]}: no {pattern!r} in:\n" + "\n".join(self.seen[-40:]))

    def stop(self, with_signal=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(with_signal)
        try:
            self.child.wait(DEADLINE_S)
        finally:
            if self.child.poll() is None:
                self.child.kill()
                self.child.wait()
            self._reader.join(DEADLINE_S)
            self.child.stdout.close()


class Broker:
    """mosquitto with Debian's main file, reduced, and ours in conf.d."""

    def __init__(self):
        self.acl = certificates / "acl"
        shutil.copyfile(CONFIG / "acl", self.acl)
        self.acl.chmod(0o600)
        self.process = None
        self.said_at_start = []
        self.port = 0

    def configure(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        ours = (CONFIG / "stile.conf").read_text()
        ours, replaced = re.subn(r"(?m)^listener 8883$", f"listener {self.port} 127.0.0.1", ours)
        assert replaced == 1, "stile.conf has not the one listener that this test knows"
        ours = ours.replace("/etc/mosquitto/stile", str(certificates))
        (work / "conf.d").mkdir(exist_ok=True)
        (work / "conf.d" / "stile.conf").write_text(ours)
        (work / "db").mkdir(exist_ok=True)
        user = "user root\n" if os.geteuid() == 0 else ""
        (work / "mosquitto.conf").write_text(
            f"{user}persistence true\npersistence_location {work}/db/\nlog_dest stderr\nlog_type all\n"
            f"include_dir {work}/conf.d\n")

    def start(self):
        # Between our look for a free port and mosquitto's bind somebody else may take it.
        for _ in range(5):
            self.configure()
            self.process = Process(mosquitto, "-c", work / "mosquitto.conf")
            try:
                self.said_at_start = self.process.expect(r"mosquitto version \S+ running")
                return
            except AssertionError:
                self.process.stop(signal.SIGKILL)
                if "Address already in use" not in "\n".join(self.process.seen):
                    raise
        raise AssertionError("no free port in five attempts")

    def stop(self, with_signal=signal.SIGTERM):
        self.process.stop(with_signal)

    def reload(self):
        self.process.child.send_signal(signal.SIGHUP)
        self.process.expect(r"Reloading config")


def make_certificates(*arguments):
    return subprocess.run([str(MAKE_CERTIFICATES), *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)


def options(name, folder=None):
    """How mosquitto_pub and _sub reach the broker with the certificate called name (None: without one)."""
    folder = folder or certificates
    connection = ["-V", "5", "-h", "127.0.0.1", "-p", broker.port, "--cafile", certificates / "ca.crt"]
    return connection + (["--cert", folder / f"{name}.crt", "--key", folder / f"{name}.key"] if name else [])


def publish(name, topic, message="x", *more):
    """The reason code of the broker's PUBACK."""
    process = Process(mosquitto_pub, *options(name), "-d", "-q", "1", "-t", topic, "-m", message, *more)
    try:
        line = process.expect(r"received PUBACK")[-1]
    finally:
        process.stop()
    return int(re.search(r"RC:(\d+)", line)[1])


def subscribe(name, *topics, more=()):
    """A subscriber whose subscriptions the broker has confirmed; it prints 'topic message'."""
    filters = [part for topic in topics for part in ("-t", topic)]
    process = Process(mosquitto_sub, *options(name), "-d", "-q", "1", "-F", "got %t %p", *filters, *more)
    process.expect(r"Subscribed \(mid")
    return process


def received(process, last):
    """The 'topic message' lines up to the one that ends with the message `last`."""
    lines = process.expect(rf"^got \S+ {re.escape(last)}$")
    return [line.removeprefix("got ") for line in lines if line.startswith("got ")]


GATE, OTHER, ELSEWHERE = "gate.acme.hq.gate-1", "gate.acme.hq.gate-2", "gate.acme.lab.gate-1"
ROOT, OTHER_ROOT, ELSEWHERE_ROOT = "stile/v1/acme/hq/gate-1", "stile/v1/acme/hq/gate-2", "stile/v1/acme/lab/gate-1"
UP = ("entry", "status", "birth", "health", "res/dashboard")
DOWN = ("ack", "cmd/access", "cmd/lockopen", "registry/manifest", "registry/17")


@test("the certificates' keys are for their owner alone, and nothing is overwritten")
def _():
    for key in certificates.glob("*.key"):
        assert key.stat().st_mode & 0o777 == 0o600, key
    before = (certificates / f"{GATE}.key").read_bytes()
    again = make_certificates("gate", certificates, "acme", "hq", "gate-1")
    assert again.returncode == 1 and "exists" in again.stdout, again.stdout
    assert (certificates / f"{GATE}.key").read_bytes() == before


@test("a name that could widen the access list gets no certificate")
def _():
    for org, site, gate in (("+", "hq", "g"), ("a", "#", "g"), ("a", "hq", "g/h"), ("a", "hq", ""), ("A", "hq", "g"),
                            ("a" * 33, "hq", "g"), ("a" * 32, "b" * 32, "g"), ("a", "hq", "g\ng")):
        done = make_certificates("gate", certificates, org, site, gate)
        assert done.returncode == 1, (org, site, gate, done.stdout)
    assert make_certificates("dashboard", certificates, "eve").returncode == 1


@test("a gate's certificate cannot pose as the broker")
def _():
    def fits(purpose):
        return subprocess.run(["openssl", "verify", "-purpose", purpose, "-CAfile", certificates / "ca.crt",
                               certificates / f"{GATE}.crt"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0
    assert fits("sslclient") and not fits("sslserver")


@test("the broker tells a v5 client its limits")
def _():
    context = ssl.create_default_context(cafile=certificates / "ca.crt")
    context.load_cert_chain(certificates / f"{GATE}.crt", certificates / f"{GATE}.key")
    connect = b"\x00\x04MQTT\x05\x02\x00\x3c\x00" + struct.pack(">H", 1) + b"x"
    with socket.create_connection(("127.0.0.1", broker.port), DEADLINE_S) as plain, \
            context.wrap_socket(plain, server_hostname="127.0.0.1") as link:
        link.sendall(bytes([0x10, len(connect)]) + connect)
        answer = b""
        while len(answer) < 2 or len(answer) < 2 + answer[1]:
            chunk = link.recv(256)
            assert chunk, answer
            answer += chunk
        link.sendall(b"\xe0\x00")
    assert answer[0] == 0x20 and answer[3] == 0, answer
    sizes = {0x13: ">H", 0x21: ">H", 0x22: ">H", 0x24: ">B", 0x25: ">B", 0x27: ">I"}
    said, rest = {}, answer[5:]
    while rest:
        form = sizes[rest[0]]
        said[rest[0]] = struct.unpack_from(form, rest, 1)[0]
        rest = rest[1 + struct.calcsize(form):]
    assert said[0x21] == 200, f"receive maximum {said}"
    assert said[0x24] == 1, f"maximum QoS {said}"
    assert said[0x27] == 1048576, f"maximum packet size {said}"


@test("a gate's own leaves are accepted")
def _():
    for leaf in UP:
        assert (code := publish(GATE, f"{ROOT}/{leaf}")) in ACCEPTED, f"{leaf}: {code}"


@test("another gate's entry is refused with reason 135")
def _():
    for leaf in UP:
        assert (code := publish(GATE, f"{OTHER_ROOT}/{leaf}")) == NOT_AUTHORIZED, f"{leaf}: {code}"


@test("a gate of the same name at another site is another gate")
def _():
    assert publish(GATE, f"{ELSEWHERE_ROOT}/entry") == NOT_AUTHORIZED
    assert publish(ELSEWHERE, f"{ROOT}/entry") == NOT_AUTHORIZED
    assert publish(ELSEWHERE, f"{ELSEWHERE_ROOT}/entry") in ACCEPTED


@test("a gate cannot command itself, acknowledge itself or write its registry")
def _():
    for leaf in DOWN:
        assert (code := publish(GATE, f"{ROOT}/{leaf}")) == NOT_AUTHORIZED, f"{leaf}: {code}"


@test("a gate writes nothing beside its leaves")
def _():
    for topic in (ROOT, f"{ROOT}/entry/x", f"{ROOT}/res", f"{ROOT}/res/a/b", f"{ROOT}/other", "stile/v1/entry",
                  "stile/v2/acme/hq/gate-1/entry", "homeassistant/lock/x/config"):
        assert (code := publish(GATE, topic)) == NOT_AUTHORIZED, f"{topic}: {code}"


@test("a gate receives its acknowledgements, commands and registry")
def _():
    gate = subscribe(GATE, f"{ROOT}/ack", f"{ROOT}/cmd/+", f"{ROOT}/registry/+")
    for number, leaf in enumerate(DOWN):
        assert publish("dashboard", f"{ROOT}/{leaf}", f"m{number}") == 0, leaf
        assert received(gate, f"m{number}") == [f"{ROOT}/{leaf} m{number}"]
    gate.stop()


@test("a gate that subscribes to everything receives its own down leaves and nothing else")
def _():
    gate = subscribe(GATE, "#", "stile/v1/+/+/+/cmd/+", f"{OTHER_ROOT}/#")
    for leaf in DOWN:
        publish("dashboard", f"{OTHER_ROOT}/{leaf}", "of-another")
    publish(OTHER, f"{OTHER_ROOT}/entry", "of-another")
    publish(OTHER, f"{OTHER_ROOT}/status", "of-another", "-r")
    assert publish("dashboard", f"{ROOT}/ack", "mine") == 0
    assert set(received(gate, "mine")) == {f"{ROOT}/ack mine"}, gate.seen
    gate.stop()


@test("the dashboard reads every gate's up leaves")
def _():
    dashboard = subscribe("dashboard", *(f"stile/v1/+/+/+/{leaf}" for leaf in ("entry", "birth", "health", "res/+")))
    for name, root in ((GATE, ROOT), (OTHER, OTHER_ROOT), (ELSEWHERE, ELSEWHERE_ROOT)):
        for leaf in ("entry", "birth", "health", "res/dashboard"):
            message = f"{name}-{leaf}".replace("/", "-")
            assert publish(name, f"{root}/{leaf}", message) == 0, leaf
            assert received(dashboard, message) == [f"{root}/{leaf} {message}"]
    dashboard.stop()


@test("the dashboard reads through a shared subscription as well")
def _():
    dashboard = subscribe("dashboard", "$share/collectors/stile/v1/+/+/+/entry")
    assert publish(GATE, f"{ROOT}/entry", "shared") == 0
    assert received(dashboard, "shared") == [f"{ROOT}/entry shared"]
    dashboard.stop()


@test("the dashboard cannot speak for a gate")
def _():
    for leaf in UP:
        assert (code := publish("dashboard", f"{ROOT}/{leaf}")) == NOT_AUTHORIZED, f"{leaf}: {code}"


@test("the dashboard does not receive what it sends down")
def _():
    dashboard = subscribe("dashboard", "stile/v1/#")
    publish(GATE, f"{ROOT}/status", "up", "-r")
    lines = received(dashboard, "up")
    assert not [line for line in lines if "/cmd/" in line or "/ack" in line or "/registry/" in line], lines
    dashboard.stop()


@test("a gate's last will speaks for that gate only")
def _():
    dashboard = subscribe("dashboard", "stile/v1/+/+/+/status", more=("-R",))
    for topic, will in ((f"{OTHER_ROOT}/status", "false-will"), (f"{ROOT}/status", "own-will")):
        gate = subscribe(GATE, f"{ROOT}/ack", more=("--will-topic", topic, "--will-payload", will, "--will-qos", "1"))
        gate.stop(signal.SIGKILL)
        broker.process.expect(r"Client acme/hq/gate-1 (closed its connection|disconnected)")
    assert received(dashboard, "own-will") == [f"{ROOT}/status own-will"], dashboard.seen
    dashboard.stop()


@test("a gate cannot take another gate's client id")
def _():
    other = subscribe(OTHER, f"{OTHER_ROOT}/cmd/+", more=("-i", "acme/hq/gate-2"))
    assert publish(GATE, f"{ROOT}/entry", "x", "-i", "acme/hq/gate-2") in ACCEPTED
    assert publish("dashboard", f"{OTHER_ROOT}/cmd/access", "still-there") == 0
    assert received(other, "still-there") == [f"{OTHER_ROOT}/cmd/access still-there"]
    connects = [line for line in other.seen if "sending CONNECT" in line]
    assert len(connects) == 1 and other.child.poll() is None, other.seen
    other.stop()


@test("without a certificate nobody connects")
def _():
    refused = Process(mosquitto_pub, *options(None), "-q", "1", "-t", f"{ROOT}/entry", "-m", "x")
    assert refused.child.wait(DEADLINE_S) != 0
    broker.process.expect(r"peer did not return a certificate")
    refused.stop()


@test("with another CA's certificate nobody connects")
def _():
    foreign = work / "foreign"
    for arguments in (("ca", foreign), ("gate", foreign, "acme", "hq", "gate-1")):
        done = make_certificates(*arguments)
        assert done.returncode == 0, done.stdout
    refused = Process(mosquitto_pub, *options(GATE, foreign), "-q", "1", "-t", f"{ROOT}/entry", "-m", "x")
    assert refused.child.wait(DEADLINE_S) != 0
    broker.process.expect(r"certificate verify failed|unknown ca|OpenSSL Error")
    refused.stop()


@test("a stolen gate is shut out by two lines and a HUP, and the others go on")
def _():
    with broker.acl.open("a") as acl:
        acl.write("user acme/hq/gate-2\ntopic deny #\n")
    broker.reload()
    assert publish(OTHER, f"{OTHER_ROOT}/entry") == NOT_AUTHORIZED
    assert publish(GATE, f"{ROOT}/entry") in ACCEPTED
    stolen = subscribe(OTHER, f"{OTHER_ROOT}/cmd/+")
    publish("dashboard", f"{OTHER_ROOT}/cmd/access", "not-for-thieves")
    shutil.copyfile(CONFIG / "acl", broker.acl)
    broker.reload()
    publish("dashboard", f"{OTHER_ROOT}/cmd/access", "found-again")
    assert received(stolen, "found-again") == [f"{OTHER_ROOT}/cmd/access found-again"], stolen.seen
    stolen.stop()


@test("a retained status survives the broker's restart")
def _():
    assert publish(GATE, f"{ROOT}/status", "kept", "-r") in ACCEPTED
    broker.stop()
    broker.start()
    dashboard = subscribe("dashboard", f"{ROOT}/status")
    assert received(dashboard, "kept") == [f"{ROOT}/status kept"]
    dashboard.stop()


@test("the broker wrote no complaint about its configuration")
def _():
    complaints = [line for line in broker.said_at_start if re.search(r"(?i)error|warning|deprecated|unknown", line)
                  and "should not be run as root" not in line]
    assert not complaints, "\n".join(complaints)


if __name__ == "__main__":
    path = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    programs = ("mosquitto", "mosquitto_pub", "mosquitto_sub", "openssl", "stdbuf")
    for program in programs:
        if shutil.which(program, path=path) is None:
            sys.exit(skip_all(f"{program} is not installed"))
    mosquitto, mosquitto_pub, mosquitto_sub = (shutil.which(program, path=path) for program in programs[:3])
    for arguments in (("ca",), ("server", "127.0.0.1", "localhost"), ("gate", "acme", "hq", "gate-1"),
                      ("gate", "acme", "hq", "gate-2"), ("gate", "acme", "lab", "gate-1"), ("dashboard",)):
        made = make_certificates(arguments[0], certificates, *arguments[1:])
        if made.returncode != 0:
            sys.exit(bail_out(f"make-certificates.sh {' '.join(arguments)}: {made.stdout}"))
    broker = Broker()
    try:
        broker.start()
    except AssertionError as error:
        sys.exit(bail_out(error))
    try:
        failed = run()
    finally:
        broker.stop()
    sys.exit(failed)
