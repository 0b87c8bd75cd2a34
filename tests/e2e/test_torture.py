"""kill -9 at random moments under a stream of scans: nothing that moved the relay is missing, nothing is missing twice.

KILLS (default 200) says how often; SEED makes a run repeatable as far as processes are.
"""

import calendar
import contextlib
import os
import pathlib
import random
import sqlite3
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import frames  # noqa: E402
from stile import Collector, Gate, Local, gate, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

KILLS = int(os.environ.get("KILLS", "200"))
SEED = int(os.environ.get("SEED", "20261124"))
HOLDERS = 6
WIDTH, HEIGHT = 320, 240


class Relay:
    """Sees the relay through line-watch, over every restart: what was seen on, and how the journal stood just after."""

    def __init__(self, box):
        self.box = box
        self.pulses = []  # rows granted that the journal showed right after each relay-on
        self.is_over = False
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self):
        while not self.is_over:
            with contextlib.suppress(OSError, ConnectionError, ValueError, AssertionError):
                with contextlib.closing(Local(self.box.socket)) as local:
                    local.ok("line-watch")
                    while True:
                        line = local.next().get("line")
                        if line and line["name"] == "entry.pass-line" and line["on"]:
                            self.pulses.append(time.time())
                            self._walk()
            time.sleep(0.005)  # the daemon is dead; it will be back

    def _walk(self):
        """Every other person walks through."""
        if len(self.pulses) % 2:
            with contextlib.closing(Local(self.box.socket)) as local:
                local.ok("line-drive", name="entry.sensor-line", on=True)
                local.ok("line-drive", name="entry.sensor-line", on=False)


def start(box):
    """Like Gate.start, for a daemon that may be killed before it answers."""
    box.daemon = box._run("stiled")
    with contextlib.suppress(AssertionError):
        box.wait_ready()


@test(f"{KILLS} kills lose no row, leave no gap, and every relay pulse has its grant")
def _():
    chance = random.Random(SEED)
    pictures = {"camera": "replay", "camera-rate": 25, "replay-hold-ms": 60, "window-ms": 500, "pulse-ms": 50}
    with gate(with_broker=True, start=False, entry=pictures, options={"decode.hold-off-ms": 200}) as box:
        frames.write_people(box.folder / "pictures", [f"TORTURE-{number}" for number in range(HOLDERS)], WIDTH, HEIGHT)
        box.points["entry"]["camera-source"] = box.folder / "pictures"
        box.write_config()
        box.start()
        for number in range(HOLDERS):
            box.enrol(f"holder-{number}", f"TORTURE-{number}")
        collector = Collector(box.broker, Gate.ROOT)
        relay = Relay(box)
        try:
            for kill in range(KILLS):
                time.sleep(chance.uniform(0.0, 0.25))  # the random moment
                if chance.random() < 0.15:
                    box.uplink.kill()
                    box.uplink.wait()
                    box.start_uplink()
                box.kill()
                start(box)
            box.wait_ready()
            wait_until(lambda: len(relay.pulses) > KILLS / 20, "a stream of passages", 60)
            relay.is_over = True
            box.points["entry"]["camera-source"] = box.folder / "nothing"  # let it come to rest
            box.write_config()
            box.kill()
            box.start(uplink=False)
            wait_until(lambda: collector.rows and len(collector.rows) >= box.head(), "the drain", 60)
            rows = box.events()
            check(rows, relay, collector)
            print(f"# {len(rows)} rows, {len(relay.pulses)} relay pulses seen, {collector.duplicates} resent")
        finally:
            relay.is_over = True
            collector.close()
        box.stop()
        for name in ("journal.db", "registry.db"):
            with contextlib.closing(sqlite3.connect(box.folder / name)) as database:
                assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",), name


def check(rows, relay, collector):
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1)), "gaps"
    assert len({row["epoch"] for row in rows}) == 1, "the journal was begun anew"
    grants = [row for row in rows if row["event"] == "AccessGranted" and row["access_point"] == "entry"]
    assert len(relay.pulses) <= len(grants), (len(relay.pulses), len(grants))
    # A pulse comes after its row: of the rows granted by then, one is not used up by an earlier pulse.
    times = sorted(time_of(row) for row in grants)
    for number, pulse in enumerate(sorted(relay.pulses), 1):
        assert sum(at <= pulse for at in times) >= number, f"pulse {number} had no row"
    taken = [row for row in rows if row["event"] == "AccessTaken"]
    granted = {row["seq"] for row in grants}
    assert all(row["grant_seq"] in granted for row in taken if "grant_seq" in row)
    assert {key[1] for key in collector.rows} == {row["seq"] for row in rows}, "the centre has something else"
    for row in rows:
        sent = collector.rows[(row["epoch"], row["seq"])]
        assert sent["event"] == row["event"] and sent.get("subject") == row.get("subject"), (sent, row)


def time_of(row):
    seconds = calendar.timegm(time.strptime(row["time"][:19], "%Y-%m-%dT%H:%M:%S"))
    return seconds + float(row["time"][19:-1])


if __name__ == "__main__":
    sys.exit(run())
