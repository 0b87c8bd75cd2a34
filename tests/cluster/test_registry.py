"""A site's registry beyond one machine: stile-collector over AMQP, a real gate at the broker's MQTT. Such a broker retains
nothing, so the centre says again which registry is the newest whenever a gate is born.
"""

import contextlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rabbit  # noqa: E402
from registry_site import Site  # noqa: E402
from stile import Gate, wait_until  # noqa: E402
from tap import run, skip_all, test  # noqa: E402

NAME = "acme/plant/gate-1"


@contextlib.contextmanager
def scene():
    """One node, a centre that keeps the site's registry, and a gate that believes it; none of the two is started."""
    with rabbit.place() as path, contextlib.ExitStack() as ends:
        cluster = ends.enter_context(contextlib.closing(rabbit.Cluster(path / "cluster", gates=[NAME])))
        cluster.ca.gate(NAME)
        certificate, key = cluster.ca.files(NAME)
        (path / "gate").mkdir()
        (path / "centre").mkdir()
        box = Gate(path / "gate", options={
            "uplink.mqtt": "5" if rabbit.is_four() else "3.1.1", "uplink.port": cluster.nodes[0].mqtts_port,
            "uplink.tls": "yes", "uplink.ca-file": cluster.ca.certificate, "uplink.certificate-file": certificate,
            "uplink.private-key-file": key})
        ends.callback(box.close)
        site = Site(path / "centre", cluster.nodes[0], site_key=box.folder / "key",
                    options={"collector.gap-ms": 2000, **cluster.collector_options()})
        ends.callback(site.collector.stop)
        box.options.update({"manager centre.key": site.path / "centre.pub", "manager centre.roles": "registry"})
        box.write_config()
        try:
            yield site, box
        except Exception:
            for text in (site.collector.log_text(), box.log_text()):
                print("# " + "\n# ".join(text.splitlines()[-30:]))
            raise


def registry(box):
    return box.status()["registry"]


def enrol(site, holder, code):
    site.ctl("holder", "add", holder, "--name", "Nguyễn Văn An")
    site.ctl("credential", "add", "--holder", holder, "--code", code)


@test("who is enrolled at a centre that hears by AMQP passes at its gate, and who is blocked there does not any more")
def _():
    with scene() as (site, box):
        site.collector.start()
        box.start(uplink=True)
        box.wait_seeing()
        enrol(site, "an", "CODE-0001")
        wait_until(lambda: registry(box)["credentials"] == 1, "the card at the gate", 30)
        box.scene.show("CODE-0001")
        box.wait_event("AccessGranted", holder="an")
        box.scene.clear()
        box.wait_event("AccessNotTaken")
        version = registry(box)["version"]
        site.ctl("holder", "block", "an")
        wait_until(lambda: registry(box)["version"] > version, "the block at the gate", 30)
        box.scene.show("CODE-0001")
        box.wait_event("AccessDenied", reason="blocked")


@test("a gate that connects after the centre has spoken gets the registry all the same")
def _():
    with scene() as (site, box):
        site.collector.start()
        enrol(site, "an", "CODE-0001")
        box.start(uplink=True)
        wait_until(lambda: registry(box)["credentials"] == 1, "the card at the gate", 30)


@test("what changed while the broker was dead arrives when it is back")
def _():
    with scene() as (site, box):
        site.collector.start()
        box.start(uplink=True)
        enrol(site, "an", "CODE-0001")
        wait_until(lambda: registry(box)["credentials"] == 1, "the card at the gate", 30)
        site.broker.kill()
        enrol(site, "binh", "CODE-0002")
        site.broker.start().wait()
        wait_until(lambda: registry(box)["credentials"] == 2, "the second card at the gate", 90)


if __name__ == "__main__":
    sys.exit(run() if rabbit.is_installed() else skip_all("rabbitmq-server is not installed"))
