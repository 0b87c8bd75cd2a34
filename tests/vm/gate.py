"""A gate in a guest: stiled, stile-uplink and stilectl as built, a camera, the lines of the reference wiring, a broker.

    with gate() as box:
        box.restart(640, 480, "NV12")
        box.show("A-CODE")
        granted = box.wait_event("AccessGranted")
"""

import contextlib
import json
import pathlib
import shlex
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import frames  # noqa: E402
from broker import Collector, SiteBroker  # noqa: E402
from certificate import Signer  # noqa: E402
from issuer import Issuer  # noqa: E402
from rig import CAMERA, Guest, wait_until  # noqa: E402
from stile import BUILD  # noqa: E402

NAME = "acme/plant/gate-1"
BROKER = "host"  # by this name the guest knows the machine that runs the test
CHIP = "pinctrl-bcm2835"
PASS, RELEASE, FIRE, KEY, SENSOR, RED = 17, 22, 5, 6, 13, 25  # hardware/pinmap.md
PROGRAMS = [BUILD / name for name in ("stiled", "stile-uplink", "stilectl", "tests/contract/test_lines_gpiod",
                                      "tests/contract/test_camera_v4l2")]
UPLINK_USER = "stile-uplink"
CAMERA_LINK = "/dev/v4l/by-id/usb-gate-video-index0"

# Times are for a machine ten times slower than a gate, and for a test that looks rarely. The hold-off is longer
# than any test: a code that is shown once is presented once, however rarely frames are decoded.
CONFIG = """
[gate]
org = {org}
site = {site}
id = {id}
key-file = /data/stile/site.key
[store]
folder = /data/stile
[record]
wait-ms = 5000
scan-age-ms = 30000
[decode]
hold-off-ms = 60000
budget-ms = 5000
[lines]
chip = {chip}
[fire]
line = GPIO5 active-low
reset-line = GPIO6 active-low pull-up
[signals]
denied-ms = 10000
[rules]
health-certificate = admit
[trust]
health-list = /etc/stile/health.trust
[uplink]
host = {broker}
port = {port}
reconnect-max-s = 1
[access-point entry]
direction = entry
camera-source = {camera}
camera-format = {fourcc}
camera-width = {width}
camera-height = {height}
pass-line = GPIO17 pull-down
release-line = GPIO22 pull-down
sensor-line = GPIO13 active-low pull-up
green-line = GPIO24 pull-down
red-line = GPIO25 pull-down
pulse-ms = {pulse_ms}
window-ms = {window_ms}
"""

# Writes the time and the level of a line whenever it has changed. The read is a pause without a new process.
WATCH = """
mkfifo /run/pause.$$ && exec 9<>/run/pause.$$
while :; do
    read level <{value}
    if [ "$level" != "$last" ]; then
        read now rest </proc/uptime
        echo "$now $level"
        last=$level
    fi
    read -t 0.01 -u 9 nothing
done
"""


