"""Beyond one machine: RabbitMQ nodes as config/rabbitmq says, gates in MQTT over TLS, stile-collector over AMQP and TLS.

Most gates are the fleet simulator's (stile-uplink's own parts), two are real. Any node may die, and so may the collector:
what the gates wrote is in the archive, once. CLUSTER_ROUNDS=5 makes every node die five times; CLUSTER_GATES and
CLUSTER_RATE (rows a second of each) say how hard it is driven.
"""

import contextlib
import os
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rabbit  # noqa: E402
import torture  # noqa: E402
from balancer import Balancer  # noqa: E402
from centre import Centre  # noqa: E402
from stile import Archive, Gate, wait_until  # noqa: E402
from tap import run, skip_all, test  # noqa: E402

ROUNDS = int(os.environ.get("CLUSTER_ROUNDS", "1"))
COUNT = int(os.environ.get("CLUSTER_GATES", "20"))
RATE = int(os.environ.get("CLUSTER_RATE", "20"))
MQTT = "5" if rabbit.is_four() else "3.1.1"
REAL = [f"acme/plant/real-{number}" for number in (1, 2)]


def simulated(count):
    return [f"acme/plant/sim-{number}" for number in range(1, count + 1)]


class Collector(Centre):
    """The cluster's; started when it is connected."""

    start = Archive.start


def collector(cluster, path):
    path.mkdir(exist_ok=True)
    return Collector(path, cluster.nodes[0], {"collector.gap-ms": 2000, **cluster.collector_options()})


class RealGate:
    """stiled and stile-uplink; somebody presses the exit's button all the time."""

    def __init__(self, cluster, path, name, port):
        self.name = name
        certificate, key = cluster.ca.files(name)
        path.mkdir()
        self.box = Gate(path, options={
            "gate.id": name.rsplit("/", 1)[1], "uplink.mqtt": MQTT, "uplink.port": port, "uplink.tls": "yes",
            "uplink.ca-file": cluster.ca.certificate, "uplink.certificate-file": certificate,
            "uplink.private-key-file": key})
        self.is_over = threading.Event()
        self.visitors = threading.Thread(target=self._press, daemon=True)

    def start(self):
        self.box.start(uplink=True)
        self.visitors.start()

    def _press(self):
        while not self.is_over.wait(0.2):
            self.box.drive("exit.button-line", True)
            self.box.drive("exit.button-line", False)

    def stop_people(self):
        self.is_over.set()
        if self.visitors.ident:
            self.visitors.join()

    def is_at_rest(self):
        """The last visitor's row is written when the passage is over."""
        return all(point["state"] == "closed" for point in self.box.status()["access_points"])

    def is_settled(self):
        journal = self.box.status()["journal"]
        return journal["acked"] == journal["head"]

    def key(self):
        """Of its rows in Centre.journals()."""
        return f"stile/v1/{self.name}", self.box.ok("hello")["epoch"]

    def lines(self):
        fields = ("seq", "id", "time", "event", "access_point", "direction", "reason", "credential_class", "subject",
                  "grant_seq")
        return ["\t".join(str(event.get(field, "")) for field in fields) for event in self.box.events()]

    def close(self):
        self.stop_people()
        self.box.close()


