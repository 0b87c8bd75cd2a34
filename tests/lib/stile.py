"""A whole gate for end-to-end tests: stiled, stile-uplink, a private mosquitto and a scene to look at."""

import contextlib
import json
import os
import pathlib
import queue
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time

import frames

BUILD = pathlib.Path(os.environ.get("STILE_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build"))
WIDTH, HEIGHT, RATE = 640, 480, 15
SLOW = float(os.environ.get("STILE_SLOW", "1"))  # sanitizers and emulators take their time


def wait_until(condition, what, timeout=10.0):
    """Poll until condition() is true and return what it gave; AssertionError after the timeout."""
    deadline = time.monotonic() + timeout * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout * SLOW:.0f} s for {what}")
        time.sleep(0.01)  # between looks, not instead of them


def free_port():
    """For a listener that comes later. From 32768 on (ip_local_port_range) a connection of somebody may get it meanwhile."""
    for port in random.sample(range(10000, 32768), 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


def stop_process(process, timeout=5):
    if process and process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout * SLOW)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Broker:
    """A private mosquitto on loopback. Its port stays the same when it is stopped and started."""

    def __init__(self, folder):
        self.port = free_port()
        self.config = pathlib.Path(folder) / "mosquitto.conf"
        self.config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
                               "set_tcp_nodelay true\nmax_inflight_messages 0\n")
        self.process = None

    def start(self):
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.process = subprocess.Popen([program, "-c", self.config], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        wait_until(lambda: self.process.poll() is not None or self._answers(), "mosquitto to listen")
        # Somebody else's program may have got the port in between, and answers in its place.
        assert self.process.poll() is None, f"mosquitto ended with {self.process.returncode}: is port {self.port} taken?"
        return self

    def _answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def stop(self):
        stop_process(self.process)

    def publish(self, topic, payload, *options):
        subprocess.run(["mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(self.port), "-q", "1", "-t", topic,
                        "-m", payload, *options], check=True)


class Subscriber:
    """Collects what the broker delivers: (topic, payload as JSON or None if empty, is retained)."""

    def __init__(self, broker, topic="stile/#", on_message=None):
        self.messages = []
        self.on_message = on_message
        self.process = subprocess.Popen(
            ["mosquitto_sub", "-V", "5", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t", topic,
             "-t", "stile-test/ready", "-F", "%r %t %p"], stdout=subprocess.PIPE, text=True)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.is_ready = threading.Event()
        self.thread.start()
        wait_until(lambda: self.is_ready.is_set() or broker.publish("stile-test/ready", "{}"), "the subscription")

    def _read(self):
        for line in self.process.stdout:
            retained, topic, payload = line.rstrip("\n").split(" ", 2)
            if topic == "stile-test/ready":
                self.is_ready.set()
                continue
            message = (topic, json.loads(payload) if payload else None, retained == "1")
            self.messages.append(message)
            if self.on_message:
                self.on_message(*message)

    def leaf(self, leaf):
        return [payload for topic, payload, _ in list(self.messages) if topic.endswith("/" + leaf)]

    def close(self):
        stop_process(self.process)


class Collector(Subscriber):
    """Stores entries by (epoch, seq) and acknowledges the contiguous part, as a real one does after COMMIT."""

    def __init__(self, broker, root):
        self.rows = {}
        self.duplicates = 0
        self.acked = {}
        self.acks = subprocess.Popen(["mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1",
                                      "-t", f"{root}/ack", "-l"], stdin=subprocess.PIPE, text=True)
        super().__init__(broker, f"{root}/entry", self._store)

    def _store(self, _topic, event, _retained):
        data = event["data"]
        key = (data["epoch"], data["seq"])
        self.duplicates += key in self.rows
        self.rows[key] = data
        acked = self.acked.get(data["epoch"], 0)
        while (data["epoch"], acked + 1) in self.rows:
            acked += 1
        self.acked[data["epoch"]] = acked
        with contextlib.suppress(OSError, ValueError):
            self.acks.stdin.write(json.dumps({"epoch": data["epoch"], "seq": acked}) + "\n")
            self.acks.stdin.flush()

    def close(self):
        super().close()
        with contextlib.suppress(OSError):
            self.acks.stdin.close()
        stop_process(self.acks)


class Archive:
    """The real collector, stile-collector, in a folder of its own, and what it has stored."""

    def __init__(self, folder, broker, options=None):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "archive.db"
        self.config = self.folder / "collector.conf"
        self.log = self.folder / "collector.log"
        # Rows that a test makes up are of one day, for ever.
        self.options = {"collector.gap-ms": 500, "archive.file": self.file, "archive.retention-days": 3650,
                        "archive.retention-reason": "rows of tests", "broker.host": "127.0.0.1",
                        "broker.port": broker.port, "broker.tls": "no", "broker.reconnect-max-s": 1, **(options or {})}
        self.process = None
        self.launcher = ()  # what stands before it, as nsenter

    def write_config(self):
        sections = {}
        for name, value in self.options.items():
            section, key = name.split(".", 1)
            sections.setdefault(section, []).append(f"{key} = {value}")
        self.config.write_text("".join(f"[{name}]\n" + "\n".join(lines) + "\n" for name, lines in sections.items()))

    def launch(self, **popen):
        self.write_config()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.launcher, BUILD / "stile-collector", "--config", self.config],
                                            stdout=log, stderr=log, **popen)
        return self

    def start(self, **popen):
        said = self.log_text().count("feed connected")
        self.launch(**popen)
        wait_until(lambda: self.log_text().count("feed connected") > said or self.process.poll() is not None,
                   "the collector to connect", 20)
        assert self.process.poll() is None, self.log_text()
        return self

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def query(self, sql, *values):
        if not self.file.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=10)) as db:
            try:
                return db.execute(sql, values).fetchall()
            except sqlite3.OperationalError:  # it is being made
                return []

    def rows(self, gate=None):
        """{(gate, epoch, seq): event}"""
        found = self.query("SELECT name, lower(hex(epoch)), seq, event FROM entry JOIN stream ON stream.id = stream"
                           " JOIN gate ON gate.id = gate WHERE ?1 IS NULL OR name = ?1", gate)
        return {(name, epoch, seq): event for name, epoch, seq, event in found}

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        stop_process(self.process)
        return self.process.returncode if self.process else None


