"""The fleet simulator, beside mosquitto_pub -l in the same run: rates as ratios, because machines differ.

Prints how fast a fleet's backlog goes out (to PUBACK, and to the collector's commit), what 10,000 sessions cost, and
how long they take to come back together. GATES (default 10,000) for a smaller machine.
"""

import contextlib
import os
import pathlib
import resource
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from stile import Archive, Broker, folder  # noqa: E402
from torture import Fleet, storm  # noqa: E402

GATES = int(os.environ.get("GATES", "10000"))
ROWS = 100000
FLOOR_ROWS = 30000  # mosquitto_pub -l loses what it cannot number, beyond 32,767 from a fast pipe
PATIENCE_S = 600  # what a slow disk or a busy machine takes is a result, not a failure
LINE = "x" * 520 + "\n"  # an entry's size


def raise_limit():
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def floor(broker):
    """mosquitto_pub -l, one session, QoS 1, until a subscriber has heard all of it."""
    watch = subprocess.Popen(["mosquitto_sub", "-V", "5", "-p", str(broker.port), "-q", "1", "-t", "floor", "-C",
                              str(FLOOR_ROWS)], stdout=subprocess.DEVNULL)
    publisher = subprocess.Popen(["mosquitto_pub", "-V", "5", "-p", str(broker.port), "-q", "1", "-t", "floor", "-l"],
                                 stdin=subprocess.PIPE, text=True)
    time.sleep(0.5)  # both connect; not measured
    begin = time.monotonic()
    publisher.stdin.write(LINE * FLOOR_ROWS)
    publisher.stdin.close()
    watch.wait(120)
    took = time.monotonic() - begin
    publisher.wait(60)
    return FLOOR_ROWS / took


def drain(path, broker, gates, *options):
    """Rows a second from the first connection to the last acknowledgement, and the account."""
    with contextlib.closing(Fleet(path, broker.port, "--gates", gates, "--backlog", ROWS // gates, "--rows",
                                  ROWS // gates, "--ramp", 0, "--settle", PATIENCE_S, *options)) as fleet:
        report = fleet.report(PATIENCE_S + 60)
    assert report["settled"], f"{gates} gates not settled: {report}"
    return report["head"] / report["elapsed_ms"] * 1000, report


def measure_storm(path, broker, gates):
    """(s to be back after the broker's restart, the account)."""
    with contextlib.closing(Fleet(path, broker.port, "--gates", gates, "--duration", 3600, "--scale", 0.1, "--ack",
                                  "puback", "--keepalive", 60, "--settle", PATIENCE_S)) as fleet:
        return storm(fleet, broker, gates, PATIENCE_S), fleet.report(PATIENCE_S + 60)


def main():
    raise_limit()
    with folder() as path:
        broker = Broker(path).start()
        try:
            base = floor(broker)
            print(f"mosquitto_pub -l, one session, heard by one subscriber: {base:.0f}/s = 1")
            for gates in (1, 100, 1000):
                rate, report = drain(path, broker, gates, "--ack", "puback")
                print(f"fleet of {gates:5}, to PUBACK:            {rate / base:5.2f}   ({rate:.0f}/s, "
                      f"{report['cpu_s'] / report['head'] * 1e6:.1f} us of CPU a row)")
            collector = Archive(path, broker).start()
            for gates in (1, 100):
                rate, _ = drain(path, broker, gates)
                print(f"fleet of {gates:5}, to collector's commit: {rate / base:5.2f}   ({rate:.0f}/s)")
            collector.stop()
            for gates in sorted({1000, GATES}):
                back, report = measure_storm(path, broker, gates)
                print(f"fleet of {gates:5}: {report['rss_kb'] / gates:.1f} KiB a gate, all up after "
                      f"{report['all_up_ms'] / 1000:.1f} s, all back {back:.1f} s after the broker")
        finally:
            broker.stop()


if __name__ == "__main__":
    sys.exit(main())
