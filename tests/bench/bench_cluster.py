"""Rows a second through three RabbitMQ nodes, beside one mosquitto in the same run: a fleet's backlog, from the gates'
first connection until every row is acknowledged. Runs alternate, and the medians are compared; nothing passes or fails.

Both ways are TLS throughout, with the same gates, certificates, collector and archive (SQLite). ROWS, GATES and ROUNDS say
how much.
"""

import contextlib
import os
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rabbit  # noqa: E402
from balancer import Balancer  # noqa: E402
from stile import Archive, Broker, wait_until  # noqa: E402
from torture import Fleet  # noqa: E402

ROWS = int(os.environ.get("ROWS", "20000"))
GATES = int(os.environ.get("GATES", "20"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
MQTT = "5" if rabbit.is_four() else "3.1.1"


class TlsBroker(Broker):
    def __init__(self, folder, ca):
        super().__init__(folder)
        certificate, key = ca.folder / "server.crt", ca.folder / "server.key"
        self.config.write_text(f"user root\n{self.config.read_text()}cafile {ca.certificate}\ncertfile {certificate}\n"
                               f"keyfile {key}\nrequire_certificate true\n")


def drain(path, port, ca, options):
    """Rows a second."""
    path.mkdir()
    archive = Archive(path, Port(port), options)
    try:
        archive.start()
        with contextlib.closing(Fleet(path, port, "--gates", GATES, "--backlog", ROWS // GATES, "--rows", ROWS // GATES,
                                      "--ramp", 0, "--settle", 600, "--reconnect-max", 1, "--mqtt", MQTT,
                                      "--ca-file", ca.certificate, "--tls-folder", ca.folder)) as fleet:
            report = fleet.report(900)
        assert report["settled"] and report["acked"] == archive.query("SELECT count(*) FROM entry")[0][0]
        return report["acked"] / report["elapsed_ms"] * 1000
    finally:
        archive.stop()


class Port:
    """Where an Archive over MQTT connects."""

    def __init__(self, port):
        self.port = port


def main():
    names = [f"acme/plant/sim-{number}" for number in range(1, GATES + 1)]
    with rabbit.place() as path, contextlib.ExitStack() as ends:
        cluster = ends.enter_context(contextlib.closing(rabbit.Cluster(path / "cluster", 3, gates=names)))
        ca = cluster.ca
        for name in names:
            ca.gate(name)
        certificate, key = ca.files("dashboard")
        broker = TlsBroker(path, ca).start()
        ends.callback(broker.stop)
        balancer = ends.enter_context(contextlib.closing(Balancer([node.mqtts_port for node in cluster.nodes])))
        wait_until(lambda: cluster.nodes[0].members_in_sync() == 3, "the queue to have three members", 120)
        over_mqtt = {"broker.tls": "yes", "broker.ca-file": ca.certificate, "broker.certificate-file": certificate,
                     "broker.private-key-file": key}
        ways = {"mosquitto": (broker.port, over_mqtt), "three nodes": (balancer.port, cluster.collector_options())}
        rates = {way: [] for way in ways}
        for number in range(ROUNDS):
            for way, (port, options) in ways.items():
                rates[way].append(drain(path / f"{way.split()[0]}-{number}", port, ca, options))
        print(f"{ROWS} rows of {GATES} gates, MQTT {MQTT}, {ROUNDS} rounds, to the collector's commit and back")
        floor = statistics.median(rates["mosquitto"])
        for way, each in rates.items():
            print(f"{way:12}{statistics.median(each):8.0f} rows/s {statistics.median(each) / floor:6.2f}   "
                  f"({', '.join(f'{rate:.0f}' for rate in each)})")


if __name__ == "__main__":
    sys.exit(main())