class Scene:
    """Nodes behind one address, gates, and the archive."""

    def __init__(self, cluster, archive, fleet, boxes):
        self.cluster, self.archive, self.fleet, self.boxes = cluster, archive, fleet, boxes
        self.node = cluster.nodes[0]

    def stored(self):
        return self.archive.query("SELECT count(*) FROM entry")[0][0]

    def waiting(self):
        """Rows that the simulated gates have and nobody acknowledged, as of the last second."""
        return self.fleet.latest["head"] - self.fleet.latest["acked"]

    def journal_of(self, box):
        return self.archive.journals().get(box.key())

    def check(self):
        """Nobody comes any more; then the archive is the union of the journals."""
        for box in self.boxes:
            box.stop_people()
        self.fleet.process.terminate()
        report = self.fleet.report(200)
        for box in self.boxes:
            wait_until(box.is_at_rest, "the last passage to end", 60)
            wait_until(lambda box=box: self.journal_of(box) == box.lines(), f"the rows of {box.name}", 60)
        torture.wait_settled(self.boxes, 60)
        assert self.archive.stop() == 0  # what it stores is committed
        journals = self.archive.journals()
        rows = 0
        for box in self.boxes:
            lines = box.lines()
            assert journals.pop(box.key()) == lines, box.name
            rows += len(lines)
        rows += torture.check_fleet(report, journals)
        assert not journals, f"nobody's rows: {list(journals)[:3]}"
        assert self.archive.tally()["losses"] == 0
        print(f"#   {rows} rows written, {rows} in the archive, 0 lost, 0 twice; {report['resent']} sent again,"
              f" {report['connections']} connections of {report['gates']} gates", flush=True)


@contextlib.contextmanager
def scene(nodes=1, gates=3, rate=50, reals=()):
    names = [*simulated(gates), *reals]
    with rabbit.place() as path, contextlib.ExitStack() as ends:
        cluster = ends.enter_context(contextlib.closing(rabbit.Cluster(path / "cluster", nodes, gates=names)))
        for name in names:
            cluster.ca.gate(name)
        balancer = ends.enter_context(contextlib.closing(Balancer([node.mqtts_port for node in cluster.nodes])))
        archive = collector(cluster, path / "archive")
        ends.callback(archive.stop)
        boxes = [RealGate(cluster, path / name.rsplit("/", 1)[1], name, balancer.port) for name in reals]
        for box in boxes:
            ends.callback(box.close)
        try:
            archive.start()
            fleet = ends.enter_context(contextlib.closing(torture.Fleet(
                path, balancer.port, "--gates", gates, "--ca-file", cluster.ca.certificate, "--tls-folder",
                cluster.certificates, "--mqtt", MQTT, "--reconnect-max", 1, "--settle", 120, "--duration", 3600,
                "--scale", rate * 60 / 20)))  # steady: 20 rows a minute
            for box in boxes:
                box.start()
            wait_until(lambda: archive.rows() and fleet.latest, "the first row", 60)
            yield Scene(cluster, archive, fleet, boxes)
        except Exception:
            for text in (archive.log_text(), (path / "fleet.log").read_text(), *(box.box.log_text() for box in boxes)):
                print("# " + "\n# ".join(text.splitlines()[-20:]))
            raise


def now_us():
    return int(time.time() * 1e6)


def wait_stored(archive, begin_us, count=1000):
    wait_until(lambda: len(archive.query("SELECT 1 FROM entry WHERE received > ? LIMIT ?", begin_us, count)) == count,
               f"{count} rows to be stored", 60)


def longest_gap_ms(archive, begin_us, end_us):
    """Between two rows taken, and so, within a batch's time, between two commits."""
    times = [row[0] for row in archive.query("SELECT received FROM entry WHERE received BETWEEN ? AND ?"
                                             " ORDER BY received", begin_us, end_us)]
    return len(times), max(after - before for before, after in zip([begin_us, *times], [*times, end_us])) / 1000


def die(node, archive):
    """Its time out of service included; the longest time in which nothing was stored."""
    begin_us = now_us()
    node.kill()
    wait_stored(archive, begin_us)
    node.start().wait()
    wait_until(lambda: node.members_in_sync() == 3, "the queue to have three members", 60)
    rows, gap_ms = longest_gap_ms(archive, begin_us, now_us())
    print(f"#   {node.name:18} {(now_us() - begin_us) / 1e6:6.1f} s until in sync, {rows:6} rows stored, longest gap"
          f" {gap_ms:5.0f} ms", flush=True)


