"""A fleet's backlog into PostgreSQL (RUNS times, 4 unless said), as ratios to floors of the same run: a subscriber that throws
everything away (mosquitto_sub), given the rows one by one and given them as the collector is, a hundred late ones in a
message; and COPY of as many rows into a bare table with one index, committed by the hundred.

The server flushes each commit; it, broker, collector and fleet share this machine.
"""

import contextlib
import os
import subprocess
import sys
import time
import uuid

import bench_live  # and where tests/lib is
from bench_live import ROWS
from postgres import PostgresCentre, Server, is_installed
from stile import Broker, folder

RUNS = int(os.environ.get("RUNS", "4"))


def bare(server):
    """An entry's columns and its key, a commit for each hundred."""
    server.sql("CREATE TABLE bare (stream int, seq bigint, id uuid, at bigint, received bigint, event text, reason text,"
               " direction text, class text, clock text, point text, subject bytea, grant_seq bigint, flags int, more text,"
               " UNIQUE (stream, seq))")
    text = "".join("COPY bare FROM stdin;\n" + "".join(
        f"{n % 100}\t{n // 100}\t{uuid.UUID(int=n)}\t{n}\t{n}\tAccessTaken\t\\N\tentry\tcccd\tsynchronised\tentry"
        f"\t\\\\x{n:032x}\t\\N\t0\t\\N\n" for n in range(first, first + 100)) + "\\.\n" for first in range(0, ROWS, 100))
    begin = time.monotonic()
    subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", server.conninfo], input=text, text=True, check=True)
    took = time.monotonic() - begin
    server.sql("DROP TABLE bare")
    return ROWS / took


def flushing():
    server = Server()
    server.sql("ALTER SYSTEM SET fsync = on")
    server.sql("ALTER SYSTEM SET shared_buffers = '128MB'")
    server.stop_at_once()
    server.start()
    return server


def measure():
    with folder() as path, contextlib.closing(flushing()) as server, contextlib.ExitStack() as stack:
        broker = Broker(path).start()
        stack.callback(broker.stop)
        floors = {"mosquitto_sub, row by row": bench_live.nothing(path, broker, 1),
                  "mosquitto_sub, a hundred rows a message": bench_live.nothing(path, broker, 100),
                  "COPY": bare(server)}
        collector = PostgresCentre(path, broker, server, "one").start()
        stack.callback(collector.stop)
        rate = bench_live.drain(path, broker, 100)
        print(f"{rate:.0f} rows/s = " + ", ".join(f"{rate / floor:.2f} of {name} ({floor:.0f})" for name, floor in floors.items()),
              flush=True)


if __name__ == "__main__":
    if not is_installed():
        sys.exit("PostgreSQL is not installed: make test-deps")
    for _ in range(RUNS):
        measure()
