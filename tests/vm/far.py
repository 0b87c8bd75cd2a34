"""A site in a guest: two gates in a network of their own, the centre in another, and a line between them that netem
spoils (build machines' kernels have no netem, Debian's has).

What the gates' journals hold at the start was written on this machine, where rows cost nothing.
"""

import contextlib
import json
import pathlib
import shlex
import shutil
import tempfile

from broker import COLLECTOR, SiteBroker
from centre import Centre
from machine import Machine, wait_until
from stile import BUILD, Gate

GATES = ("gate-1", "gate-2")
HERE, THERE = "10.77.1.1", "10.77.1.2"
IP, TC = "/usr/bin/ip", "/usr/bin/tc"  # by path: the guest's shell has a small ip of its own
PROGRAMS = ["ip", "tc", "mosquitto", *(BUILD / name for name in ("stiled", "stile-uplink", "stilectl", "stile-collector"))]

_NETWORK = f"""set -e
modprobe veth
modprobe sch_netem
{IP} netns add far
{IP} link add near type veth peer name far netns far
{IP} address add {HERE}/24 dev near
{IP} link set near up
{IP} netns exec far {IP} link set lo up
{IP} netns exec far {IP} address add {THERE}/24 dev far
{IP} netns exec far {IP} link set far up
"""


def press(box, times):
    """Two rows each: an exit is granted, and not taken."""
    for _ in range(times):
        for is_on in (True, False):
            box.drive("exit.button-line", is_on)


class FarGate:
    """One of them, as the test sees it in the guest."""

    def __init__(self, site, box):
        self.site, self.box = site, box
        self.name = box.folder.name
        self.daemon = self.uplink = None

    def start(self):
        config = ("--config", self.box.config)
        self.daemon = self.site.start_far(f"{self.name}-stiled", "stiled", *config)
        self.daemon.wait_for_log("gate is running")
        self.uplink = self.site.start_far(f"{self.name}-uplink", "stile-uplink", *config)

    def ctl(self, *words):
        return self.site.guest.run(shlex.join(["stilectl", "--socket", str(self.box.socket), *words]))

    def leave(self):
        self.ctl("line", "exit.button-line", "on")
        self.ctl("line", "exit.button-line", "off")

    def left(self):
        """Rows that are not acknowledged."""
        journal = json.loads(self.ctl("status", "--json"))["journal"]
        return journal["head"] - journal["acked"]

    def rows(self):
        lines = self.ctl("events", "--after", "0", "--json").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


class Site:
    def __init__(self, folder, backlog):
        self.folder = pathlib.Path(folder)
        self.guest = Machine(programs=PROGRAMS)
        self.collector = None  # its program
        self.broker = SiteBroker(self.folder, [f"acme/plant/{name}" for name in GATES], [HERE], address="0.0.0.0")
        certificate, key = self.broker.certificate(COLLECTOR)
        self.centre = Centre(self.folder, self.broker, {
            "broker.tls": "yes", "broker.ca-file": self.broker.ca, "broker.certificate-file": certificate,
            "broker.private-key-file": key})
        self.centre.write_config()
        self.gates = [FarGate(self, self._make(name, backlog)) for name in GATES]

    def _make(self, name, backlog):
        """A gate whose journal holds so many rows, and more."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "empty").mkdir()
        certificate, key = self.broker.certificate(f"acme/plant/{name}")
        box = Gate(folder, self.broker, {
            "gate.id": name, "uplink.host": HERE, "uplink.tls": "yes", "uplink.ca-file": self.broker.ca,
            "uplink.certificate-file": certificate, "uplink.private-key-file": key, "uplink.health-s": 30,
        }, entry={"camera": "replay", "camera-source": folder / "empty", "camera-rate": 1})
        try:
            box.start(uplink=False)
            while box.head() < backlog:
                press(box, 20)
        finally:
            box.close()
        return box

    def install(self):
        """Everything lies there where it lies here."""
        shutil.copytree(self.folder, self.guest.share / "site")
        self.guest.run(f"mkdir -p {self.folder} && cp -a /host/site/. {self.folder}/")
        self.guest.run(_NETWORK)

    def start_far(self, name, *command):
        return self.guest.start(name, IP, "netns", "exec", "far", *command)

    def start_centre(self):
        self.guest.start("mosquitto", "mosquitto", "-c", self.broker.config)
        self.collector = self.guest.start("collector", "stile-collector", "--config", self.centre.config)
        self.collector.wait_for_log("feed connected")

    def spoil(self, how):
        """Both ways; "" heals."""
        verb = f"replace dev $device root netem {how}" if how else "del dev $device root"
        self.guest.run(f"device=near; {TC} qdisc {verb}; device=far; {IP} netns exec far {TC} qdisc {verb}")

    def fetch_archive(self):
        """What the collector leaves when it ends."""
        assert self.collector.stop() == 0, self.collector.log
        self.guest.run(f"cp {self.centre.file} /host/archive.db")
        shutil.copy(self.guest.share / "archive.db", self.centre.file)
        return self.centre

    def wait(self, predicate, timeout, what):
        """wait_until(), which shows what the uplinks say when it was in vain."""
        try:
            return wait_until(predicate, timeout, what, pause=0.2)
        except TimeoutError as error:
            said = [line for gate in self.gates for line in [f"{gate.name}:", *gate.uplink.log.splitlines()[-8:]]]
            raise AssertionError("\n".join([str(error), *said])) from None


@contextlib.contextmanager
def site(backlog):
    with tempfile.TemporaryDirectory(prefix="stile-far-") as folder:
        made = Site(folder, backlog)
        with made.guest:
            made.install()
            yield made
