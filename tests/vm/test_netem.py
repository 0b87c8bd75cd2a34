#!/usr/bin/env python3
"""Uplinks behind a line that delays, loses, doubles, reorders and damages packets: the archive is the journals."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from far import site  # noqa: E402
from tap import run, test  # noqa: E402
from torture import describe, lines_of  # noqa: E402

BACKLOG = 100  # rows of each gate
BAD = "delay 200ms 50ms loss 10% duplicate 5% reorder 25% 50% corrupt 2%"
OVERTAKEN = ("SELECT count(*) FROM entry AS early JOIN entry AS late ON late.stream = early.stream"
             " AND late.seq = early.seq + 1 AND late.rowid < early.rowid")


@test(f"with {BAD} each way every row arrives, and is acknowledged")
def _(far):
    far.spoil(BAD)
    far.start_centre()
    begin = time.monotonic()
    for gate in far.gates:
        gate.start()
    for gate in far.gates * 2:
        gate.leave()
    far.wait(lambda: not any(gate.left() for gate in far.gates), 300, "everything is acknowledged")
    rows = [len(gate.rows()) for gate in far.gates]
    assert min(rows) > BACKLOG
    connections = [gate.uplink.log.count("broker connected") for gate in far.gates]
    print(f"# {rows} rows in {time.monotonic() - begin:.0f} s, {connections} connections")


@test("a line on which nothing arrives any more is noticed within 15 s, and used again when it is healed")
def _(far):
    said = [len(gate.uplink.log) for gate in far.gates]
    far.spoil("loss 100%")
    begin = time.monotonic()
    times = []
    for gate, before in zip(far.gates, said):
        gate.uplink.wait_for_log("broker not connected", after=before, timeout=60)
        times.append(time.monotonic() - begin)
    print(f"# noticed after {', '.join(f'{seconds:.1f}' for seconds in times)} s")
    assert max(times) <= 15, times
    for gate in far.gates:
        gate.leave()
    far.spoil("")
    far.wait(lambda: not any(gate.left() for gate in far.gates), 60, "what happened meanwhile is acknowledged")


@test("the archive holds what the journals hold: nothing lost, nothing twice, in order")
def _(far):
    acknowledged = {f"stile/v1/acme/plant/{gate.name}": len(gate.rows()) for gate in far.gates}
    archive = far.fetch_archive()
    # A gate that runs may write, and send, another row meanwhile.
    journals = {f"stile/v1/acme/plant/{gate.name}": lines_of(gate.rows()) for gate in far.gates}
    stored = {root: lines for (root, _), lines in archive.journals().items()}
    assert stored.keys() == journals.keys(), stored.keys()
    for root, lines in journals.items():
        assert len(stored[root]) >= acknowledged[root], (len(stored[root]), acknowledged)
        lines = lines[:len(stored[root])]
        assert stored[root] == lines, describe([int(line.split("\t")[0]) for line in stored[root]], len(lines))
    assert archive.query(OVERTAKEN) == [(0,)]
    assert archive.query("SELECT count(*) FROM loss") == [(0,)]


@test("the kernel complains of nothing")
def _(far):
    for trouble in "BUG:", "Oops", "Call Trace", "Kernel panic", "Out of memory":
        assert trouble not in far.guest.console(), far.guest.console()


if __name__ == "__main__":
    sys.exit(run(site(BACKLOG)))