class Scene:
    """What a camera sees: frames through a pipe, at a steady rate, of whatever is shown at the moment."""

    def __init__(self, path):
        self.path = str(path)
        os.mkfifo(self.path)
        self.empty = frames.empty(WIDTH, HEIGHT, "GREY")
        self.frame = self.empty
        self.is_stalled = False
        self.is_over = False
        self.thread = threading.Thread(target=self._feed, daemon=True)
        self.thread.start()

    def show(self, payload):
        self.frame = frames.qr(payload, WIDTH, HEIGHT, "GREY")

    def show_torn(self, payload):
        """A code of which a strip across the middle is missing: all its patterns are there, and it cannot be read."""
        frame = bytearray(frames.qr(payload, WIDTH, HEIGHT, "GREY"))
        ink = [row for row in range(HEIGHT) if min(frame[row * WIDTH:(row + 1) * WIDTH]) < 128]
        module = (len(ink) + 1) / 25  # short texts
        first, last = ink[0] + int(9 * module), ink[0] + int(16 * module)
        frame[first * WIDTH:last * WIDTH] = bytes([255]) * ((last - first) * WIDTH)
        self.frame = bytes(frame)

    def clear(self):
        self.frame = self.empty

    def _feed(self):
        while not self.is_over:
            with contextlib.suppress(BrokenPipeError), open(self.path, "wb", buffering=0) as pipe:
                while not self.is_over:
                    if not self.is_stalled:
                        self._write(pipe, self.frame)
                    time.sleep(1 / RATE)

    @staticmethod
    def _write(pipe, frame):
        view = memoryview(frame)
        while view:
            view = view[pipe.write(view):]

    def close(self):
        self.is_over = True
        # The feeder may wait for a reader of the pipe.
        with contextlib.suppress(OSError):
            os.close(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK))
        self.thread.join(2)