class Gate:
    """What a test does to the gate, and sees of it. Made by gate()."""

    def __init__(self, guest, broker, collector, issuer, signer):
        self.guest = guest
        self.issuer, self.signer = issuer, signer
        self.collector = collector
        self._port = broker.port
        self._shape = None
        self.daemon = self.uplink = self._journal = self._relay = None

    # Life ------------------------------------------------------------------------------------------------

    def install(self):
        """What a package would: users and folders; and the gate's wiring."""
        # In the group root the uplink may open the socket of a stiled that runs as root.
        self.guest.run(f"""set -e
            echo '{UPLINK_USER}:x:991:991::/:/bin/false' >>/etc/passwd
            sed -i 's/^root:x:0:.*/root:x:0:{UPLINK_USER}/' /etc/group
            echo '{UPLINK_USER}:x:991:' >>/etc/group
            chown {UPLINK_USER} /etc/stile/tls/gate.key && chmod 0400 /etc/stile/tls/gate.key
            mkdir -m 0750 /run/stile
            mkdir -p -m 0700 /data/stile {pathlib.PurePath(CAMERA_LINK).parent}""")
        self.guest.gpio_setup({line: f"GPIO{line}" for line in (5, 6, 13, 17, 22, 24, 25)}, label=CHIP)

    def _watch_relay(self):
        """The fire loop is closed, nobody passes; from now on pulses are counted."""
        self.guest.gpio_pull(FIRE, "pull-down")
        value = f"{self.guest.gpio_folder}/sim_gpio{PASS}/value"
        self._relay = self.guest.start("relay", "sh", "-c", WATCH.format(value=value))

    def set_camera(self, width, height, fourcc):
        """A camera of this shape, with nothing in view."""
        self._shape = (width, height, fourcc)
        self.guest.camera_setup(*self._shape)
        self.guest.camera_show(frames.empty(*self._shape))
        self.plug_camera()

    def restart(self, width, height, fourcc, pulse_ms=1000, window_ms=5000):
        """Stop stiled if it runs, and start it with a camera of this shape; returns its row Started."""
        self.stop()
        self.set_camera(width, height, fourcc)
        org, site, name = NAME.split("/")
        config = CONFIG.format(org=org, site=site, id=name, chip=CHIP, broker=BROKER, port=self._port,
                               camera=CAMERA_LINK, width=width, height=height, fourcc=fourcc, pulse_ms=pulse_ms,
                               window_ms=window_ms)
        self.guest.run(f"cp {self.guest.write('gate.conf', config)} /etc/stile/gate.conf")
        if self._relay is None:
            self._watch_relay()
        return self.start()

    def start(self):
        """Start stiled, and the uplink if it does not run yet; they find everything where it is by default."""
        last = self.last_seq()
        self.daemon = self.guest.start("stiled", "stiled")
        self.daemon.wait_for_log("gate is running")
        self._journal = self.guest.start("journal", "stilectl", "events", "--after", 0, "--follow", "--json")
        if self.uplink is None:
            self.uplink = self.guest.start("uplink", "su", "-s", "/bin/sh", UPLINK_USER, "-c", "exec stile-uplink")
        self.wait(lambda: self.point()["camera"]["state"] == "running", 30, "the camera delivers")
        return self.wait_event("Started", after=last)

    def stop(self):
        """Stop stiled as systemd does; the uplink stays."""
        if self.daemon is not None:
            assert self.daemon.stop() == 0, self.daemon.log
            self._journal.wait()

    # Hands -----------------------------------------------------------------------------------------------

    def show(self, code):
        """Hold a code before the camera."""
        self.guest.camera_show(frames.qr(code, *self._shape))

    def plug_camera(self):
        """What udev does when a camera has come."""
        self.guest.run(f"ln -sf {CAMERA} {CAMERA_LINK}")

    def unplug_camera(self):
        """The camera is torn off, and udev takes its link away."""
        self.guest.camera_unbind()
        self.guest.run(f"rm {CAMERA_LINK}")

    def pass_through(self):
        """Somebody walks through."""
        self.guest.gpio_pull(SENSOR, "pull-down")
        self.guest.gpio_pull(SENSOR, "pull-up")

    def turn_key(self):
        """The key at the fire panel, there and back."""
        self.guest.gpio_pull(KEY, "pull-down")
        self.guest.gpio_pull(KEY, "pull-up")

    def enrol(self, holder, code):
        self.ctl("holder", "add", holder, "--name", holder.title())
        self.ctl("credential", "add", "--holder", holder, "--code", code)

    def ctl(self, *arguments):
        return self.guest.run(shlex.join(["stilectl", *arguments]))

    # Eyes ------------------------------------------------------------------------------------------------

    def status(self):
        return json.loads(self.ctl("status", "--json"))

    def point(self):
        return self.status()["access_points"][0]

    def last_seq(self):
        return self.rows()[-1]["seq"] if self._journal else 0

    def rows(self):
        """The journal, from its first row."""
        lines = self._journal.log.split("\n")[:-1]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def wait_event(self, name, after=0, timeout=60, **fields):
        """The first row of a name after a sequence whose fields are as given."""
        def found():
            for row in self.rows():
                if row["seq"] > after and row["event"] == name and fields.items() <= row.items():
                    return row
            return None
        return self.wait(found, timeout, f"there is {name} {fields or ''} after row {after}")

    def pulses(self):
        """How often the relay has been switched on, as seen from outside."""
        return sum(line.endswith(" 1") for line in self._relay.log.splitlines())

    def level(self, offset):
        return self.guest.gpio_value(offset)

    def wait(self, predicate, timeout, what):
        """wait_until(), which shows what the gate says when it was in vain."""
        try:
            return wait_until(predicate, timeout, what)
        except TimeoutError as error:
            said = [str(error)]
            for program in self.daemon, self.uplink, self._journal:
                if program is not None:
                    said += [f"{program.name}:", *program.log.splitlines()[-8:]]
            raise AssertionError("\n".join(said)) from None


@contextlib.contextmanager
def gate():
    """A guest in which everything is installed and nothing runs yet, beside a broker with a collector."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="stile-site-"))
        broker = SiteBroker(folder, [NAME], [BROKER])
        stack.callback(broker.stop)
        broker.start()
        collector = Collector(broker, NAME)
        stack.callback(collector.close)
        certificate, key = broker.certificate(NAME)
        tls = {"ca.crt": broker.ca, "gate.crt": certificate, "gate.key": key}
        files = {f"/etc/stile/tls/{name}": path for name, path in tls.items()}
        issuer, signer = Issuer(folder), Signer(folder, "ministry")
        issuer.trust()
        files["/etc/stile/issuers/hr.pem"] = issuer.trusted / "hr.pem"
        files["/etc/stile/health.trust"] = pathlib.Path(folder) / "health.trust"
        issuer.ctl("trust", "import", signer.certificate, "--key", "hr", "--out", files["/etc/stile/health.trust"])
        guest = stack.enter_context(Guest(programs=PROGRAMS, disk_mb=32, files=files))
        box = Gate(guest, broker, collector, issuer, signer)
        box.install()
        yield box
