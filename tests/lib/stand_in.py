"""A stand-in for the centre's collector, for tests that shall not depend on the real one.

stand_in.py PORT DATABASE: subscribes to stile/v1/+/+/+/entry, stores rows exactly once in SQLite (synchronous FULL),
acknowledges on leaf `ack` after its COMMIT, and stores no row after a gap: the table's own order is the gates'. Where
it finds a gap it asks with cmd/sync. May be killed at any moment.
"""

import contextlib
import json
import sqlite3
import sys
import time

import mqtt

BATCH = 200
FIELDS = ("id", "time", "event", "access_point", "direction", "reason", "credential_class", "subject", "grant_seq")
SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, gate TEXT, epoch TEXT, seq INTEGER,
  {', '.join(FIELDS)}, UNIQUE (gate, epoch, seq));
CREATE TABLE IF NOT EXISTS tally (what TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID;
"""


def read(topic, payload):
    """(root, epoch, seq, fields) or None for what is not an entry of that gate."""
    try:
        event = json.loads(payload)
        data = event["data"]
        root = topic[:-len("/entry")]
        epoch, seq = data["epoch"], data["seq"]
        fields = [event["id"], event["time"], data["event"], *(data.get(name) for name in FIELDS[3:])]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    is_good = (event.get("source") == root.replace("stile/v1", "/stile", 1) and event.get("type") == "stile.entry.v1"
               and isinstance(epoch, str) and len(epoch) == 36 and type(seq) is int and 0 < seq < 1 << 53
               and all(value is None or isinstance(value, (str, int)) for value in fields))
    return (root, epoch, seq, fields) if is_good else None


class Store:
    def __init__(self, path):
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.executescript(SCHEMA)
        self.last = {(gate, epoch): seq for gate, epoch, seq in
                     self.database.execute("SELECT gate, epoch, max(seq) FROM entry GROUP BY gate, epoch")}

    def keep(self, batch):
        """One transaction. Gives (root, epoch) → last row, and those with a gap."""
        touched, gaps = {}, {}
        tally = dict.fromkeys(("stored", "duplicate", "gap", "nonsense"), 0)
        rows = []
        for topic, payload in batch:
            entry = read(topic, payload)
            if not entry:
                tally["nonsense"] += 1
                continue
            root, epoch, seq, fields = entry
            last = self.last.get((root, epoch), 0)
            touched[root, epoch] = last
            if seq == last + 1:
                rows.append((root, epoch, seq, *fields))
                self.last[root, epoch] = touched[root, epoch] = seq
                tally["stored"] += 1
            elif seq <= last:
                tally["duplicate"] += 1
            else:
                tally["gap"] += 1
                gaps[root, epoch] = last + 1
        self.database.execute("BEGIN")
        self.database.executemany(f"INSERT INTO entry VALUES (NULL, {', '.join('?' * (3 + len(FIELDS)))})", rows)
        self.database.executemany("INSERT INTO tally VALUES (?1, ?2) ON CONFLICT DO UPDATE SET number = number + ?2",
                                  [(what, number) for what, number in tally.items() if number])
        self.database.execute("COMMIT")
        return touched, gaps


def ask(client, root, epoch, first):
    request = {"specversion": "1.0", "type": "stile.command.v1", "id": f"sync-{time.time_ns()}", "source": "/collector",
               "data": {"epoch": epoch, "from": first}}
    client.publish(f"{root}/cmd/sync", json.dumps(request).encode(), qos=1)


def serve(store, port):
    client = mqtt.Client("127.0.0.1", port, "stand-in-collector")
    client.subscribe("stile/v1/+/+/+/entry")
    asked = {}
    while True:
        messages = [client.receive()]
        while len(messages) < BATCH and client.has_more():
            messages.append(client.receive())
        touched, gaps = store.keep([(topic, payload) for topic, payload, *_ in messages])
        client.settle([number for _, _, qos, number, _ in messages if qos])
        for (root, epoch), last in touched.items():
            client.publish(f"{root}/ack", json.dumps({"epoch": epoch, "seq": last}).encode(), qos=1)
        for key, first in gaps.items():
            if time.monotonic() - asked.get(key, -10) > 5:
                asked[key] = time.monotonic()
                ask(client, *key, first)


def main(port, path):
    store = Store(path)
    while True:
        with contextlib.suppress(OSError):
            serve(store, int(port))
        time.sleep(0.1)  # the broker is away


if __name__ == "__main__":
    main(*sys.argv[1:])