class Local:
    """One connection to stiled's local socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10 * SLOW)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.reader = self.socket.makefile("r", encoding="utf-8")
        self.last_id = 0
        self.pushed = queue.Queue()

    def ask(self, verb, **fields):
        """The whole answer."""
        self.last_id += 1
        self.socket.sendall((json.dumps({"id": self.last_id, "do": verb, **fields}) + "\n").encode())
        while True:
            message = self.next()
            if message["id"] == self.last_id and ("ok" in message or "error" in message):
                return message
            self.pushed.put(message)

    def ok(self, verb, **fields):
        answer = self.ask(verb, **fields)
        assert "ok" in answer, f"{verb}: {answer}"
        return answer["ok"]

    def next(self):
        line = self.reader.readline()
        if not line:
            raise ConnectionError("stiled closed the connection")
        return json.loads(line)

    def close(self):
        self.reader.close()
        self.socket.close()


HOLD_OFF_MS = 1000


class Gate:
    """A gate in a folder of its own: two access points, entry (with a scene) and exit (with an empty one)."""

    ROOT = "stile/v1/acme/plant/gate-1"

    def __init__(self, folder, broker=None, options=None, entry=None, has_exit=True):
        self.folder = pathlib.Path(folder)
        self.socket = self.folder / "gate.sock"
        self.config = self.folder / "gate.conf"
        self.log = open(self.folder / "log", "ab")
        self.options = {"uplink.ack": "collector", **(options or {})}
        self.scene = None
        if entry is None:
            self.scene = Scene(self.folder / "scene")
            entry = self.scene_options(self.scene)
        self.broker = broker
        self.points = {"entry": {"direction": "entry", "window-ms": 3000, "pulse-ms": 400, **self._lines(10), **entry}}
        if has_exit:
            (self.folder / "nothing").mkdir(exist_ok=True)
            self.points["exit"] = {"direction": "exit", "window-ms": 3000, "pulse-ms": 400, **self._lines(20),
                                   "button-line": 29, "camera": "replay", "camera-source": self.folder / "nothing",
                                   "camera-rate": 2}
        self.daemon = self.uplink = None
        self.launchers = {}  # program: what stands before it, as nsenter
        self.write_config()

    @staticmethod
    def scene_options(scene):
        return {"camera": "exec", "camera-source": f"exec cat {scene.path}", "camera-format": "grey",
                "camera-width": WIDTH, "camera-height": HEIGHT}

    @staticmethod
    def _lines(first):
        roles = ["pass", "release", "sensor", "green", "red", "buzzer"]
        return {f"{role}-line": first + offset for offset, role in enumerate(roles)}

    def write_config(self):
        options = {"gate.org": "acme", "gate.site": "plant", "gate.id": "gate-1", "gate.key-file": self.folder / "key",
                   "store.folder": self.folder, "local.socket": self.socket, "local.uplink-user": "",
                   "record.wait-ms": min(5000, int(1000 * SLOW)), "record.scan-age-ms": int(5000 * SLOW),
                   "decode.hold-off-ms": HOLD_OFF_MS, "lines.driver": "sim", "fire.line": 1, "fire.reset-line": 2,
                   "uplink.host": "127.0.0.1", "uplink.tls": "no", "uplink.reconnect-max-s": 1, "uplink.health-s": 1,
                   "uplink.port": self.broker.port if self.broker else 1, **self.options}
        options = {key: value for key, value in options.items() if value != ""}
        sections = {}
        for name, value in options.items():
            section, key = name.split(".", 1)
            sections.setdefault(section, []).append(f"{key} = {value}")
        for name, point in self.points.items():
            sections[f"access-point {name}"] = [f"{key} = {value}" for key, value in point.items()]
        text = "".join(f"[{name}]\n" + "\n".join(lines) + "\n" for name, lines in sections.items())
        self.config.write_text(text)

    def start(self, uplink=None, **popen):
        self.daemon = self._run("stiled", **popen)
        self.wait_ready()
        if uplink if uplink is not None else self.broker is not None:
            self.start_uplink()
        return self

    def wait_ready(self):
        def answers():
            if self.daemon.poll() is not None:
                raise AssertionError(f"stiled ended with {self.daemon.returncode}: {self.log_text()[-2000:]}")
            with contextlib.suppress(OSError, ConnectionError):
                return self.ok("hello")
            return None
        return wait_until(answers, "stiled to answer", 20)

    def start_uplink(self):
        self.uplink = self._run("stile-uplink")

    def _run(self, program, **popen):
        """Through a pipe: a test that limits the size of the program's files shall still hear it complain."""
        process = subprocess.Popen([*self.launchers.get(program, ()), BUILD / program, "--config", self.config], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, **popen)
        threading.Thread(target=self._copy_log, args=(process.stdout,), daemon=True).start()
        return process

    def _copy_log(self, pipe):
        with contextlib.suppress(ValueError):
            for line in pipe:
                self.log.write(line)
                self.log.flush()

    def wait_seeing(self, points=("entry",)):
        """Until the cameras deliver."""
        def running():
            states = {point["id"]: point["camera"]["state"] for point in self.status()["access_points"]}
            return all(states[point] == "running" for point in points)
        wait_until(running, "the cameras", 20)

    def local(self):
        return contextlib.closing(Local(self.socket))

    def ask(self, verb, **fields):
        with self.local() as local:
            return local.ask(verb, **fields)

    def ok(self, verb, **fields):
        with self.local() as local:
            return local.ok(verb, **fields)

    def status(self):
        return self.ok("status")

    def events(self, after=0):
        """Every row of the journal after a sequence."""
        rows = []
        with self.local() as local:
            while True:
                batch = local.ok("events", after=after, limit=100)["events"]
                if not batch:
                    return rows
                rows += batch
                after = batch[-1]["seq"]

    def head(self):
        return self.ok("hello")["head"]

    def wait_event(self, name, after=0, timeout=10, **fields):
        """The first event of a name after a sequence whose fields are as given."""
        def found():
            for event in self.events(after):
                if event["event"] == name and all(event.get(key) == value for key, value in fields.items()):
                    return event
            return None
        return wait_until(found, f"{name} {fields or ''}", timeout)

    def take_away(self):
        """Shows nothing, for longer than the hold-off: what is shown next is shown anew, the same code as well."""
        def seen():
            return self.status()["access_points"][0]["camera"]["frames"]
        self.scene.clear()
        hold_off_s = self.options.get("decode.hold-off-ms", HOLD_OFF_MS) / 1000
        before, since = seen(), time.monotonic()
        wait_until(lambda: seen() > before + 5 and time.monotonic() - since > hold_off_s + 0.1 * SLOW, "empty frames", 20)

    def line(self, name):
        return next(line["on"] for line in self.ok("lines")["lines"] if line["name"] == name)

    def drive(self, name, is_on):
        self.ok("line-drive", name=name, on=is_on)

    def pass_through(self, point="entry"):
        self.drive(f"{point}.sensor-line", True)
        self.drive(f"{point}.sensor-line", False)

    def enrol(self, holder, code, **fields):
        self.ok("holder-put", holder={"id": holder, "name": holder.title(), **fields})
        self.ok("credential-add", holder=holder, code=code)

    def ctl(self, *arguments, **options):
        """stilectl against this gate."""
        return subprocess.run([BUILD / "stilectl", "--socket", self.socket, *map(str, arguments)], capture_output=True,
                              text=True, timeout=60 * SLOW, **options)

    def command(self, name, point=None, nonce=None, **fields):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 20))
        where = {"access_point": point} if point else {}
        return self.ok("command", name=name, actor="guard", reason="test", not_after=now,
                       nonce=nonce or os.urandom(8).hex(), origin="local", **where, **fields)

    def log_text(self):
        return (self.folder / "log").read_text(errors="replace")

    def stop(self):
        """Stops both, the daemon by SIGTERM; returns its exit status."""
        stop_process(self.uplink)
        stop_process(self.daemon)
        return self.daemon.returncode if self.daemon else None

    def kill(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()

    def close(self):
        self.stop()
        if self.scene:
            self.scene.close()
        self.log.close()


@contextlib.contextmanager
def folder(parent=None):
    with tempfile.TemporaryDirectory(prefix="stile-", dir=parent) as path:
        yield pathlib.Path(path)


@contextlib.contextmanager
def gate(with_broker=False, start=True, **options):
    """A running gate (its broker too, when asked for); shows its log when the test fails."""
    with folder() as path:
        broker = Broker(path).start() if with_broker else None
        box = Gate(path, broker, **options)
        try:
            if start:
                box.start()
                box.wait_seeing()
            yield box
        except Exception:
            print("# " + "\n# ".join(box.log_text().splitlines()[-40:]))
            raise
        finally:
            box.close()
            if broker:
                broker.stop()
