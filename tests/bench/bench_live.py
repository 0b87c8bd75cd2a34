"""What a large fleet costs its centre while somebody watches: GATES (default 10,000) real MQTT sessions, broker, collector and
dashboard with one live page, all on one machine.

Floors of the same run: a subscriber that throws everything away (mosquitto_sub), given the rows one by one and given them as
the collector is, a hundred late ones in a message; and SQLite taking as many rows in batches of 100 from a loop. Prints the
collector's rate as a share of each, and what share of the lower of the last two somebody would have who did both and used no
processor for anything else: where few cores are shared, that is the bound. Then how long an event takes from the gate to
the live page, and what the processes hold.
"""

import contextlib
import os
import pathlib
import queue
import resource
import sqlite3
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from dashboard import Dashboard  # noqa: E402
from stile import Archive, Broker, folder, wait_until  # noqa: E402
from torture import Fleet  # noqa: E402

DESCRIPTORS = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
GATES = min(int(os.environ.get("GATES", "10000")), DESCRIPTORS - 1000)  # a descriptor each in the broker and in the fleet
ROWS = 100000
WATCH_S = 60
PATIENCE_S = 600


def drain(path, broker, gates, *options):
    """Rows a second from the first connection to the last acknowledgement."""
    with contextlib.closing(Fleet(path, broker.port, "--gates", gates, "--backlog", ROWS // gates, "--rows", ROWS // gates,
                                  "--ramp", 0, "--settle", PATIENCE_S, *options)) as fleet:
        report = fleet.report(PATIENCE_S + 60)
    assert report["settled"], f"{gates} gates not settled: {report}"
    return report["head"] / report["elapsed_ms"] * 1000


def spent_s(broker):
    """Of the broker, of this process and of those that it has waited for."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return cpu_s(broker.process) + sum(usage.ru_utime + usage.ru_stime for usage in both)


def nothing(path, broker, batch):
    """The broker and a subscriber that keeps nothing."""
    watch = subprocess.Popen(["mosquitto_sub", "-V", "5", "-p", str(broker.port), "-q", "1", "-t", "stile/#"],
                             stdout=subprocess.DEVNULL)
    try:
        return drain(path, broker, 100, "--ack", "puback", "--batch", batch)
    finally:
        watch.kill()
        watch.wait()


def bare(path):
    """An entry's columns and its key, a commit for each hundred."""
    with contextlib.closing(sqlite3.connect(path / "bare.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE entry (stream, seq, id, at, received, event, reason, direction, class, clock, point, subject,"
                   " grant_seq, flags, more, UNIQUE (stream, seq))")
        begin = time.monotonic()
        for first in range(0, ROWS, 100):
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, 'AccessTaken', NULL, 'entry', 'cccd', 'synchronised',"
                           " 'entry', ?, NULL, 0, NULL)", (
                               (n % 100, n // 100, n.to_bytes(16, "big"), n, n, n.to_bytes(16, "little")) for n in
                               range(first, first + 100)))
            db.execute("COMMIT")
        return ROWS / (time.monotonic() - begin)


def resident_mib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def cpu_s(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watch(stream):
    """Milliseconds from each gate's clock, which is this machine's, to its place on the stream."""
    lags = []
    end = time.monotonic() + WATCH_S
    while time.monotonic() < end:
        try:
            name, data = stream.events.get(timeout=0.5)
        except queue.Empty:
            continue
        if name == "entry" and not data["historical"]:
            at = time.mktime(time.strptime(data["at"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone + float(data["at"][19:-1])
            lags.append((time.time() - at) * 1000)
    return sorted(lags)


def live(path, broker, collector, made):
    person = made.add(made.root(), "mai", ("manager", ""))
    with contextlib.closing(Fleet(path, broker.port, "--gates", GATES, "--duration", 3600, "--scale", 1, "--keepalive", 60,
                                  "--settle", PATIENCE_S)) as fleet:
        wait_until(lambda: fleet.latest.get("up") == GATES, "all gates to be there", PATIENCE_S)
        print(f"{GATES} gates are up; {len(person.get('gates', limit=500)['gates'])} of them on the first page of the list")
        begin = time.monotonic()
        stream = person.stream()
        stream.wait("hello")
        person.get("totals")
        print(f"a live page is greeted and has its totals after {(time.monotonic() - begin) * 1000:.0f} ms")
        before = {name: cpu_s(process) for name, process in (("collector", collector.process), ("dashboard", made.process))}
        lags = watch(stream)
        for name, process in (("collector", collector.process), ("dashboard", made.process)):
            print(f"{name}: {resident_mib(process):.0f} MiB resident, {100 * (cpu_s(process) - before[name]) / WATCH_S:.0f} %"
                  " of a core")
        stream.close()
        fleet.process.terminate()
        fleet.report(PATIENCE_S + 60)
    assert lags, "nothing came"
    centiles = statistics.quantiles(lags, n=100)
    print(f"{len(lags)} events in {WATCH_S} s ({len(lags) / WATCH_S:.0f}/s), gate to live page: p50 {centiles[49]:.0f} ms,"
          f" p95 {centiles[94]:.0f} ms, p99 {centiles[98]:.0f} ms")


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    with folder() as path, contextlib.ExitStack() as stack:
        broker = Broker(path).start()
        stack.callback(broker.stop)
        floors = {"a subscriber that keeps nothing, row by row": nothing(path, broker, 1)}
        before = spent_s(broker)
        same = {"a subscriber that keeps nothing, a hundred rows a message": nothing(path, broker, 100),
                "SQLite from a loop": bare(path)}
        lower = min(same.values())
        bound = min(lower, ROWS * os.cpu_count() / (spent_s(broker) - before))
        floors |= same
        for name, rate in floors.items():
            print(f"{name}: {rate:.0f} rows/s")
        print(f"the last two at once on {os.cpu_count()} cores, at the most: {bound:.0f} rows/s = {bound / lower:.2f} of the lower")
        collector = Archive(path, broker).start()
        stack.callback(collector.stop)
        (path / "desk").mkdir()
        made = Dashboard(path / "desk", collector).start()
        stack.callback(made.stop)
        rate = drain(path, broker, 100)
        print(f"the collector, acknowledged after its commit: {rate:.0f} rows/s = "
              + ", ".join(f"{rate / floor:.2f} of {name}" for name, floor in floors.items()))
        live(path, broker, collector, made)


if __name__ == "__main__":
    sys.exit(main())
