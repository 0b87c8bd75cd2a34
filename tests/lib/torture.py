"""Torture of a fleet: real gates and simulated ones, a centre, lines between them, and what can happen to all of it."""

import collections
import contextlib
import hashlib
import heapq
import json
import subprocess
import threading
import time

import frames
from centre import kill
from stile import BUILD, Gate, wait_until

PEOPLE = 4
PICTURE = (320, 240)


class Fleet:
    """The simulator as a process; `latest` is its last line of progress."""

    def __init__(self, folder, port, *options, inside=(), host="127.0.0.1"):
        self.report_path = folder / "fleet.json"
        self.log = open(folder / "fleet.log", "ab")
        self.latest = {}
        self.process = subprocess.Popen(
            [*inside, BUILD / "fleet", "--host", host, "--port", str(port), "--progress", "--report", self.report_path,
             *map(str, options)], stdout=subprocess.PIPE, stderr=self.log, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.latest = json.loads(line)

    def report(self, timeout):
        """Waits for its end: every row acknowledged, or its --settle is over."""
        self.process.wait(timeout)
        return json.loads(self.report_path.read_text())

    def close(self):
        if self.process.poll() is None:
            kill(self.process)
        self.log.close()


def storm(fleet, broker, gates, patience):
    """All lose their broker together, while people come; seconds from its return until the last is back. Then
    nobody comes any more."""
    def wait_for(up, what):
        try:
            wait_until(lambda: fleet.latest.get("up") == up, what, patience)
        except AssertionError as error:
            raise AssertionError(f"{error}; status {fleet.process.poll()}, {fleet.latest}") from None

    wait_for(gates, "all to connect")
    kill(broker.process)
    wait_for(0, "all to notice")
    broker.start()
    begin = time.monotonic()
    wait_for(gates, "all to be back")
    back = time.monotonic() - begin
    fleet.process.terminate()
    return back


def lines_of(events):
    """As the fleet writes them (story.h)."""
    fields = ("seq", "id", "time", "event", "access_point", "direction", "reason", "credential_class", "subject",
              "grant_seq")
    return ["\t".join(str(event.get(field, "")) for field in fields) for event in events]


class RealGate(Gate):
    """stiled and stile-uplink with a simulated camera and lines; the uplink speaks TLS from beyond a line."""

    def __init__(self, folder, number, broker, line, options=None):
        folder.mkdir()
        self.name = f"real-{number}"
        self.root = f"stile/v1/acme/plant/{self.name}"
        self.line_to_centre = line
        pictures = {"camera": "replay", "camera-source": folder / "pictures", "camera-rate": 10, "replay-hold-ms": 200,
                    "window-ms": 500, "pulse-ms": 50}
        frames.write_people(folder / "pictures", self.codes(), *PICTURE)
        super().__init__(folder, broker, entry=pictures, options={
            "gate.id": self.name, "decode.hold-off-ms": 300,
            **broker.gate_options(line.here, "acme", "plant", self.name), **(options or {})})
        self.launchers["stile-uplink"] = line.inside

    def codes(self):
        return [f"TORTURE-{self.name}-{number}" for number in range(PEOPLE)]

    def start(self, *arguments, **options):
        super().start(*arguments, **options)
        for number, code in enumerate(self.codes()):
            self.enrol(f"holder-{number}", code)
        return self

    def kill_daemon(self):
        kill(self.daemon)
        self.daemon = self._run("stiled")  # nobody waits: it may be killed again while it starts

    def kill_uplink(self):
        kill(self.uplink)
        self.start_uplink()

    def stop_people(self):
        """Nobody before the camera any more; the journal comes to rest."""
        self.points["entry"]["camera-source"] = self.folder / "nothing"
        self.write_config()
        kill(self.daemon)
        self.daemon = self._run("stiled")
        self.wait_ready()

    def is_settled(self):
        journal = self.status()["journal"]
        return journal["acked"] == journal["head"]

    def lines_of_journal(self):
        return lines_of(self.events())


class Faults:
    """Things that happen and, most of them, end. Every kind once, in random order, and then at random."""

    def __init__(self, chance, centre, broker, gates, lines):
        self.chance, self.centre, self.broker, self.gates, self.lines = chance, centre, broker, gates, lines
        self.done = collections.Counter()
        self.undo = []  # heap: when, number, what
        self.busy = set()  # what has a fault already
        self.kinds = {"uplink killed": self.kill_uplink, "stiled killed": self.kill_daemon,
                      "broker killed": self.kill_broker, "collector killed": self.kill_collector,
                      "broker's disk full": self.fill_disk, "line cut, half-open": self.cut,
                      "line loses packets": self.lose, "line slow": self.slow}

    def for_a_while(self, subject, shortest, longest, end):
        self.busy.add(subject)
        heapq.heappush(self.undo, (time.monotonic() + self.chance.uniform(shortest, longest), len(self.undo) + 1e-6
                                   * self.chance.random(), subject, end))

    def end_due(self, now):
        while self.undo and self.undo[0][0] <= now:
            _, _, subject, end = heapq.heappop(self.undo)
            end()
            self.busy.discard(subject)

    def kill_uplink(self):
        self.chance.choice(self.gates).kill_uplink()
        return True

    def kill_daemon(self):
        self.chance.choice(self.gates).kill_daemon()
        return True

    def kill_broker(self):
        if "broker" in self.busy:
            return False
        kill(self.broker.process)
        self.for_a_while("broker", 0, 2, self.broker.start)
        return True

    def kill_collector(self):
        if "collector" in self.busy:
            return False
        self.centre.kill()
        self.for_a_while("collector", 0, 2, self.centre.start)
        return True

    def fill_disk(self):
        if "disk" in self.busy:
            return False
        self.broker.fill()
        self.for_a_while("disk", 1, 6, self.broker.empty)
        return True

    def _free_line(self):
        free = [line for line in self.lines if line not in self.busy]
        return self.chance.choice(free) if free else None

    def cut(self):
        line = self._free_line()
        if line:
            line.cut()
            self.for_a_while(line, 1, 15, line.heal)
        return bool(line)

    def lose(self):
        line = self._free_line()
        if line:
            line.lose(self.chance.choice([2, 5, 15, 30]))
            self.for_a_while(line, 2, 8, line.heal)
        return bool(line)

    def slow(self):
        line = self._free_line()
        if line:
            line.slow(self.chance.choice(["64kbit", "256kbit", "1mbit"]))
            self.for_a_while(line, 2, 8, lambda: line.slow(None))
        return bool(line)

    def happen(self, kinds):
        kind = self.chance.choice(kinds)
        if self.kinds[kind]():
            self.done[kind] += 1
        return kind

    def rage(self, is_over, mean_s):
        """Until is_over(); then everything is healthy again."""
        left = list(self.kinds)
        due = time.monotonic()
        while left or not is_over():
            now = time.monotonic()
            self.end_due(now)
            if now >= due:
                kind = self.happen(left or list(self.kinds))
                if kind in left and self.done[kind]:
                    left.remove(kind)
                due = now + self.chance.expovariate(1 / mean_s)
            time.sleep(0.02)  # the pace of what happens
        self.end_due(float("inf"))


def check_fleet(report, journals):
    """Every simulated journal is in the table, whole, once, in order, row for row. Gives the count of rows."""
    rows = 0
    for gate in report["per_gate"]:
        root = f"stile/v1/{report['org']}/{report['site']}/{gate['gate']}"
        lines = journals.pop((root, gate["epoch"]), [])
        sequence = [int(line.split("\t", 1)[0]) for line in lines]
        assert sequence == list(range(1, gate["head"] + 1)), f"{root}: {describe(sequence, gate['head'])}"
        digest = hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()
        assert digest == gate["digest"], f"{root}: a row is not what the gate wrote"
        assert gate["acked"] == gate["head"], f"{root}: acknowledged {gate['acked']} of {gate['head']}"
        rows += len(lines)
    return rows


def describe(sequence, head):
    missing = sorted(set(range(1, head + 1)) - set(sequence))
    twice = [seq for seq, count in collections.Counter(sequence).items() if count > 1]
    return f"{len(sequence)} rows of {head}; lost {missing[:5]}, twice {twice[:5]}, the rest out of order"


def check_real(box, journals):
    lines = box.lines_of_journal()
    epoch = box.ok("hello")["epoch"]
    stored = journals.pop((box.root, epoch), [])
    assert [int(line.split("\t", 1)[0]) for line in lines] == list(range(1, len(lines) + 1)), f"{box.name}: gaps"
    sequence = [int(line.split("\t", 1)[0]) for line in stored]
    assert stored == lines, f"{box.name}: {describe(sequence, len(lines))}"
    return len(lines)


@contextlib.contextmanager
def real_gates(folder, count, broker, make_line, options=None):
    with contextlib.ExitStack() as stack:
        boxes = []
        for number in range(1, count + 1):
            box = RealGate(folder / f"real-{number}", number, broker, make_line(number), options)
            stack.callback(box.close)
            boxes.append(box.start())
        yield boxes


def wait_settled(boxes, timeout):
    def are_settled():
        with contextlib.suppress(OSError, ConnectionError):
            return all(box.is_settled() for box in boxes)
        return False
    wait_until(are_settled, "every real row to be acknowledged", timeout)


