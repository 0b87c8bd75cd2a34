"""The centre for torture: a broker whose disk is small, and a collector, both to be killed at any moment."""

import contextlib
import pathlib
import resource
import signal
import sqlite3
import subprocess
import sys

from stile import Broker, stop_process, wait_until

LIB = pathlib.Path(__file__).resolve().parent
SOURCE = LIB.parents[1]
DISK = 1 << 20  # of the broker
COLUMNS = "seq, id, time, event, access_point, direction, reason, credential_class, subject, grant_seq"


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


class SmallBroker(Broker):
    """Everywhere: plain for simulated gates, TLS (port + 1 of the same certificate authority) for real ones. Keeps its
    state on a disk of its own. With `hosts`, the addresses that its certificate names."""

    def __init__(self, folder, hosts=("127.0.0.1",)):
        super().__init__(folder)
        self.folder = pathlib.Path(folder)
        self.certificates = self.folder / "tls"
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", self.disk], check=True)
        self.certify("ca")
        self.certify("server", *hosts)
        self.tls_port = self.port + 1
        self.put_away = 0  # state files that a full disk left unreadable
        self.config.write_text(f"""user root
per_listener_settings true
listener {self.port}
allow_anonymous true
listener {self.tls_port}
cafile {self.certificates}/ca.crt
certfile {self.certificates}/server.crt
keyfile {self.certificates}/server.key
require_certificate true
use_identity_as_username true
persistence true
persistence_location {self.disk}/
autosave_on_changes true
autosave_interval 300
max_queued_messages 0
max_inflight_messages 0
set_tcp_nodelay true
""")

    def certify(self, *words):
        kind, *names = words
        self.certificates.mkdir(exist_ok=True)
        subprocess.run(["sh", SOURCE / "config/mosquitto/make-certificates.sh", kind, self.certificates, *names],
                       check=True, capture_output=True)

    def start(self):
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        with contextlib.suppress(AssertionError):
            return super().start()
        # An operator's part: mosquitto does not start over a state file that it cannot read.
        stop_process(self.process)
        for path in self.disk.glob("mosquitto.db*"):
            path.unlink()
        self.put_away += 1
        return super().start()

    def fill(self):
        with contextlib.suppress(OSError), open(self.disk / "ballast", "wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))

    def empty(self):
        (self.disk / "ballast").unlink(missing_ok=True)

    def close(self):
        self.stop()
        subprocess.run(["umount", self.disk], check=False)


class StandIn:
    """tests/lib/stand_in.py and its table."""

    def __init__(self, folder, broker):
        self.path = pathlib.Path(folder) / "centre.db"
        self.broker = broker
        self.process = None

    def start(self):
        self.process = subprocess.Popen([sys.executable, LIB / "stand_in.py", str(self.broker.port), self.path])
        return self

    def kill(self):
        kill(self.process)

    def close(self):
        stop_process(self.process)

    def tally(self):
        with self._open() as database:
            return dict(database.execute("SELECT what, number FROM tally"))

    @contextlib.contextmanager
    def _open(self):
        wait_until(self.path.exists, "the collector's table")
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            yield database

    def journals(self):
        """(gate's root, epoch) → its rows' lines as the fleet writes them, in the order in which they were stored."""
        journals = {}
        with self._open() as database:
            for root, epoch, *fields in database.execute(
                    f"SELECT gate, epoch, {COLUMNS} FROM entry ORDER BY number"):
                line = "\t".join("" if value is None else str(value) for value in fields)
                journals.setdefault((root, epoch), []).append(line)
        return journals
