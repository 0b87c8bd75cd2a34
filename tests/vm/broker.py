"""The site's broker as stilectl configures it, with certificates of their own, on this machine's loopback.

And a collector that stores what a gate sends and acknowledges it, as the one of a real site does.
"""

import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import stile  # noqa: E402
from site_ca import SiteCa  # noqa: E402

COLLECTOR, _ACKNOWLEDGER = "dashboard", "dashboard-2"  # one certificate is one connection


class SiteBroker(stile.Broker):
    """A mosquitto with TLS and the shipped access list. `names` are those by which gates reach it, `address` where it
    listens."""

    def __init__(self, folder, gates, names, address="127.0.0.1"):
        self.folder = pathlib.Path(folder)
        self.port = stile.free_port()
        self.config = self.folder / "mosquitto.conf"
        self.process = None
        self._ca = SiteCa(self.folder / "ca")
        self._ca.server(*names, "127.0.0.1")
        for gate in gates:
            self._ca.gate(gate)
        for name in COLLECTOR, _ACKNOWLEDGER:
            self._ca.client(name)
        self._write_config(address)

    def certificate(self, name):
        """Paths of the certificate and the key that were made for a name; a gate's is org/site/gate."""
        return self._ca.files(name)

    @property
    def ca(self):
        return self._ca.certificate

    def client(self, program, name, *options):
        """The command line of mosquitto_pub or mosquitto_sub under the name of a certificate."""
        certificate, key = self.certificate(name)
        return [program, "-V", "5", "-h", "127.0.0.1", "-p", str(self.port), "-q", "1", "--cafile", str(self.ca),
                "--cert", str(certificate), "--key", str(key), *options]

    def _write_config(self, address):
        stile_folder = self.folder / "stile"
        # Else mosquitto leaves root, and what its folder holds. It is no matter to one that is not root.
        self.config.write_text(f"user root\npersistence_location {self.folder}/\n"
                               + self._ca.broker_config_at(stile_folder, self.port, address=address))


class Collector:
    """Keeps every message of a gate, and acknowledges its entries up to the first that is missing."""

    def __init__(self, broker, gate):
        root = f"stile/v1/{gate}"
        self.messages = []  # (leaf, CloudEvent)
        self.entries = {}   # (epoch, seq) -> CloudEvent
        self._acked = {}
        self._root = root
        self._is_subscribed = threading.Event()
        self._acks = subprocess.Popen(broker.client("mosquitto_pub", _ACKNOWLEDGER, "-t", f"{root}/ack", "-l"),
                                      stdin=subprocess.PIPE, text=True)
        # stdbuf: that it has subscribed would otherwise stay in a buffer.
        self._sub = subprocess.Popen(
            ["stdbuf", "-oL", *broker.client("mosquitto_sub", COLLECTOR, "-t", f"{root}/#", "-d", "-F", "%t %p")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._read, daemon=True).start()
        if not self._is_subscribed.wait(20):
            self.close()
            raise TimeoutError("the collector could not subscribe")

    def leaf(self, leaf):
        """The data of the messages of one leaf, oldest first."""
        return [event["data"] for name, event in list(self.messages) if name == leaf]

    def close(self):
        stile.stop_process(self._sub)
        with contextlib.suppress(OSError):
            self._acks.stdin.close()
        stile.stop_process(self._acks)

    def _read(self):
        for line in self._sub.stdout:
            if line.startswith("Subscribed "):
                self._is_subscribed.set()
            elif line.startswith(self._root + "/"):
                topic, payload = line.split(" ", 1)
                self._store(topic.removeprefix(self._root + "/"), json.loads(payload))

    def _store(self, leaf, event):
        self.messages.append((leaf, event))
        if leaf != "entry":
            return
        epoch = event["data"]["epoch"]
        self.entries[epoch, event["data"]["seq"]] = event
        acked = self._acked.get(epoch, 0)
        while (epoch, acked + 1) in self.entries:
            acked += 1
        self._acked[epoch] = acked
        with contextlib.suppress(OSError, ValueError):
            self._acks.stdin.write(json.dumps({"epoch": epoch, "seq": acked}) + "\n")
            self._acks.stdin.flush()
