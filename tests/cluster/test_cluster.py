"""Beyond one machine: RabbitMQ nodes as config/rabbitmq says, gates in MQTT, stile-collector over AMQP.

Any node may die, and so may the collector: what the gates wrote is in the archive, once. CLUSTER_ROUNDS=5 makes every
node die five times; CLUSTER_GATES and CLUSTER_RATE (rows a second of each) say how hard it is driven.
"""

import contextlib
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rabbit  # noqa: E402
from gates import Gates  # noqa: E402
from stile import Archive, wait_until  # noqa: E402
from tap import run, skip_all, test  # noqa: E402

ROUNDS = int(os.environ.get("CLUSTER_ROUNDS", "1"))
COUNT = int(os.environ.get("CLUSTER_GATES", "20"))
RATE = int(os.environ.get("CLUSTER_RATE", "20"))
NAMES = [f"acme/plant/gate-{number}" for number in range(1, COUNT + 1)]


def collector(cluster, path, **more):
    certificates = cluster.certificates
    path.mkdir(exist_ok=True)
    return Archive(path, cluster.nodes[0], {
        "collector.feed": "amqp", "collector.gap-ms": 2000, "amqp.reconnect-max-s": 1,
        "amqp.hosts": ", ".join(f"localhost:{node.amqps_port}" for node in cluster.nodes),
        "amqp.ca-file": certificates / "ca.crt", "amqp.certificate-file": certificates / "dashboard.crt",
        "amqp.private-key-file": certificates / "dashboard.key", **more})


@contextlib.contextmanager
def collecting(cluster, path, gates):
    """Collector and gates; what they said when the test fails."""
    archive = collector(cluster, path)
    try:
        yield archive.start()
    except Exception:
        print("# " + "\n# ".join(archive.log_text().splitlines()[-20:]))
        print(f"# gates: {gates.left()} rows left, {gates.connections} connections, {gates.last_error}")
        raise
    finally:
        gates.close()
        archive.stop()


def ids(archive):
    rows = archive.query("SELECT name, lower(hex(epoch)), seq, lower(hex(entry.id)) FROM entry"
                         " JOIN stream ON stream.id = stream JOIN gate ON gate.id = gate")
    found = {row[:3]: row[3] for row in rows}
    assert len(found) == len(rows), "a row is there twice"
    return found


def wait_all(gates, archive, timeout=60):
    gates.stop_writing()
    wait_until(lambda: gates.left() == 0, "every row to be acknowledged", timeout)
    assert ids(archive) == gates.journal()
    assert archive.query("SELECT count(*) FROM loss") == [(0,)]


def longest_gap_ms(archive, begin_us, end_us):
    """Between two rows taken, and so, within a batch's time, between two commits."""
    times = [row[0] for row in archive.query("SELECT received FROM entry WHERE received BETWEEN ? AND ?"
                                             " ORDER BY received", begin_us, end_us)]
    return max(after - before for before, after in zip([begin_us, *times], [*times, end_us])) / 1000


def now_us():
    return int(time.time() * 1e6)


def die(node, archive, gates):
    """Its time out of service included; the longest time in which nothing was stored."""
    begin_us, written = now_us(), gates.written()
    node.kill()
    wait_until(lambda: len(archive.query("SELECT 1 FROM entry WHERE received > ? LIMIT 1000", begin_us)) == 1000,
               "a thousand rows without the node", 60)
    node.start().wait()
    wait_until(lambda: node.members_in_sync() == 3, "the queue to have three members", 60)
    print(f"#   {node.name:18} {(now_us() - begin_us) / 1e6:6.1f} s until in sync, {gates.written() - written:6} rows"
          f" written, longest gap {longest_gap_ms(archive, begin_us, now_us()):5.0f} ms", flush=True)


@test("three nodes, each killed in turn under load, and the collector: every row is in the archive, once")
def _():
    with rabbit.place() as path, contextlib.closing(rabbit.Cluster(path / "cluster", 3)) as cluster:
        gates = Gates(cluster.nodes, NAMES, RATE, rabbit.mqtt_version())
        with collecting(cluster, path / "archive", gates) as archive:
            wait_until(lambda: cluster.nodes[0].members_in_sync() == 3, "the queue to have three members", 60)
            gates.start()
            wait_until(lambda: archive.rows(), "the first row", 30)
            print(f"# {COUNT} gates, {RATE} rows/s each, MQTT {rabbit.mqtt_version()}; collector over AMQP and TLS; both on this machine")
            for _ in range(ROUNDS):
                for node in cluster.nodes:
                    die(node, archive, gates)
                archive.kill()
                archive.start()
            wait_all(gates, archive)
            print(f"#   {gates.written()} rows written, {gates.written()} in the archive, 0 lost, 0 twice;"
                  f" gates asked {gates.asked} times, {gates.connections} connections")


def sharing(cluster, path):
    """Two collectors whose archives differ, on one queue."""
    gates = Gates(cluster.nodes, NAMES[:2], 50, rabbit.mqtt_version())
    with collecting(cluster, path / "one", gates) as archive:
        other = collector(cluster, path / "other").start()
        try:
            gates.start()
            for each in (archive, other):
                wait_until(lambda: "others consume this queue" in each.log_text(), "the complaint", 30)
        finally:
            other.stop()
        # Alone again it gets what the other took and did not acknowledge for ever: the gates have it.
        wait_all(gates, archive, 90)


@contextlib.contextmanager
def single(path, **options):
    names = NAMES[:3]
    with contextlib.closing(rabbit.Cluster(path / "cluster", 1, gates=names, **options)) as cluster:
        for name in names:
            cluster.ca.gate(name)
        yield cluster


def certified(cluster, path):
    gates = Gates(cluster.nodes, NAMES[:3], 50, rabbit.mqtt_version(), cluster.ca)
    with collecting(cluster, path / "archive", gates) as archive:
        gates.start()
        wait_until(lambda: gates.written() - gates.left() >= 300, "three hundred rows to be acknowledged", 30)
        cluster.nodes[0].kill()
        cluster.nodes[0].start().wait()
        wait_all(gates, archive)


@test("gates and collector are whom their certificates name, and a broker that is killed and started loses no row")
def _():
    with rabbit.place() as path, single(path) as cluster:
        certified(cluster, path)


@test("two collectors with archives of their own on one queue complain, and nothing is lost")
def _():
    with rabbit.place() as path, single(path) as cluster:
        sharing(cluster, path)


if __name__ == "__main__":
    sys.exit(run() if rabbit.is_installed() else skip_all("rabbitmq-server is not installed"))
