"""What the dashboard's answers take over a big archive (VISITS and ENTRIES, 1,000,000 each unless said; 50 sites of 20 gates, 21 days),
as ratios to a floor of the same run: counting all stays once, by SQLite itself, from a warm file.

Prints for each question the median of RUNS answers, how much of the floor that is, and how long the answer is; and the
same while a tracer traces, since a slow question must not hold up others; then what is done once for somebody who asks about
their own data.
"""

import contextlib
import os
import pathlib
import random
import sqlite3
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from dashboard import Dashboard  # noqa: E402
from stile import Archive, Broker, folder  # noqa: E402

VISITS = int(os.environ.get("VISITS", "1000000"))
ENTRIES = int(os.environ.get("ENTRIES", "1000000"))
SITES, GATES, DAYS, RUNS = 50, 20, 21, 5
HOUR = 3600 * 1000000
DAY = 24 * HOUR


def fill(file, now):
    """Stays of two to ten hours by day, tallies of every gate and hour, and entries of all days; seeded."""
    chance = random.Random(1)
    rows = ENTRIES // (SITES * GATES)  # of each gate
    people = [[chance.randbytes(16) for _ in range(max(10, VISITS // (SITES * DAYS)))] for _ in range(SITES)]
    with contextlib.closing(sqlite3.connect(file)) as db, db:
        db.execute("PRAGMA synchronous = OFF")
        db.executemany("INSERT INTO site VALUES (?, ?)", ((n + 1, f"org/site-{n:02d}") for n in range(SITES)))
        db.executemany("INSERT INTO gate (id, name, site) VALUES (?, ?, ?)", (
            (n + 1, f"org/site-{n // GATES:02d}/gate-{n % GATES:02d}", n // GATES + 1) for n in range(SITES * GATES)))
        db.executemany("INSERT INTO stream (id, gate, epoch, contiguous, highest, newest) VALUES (?, ?, ?, ?, ?, ?)", (
            (n + 1, n + 1, n.to_bytes(16, "big"), rows, rows, now) for n in range(SITES * GATES)))

        def visits():
            for n in range(VISITS):
                site = n % SITES
                start = now - DAYS * DAY + n * DAYS * DAY // VISITS
                left = start + chance.randint(2, 10) * HOUR
                gate = site * GATES + chance.randrange(GATES) + 1
                yield (site + 1, chance.choice(people[site]), start, start, left if left < now else None, 0, gate,
                       gate if left < now else None, "code")
        db.executemany("INSERT INTO visit (site, subject, start, entered, left_at, left_assumed, gate_in, gate_out,"
                       " credential_class) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", visits())
        db.executemany("INSERT INTO tally VALUES (?, ?, 20, 19, 40, 1)", (
            (hour, gate + 1) for hour in range((now - DAYS * DAY) // HOUR, now // HOUR) for gate in range(SITES * GATES)))
        db.executemany("INSERT INTO entry (stream, seq, id, at, received, event, direction, flags, subject) VALUES"
                       " (?, ?, ?, ?, ?, 'AccessTaken', 'entry', 0, ?)", (
                           (n % (SITES * GATES) + 1, n // (SITES * GATES) + 1, chance.randbytes(16),
                            now - DAYS * DAY + (n + 1) * DAYS * DAY // ENTRIES, now,
                            chance.choice(people[n % (SITES * GATES) // GATES])) for n in range(rows * SITES * GATES)))
    return people[0][0].hex()


def floor(file):
    with contextlib.closing(sqlite3.connect(file)) as db:
        took = []
        for _ in range(2):  # the first warms the file
            begin = time.monotonic()
            db.execute("SELECT count(*), sum(left_at IS NULL) FROM visit NOT INDEXED").fetchone()
            took.append(time.monotonic() - begin)
    return took[-1]


def median(ask):
    took, size = [], 0
    for _ in range(RUNS):
        begin = time.monotonic()
        answer = ask()
        took.append(time.monotonic() - begin)
        assert answer.status == 200, answer.body[:300]
        size = len(answer.body)
    return statistics.median(took), size


def measure(person, questions, base, title):
    print(title)
    for name, ask in questions(person).items():
        took, size = median(ask)
        print(f"  {name:34} {took * 1000:8.1f} ms  {took / base:7.3f} of the floor  {size:9,} bytes")


def questions_of(subject, now):
    day = time.strftime("%Y-%m-%d", time.gmtime(now / 1e6))
    first = time.strftime("%Y-%m-%d", time.gmtime(now / 1e6 - 6 * 86400))

    def all_of(person):
        return {
            "totals, everywhere": lambda: person.ask("GET", "totals"),
            "gates, 200 of 1,000": lambda: person.ask("GET", "gates", limit=200),
            "events, the newest 100": lambda: person.ask("GET", "events", limit=100),
            "events, of one site": lambda: person.ask("GET", "events", limit=100, area="org/site-07"),
            "inside, 200 of one site": lambda: person.ask("GET", "presence", limit=200, area="org/site-07"),
            "figures, a week by day": lambda: person.ask("GET", "figures", from_=first, until=day, by="day"),
            "figures, a day by hour, one site": lambda: person.ask("GET", "figures", from_=day, until=day, by="hour",
                                                                  area="org/site-07"),
            "visits of one person": lambda: person.ask("GET", "visits", subject=subject),
        }
    return all_of


def trace(person, subject, hops):
    return person.ask("POST", "traces", {"subject": subject, "from": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z",
                                         "case": "bench", "reason": "bench", "hops": hops})


def request(person, kind, subject, method, path):
    """What somebody asked for about their own data, and how long it took to do."""
    number = person.ask("POST", "requests", {"kind": kind, "subject": subject, "note": "bench"}).json["number"]
    begin = time.monotonic()
    answer = person.ask(method, f"requests/{number}/{path}")
    assert answer.status == 200, answer.body[:300]
    return time.monotonic() - begin, answer


def main():
    with folder() as path:
        broker = Broker(path).start()
        archive = Archive(path, broker).start()  # makes the tables
        archive.stop()
        broker.stop()
        now = int(time.time()) * 1000000
        begin = time.monotonic()
        subject = fill(archive.file, now)
        print(f"{VISITS:,} stays, {ENTRIES:,} entries, {SITES * GATES:,} gates, {archive.file.stat().st_size >> 20} MiB, made in"
              f" {time.monotonic() - begin:.0f} s")
        base = floor(archive.file)
        print(f"the floor, all stays counted once: {base * 1000:.1f} ms")
        made = Dashboard(path, archive).start()
        try:
            person = made.add(made.root(), "all", ("manager", ""), ("tracer", ""))
            questions = questions_of(subject, now)
            measure(person, questions, base, "alone:")
            for hops in (1, 2):
                began = time.monotonic()
                found = trace(person, subject, hops).json
                took = time.monotonic() - began
                print(f"  {f'trace, {hops} hop(s)':34} {took * 1000:8.1f} ms  {took / base:7.3f} of the floor "
                      f" {len(found['contacts']):,} contacts{', cut' if found['truncated'] else ''}")
            is_over = threading.Event()

            def keep_tracing():
                while not is_over.is_set():
                    trace(person, subject, 2)
            tracer = threading.Thread(target=keep_tracing)
            tracer.start()
            measure(person, questions, base, "while somebody traces:")
            is_over.set()
            tracer.join()
            print("once, over all days:")
            for name, *asked in (("a person's dossier", "access", subject, "GET", "person"),
                                 ("erasing them", "erase", subject, "POST", "erase")):
                took, answer = request(person, *asked)
                print(f"  {name:34} {took * 1000:8.1f} ms  {took / base:7.3f} of the floor  {len(answer.body):9,} bytes")
        finally:
            made.stop()


if __name__ == "__main__":
    main()