@test("three nodes, each killed in turn under load, and the collector: the archive is the union of the journals")
def _():
    with scene(3, COUNT, RATE, REAL) as all_of_it:
        nodes, archive = all_of_it.cluster.nodes, all_of_it.archive
        wait_until(lambda: nodes[0].members_in_sync() == 3, "the queue to have three members", 60)
        print(f"# {COUNT} gates, {RATE} rows/s each, and {len(REAL)} real ones, MQTT {MQTT}; all on this machine")
        for _ in range(ROUNDS):
            for node in nodes:
                die(node, archive)
            archive.kill()
            archive.start()
        all_of_it.check()


@test("gates and collector are whom their certificates name, and a broker that is killed and started loses no row")
def _():
    with scene() as one:
        wait_stored(one.archive, 0, 300)
        one.node.kill()
        one.node.start().wait()
        wait_stored(one.archive, now_us(), 300)
        one.check()


@test("a gate whose subscriptions are refused is not connected, and comes again until they are not")
def _():
    with scene(reals=REAL[:1]) as one:
        gate = one.boxes[0]
        wait_stored(one.archive, 0, 100)
        one.node.run("rabbitmqctl", "set_topic_permissions", "-p", "stile", gate.name, "amq.topic", ".*", "^nothing$")
        gate.box.uplink.kill()
        gate.box.uplink.wait()
        gate.box.start_uplink()
        # 3.10 says no by closing.
        why = "subscription refused" if rabbit.is_four() else "The connection was lost."
        wait_until(lambda: why in gate.box.log_text(), "the refusal", 30)
        assert gate.box.status()["broker"]["state"] != "connected"
        one.node.run("rabbitmqctl", "clear_topic_permissions", "-p", "stile", gate.name)
        one.check()


@test("two collectors with archives of their own on one queue complain, and nothing is lost")
def _():
    with scene() as one:
        other = collector(one.cluster, one.archive.folder.parent / "other").start()
        try:
            for each in (one.archive, other):
                wait_until(lambda: "others consume this queue" in each.log_text(), "the complaint", 30)
        finally:
            other.stop()
        # Alone again it gets what the other took and did not acknowledge for ever: the gates have it.
        one.check()


def check_alarm(one, raise_it, end_it):
    """The node reads from nobody who publishes, until the alarm is over."""
    one.node.run("rabbitmqctl", *raise_it)
    wait_until(lambda: "resource_limit" in one.node.evaluate("rabbit_alarm:get_alarms()."), "the alarm", 30)
    before = one.waiting()
    wait_until(lambda: one.waiting() > before + 1000, "a thousand rows to wait at their gates", 120)
    stored, begin_us = one.stored(), now_us()
    one.node.run("rabbitmqctl", *end_it)
    wait_stored(one.archive, begin_us)
    print(f"#   {raise_it[0]}: {one.waiting()} rows waited, {stored} were stored", flush=True)


@test("while a node's disk or memory is scarce gates keep their rows, and afterwards every one arrives")
def _():
    with scene() as one:
        check_alarm(one, ("set_disk_free_limit", "1000000GB"), ("set_disk_free_limit", "50MB"))
        check_alarm(one, ("set_vm_memory_high_watermark", "absolute", "1MB"), ("set_vm_memory_high_watermark", "0.5"))
        one.check()


@test("a queue without a leader is waited for, and when it has one again every row arrives")
def _():
    with scene() as one:
        member = 'quorum_queues, {list_to_atom("stile_stile-entries"), node()}'
        assert one.node.evaluate(f"ra:stop_server({member}).") == "{ok, ok}"
        wait_until(lambda: one.waiting() > 1000, "a thousand rows to wait at their gates", 120)
        begin_us = now_us()
        assert one.node.evaluate(f"ra:restart_server({member}).") == "{ok, ok}"
        wait_stored(one.archive, begin_us)
        one.check()


if __name__ == "__main__":
    sys.exit(run() if rabbit.is_installed() else skip_all("rabbitmq-server is not installed"))
