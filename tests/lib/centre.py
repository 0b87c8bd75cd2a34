"""The centre for torture: a broker whose disk is small, and a collector, both to be killed at any moment."""

import contextlib
import datetime
import pathlib
import re
import resource
import signal
import subprocess
import uuid

from stile import Archive, Broker, free_port, stop_process, wait_until

DISK = 1 << 20  # of the broker


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


class SmallBroker(Broker):
    """Everywhere: plain for simulated gates, TLS (of a certificate authority of its own) for real ones. Keeps its
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
        self.tls_port = free_port()
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
log_dest file {self.folder}/mosquitto.log
""")

    def unsaved(self):
        """How often it could not write its state."""
        text = (self.folder / "mosquitto.log").read_text(errors="replace")
        return len(re.findall("No space left|Error saving|Unable to open|unable to write", text, re.IGNORECASE))

    def _openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self.certificates)

    def certify(self, kind, *names):
        """ca; server HOST…; gate ORG SITE GATE. The common name is what the broker's access list would hang on."""
        self.certificates.mkdir(exist_ok=True)
        file = ".".join([kind, *names]) if kind == "gate" else kind
        subject = f"/CN={names[-1] if names else kind}"
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{file}.key", "-subj", subject)
        if kind == "ca":
            self._openssl("req", "-x509", *key, "-days", "9", "-out", "ca.crt")
            return
        self._openssl("req", "-new", *key, "-out", f"{file}.csr")
        addresses = ",".join(f"IP:{name}" for name in names) if kind == "server" else "DNS:gate"
        (self.certificates / f"{file}.ext").write_text(f"subjectAltName={addresses}\n")
        self._openssl("x509", "-req", "-in", f"{file}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                      "9", "-extfile", f"{file}.ext", "-out", f"{file}.crt")

    def gate_options(self, host, *name):
        """What a gate's configuration says to come by TLS to `host`, with a certificate for its name."""
        self.certify("gate", *name)
        certificate = self.certificates / ".".join(["gate", *name])
        return {"uplink.tls": "yes", "uplink.host": host, "uplink.port": self.tls_port,
                "uplink.ca-file": self.certificates / "ca.crt", "uplink.certificate-file": f"{certificate}.crt",
                "uplink.private-key-file": f"{certificate}.key"}

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
        try:
            return super().start()
        except AssertionError as error:
            log = (self.folder / "mosquitto.log").read_text(errors="replace")[-1000:]
            self.close()
            raise AssertionError(f"{error}\n{log}") from error

    def fill(self):
        with contextlib.suppress(OSError), open(self.disk / "ballast", "wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))

    def empty(self):
        (self.disk / "ballast").unlink(missing_ok=True)

    def close(self):
        self.stop()
        subprocess.run(["umount", self.disk], check=False)


class Centre(Archive):
    """stile-collector, started without waiting (the broker may be down), and its table in the fleet's words."""

    def start(self, **popen):
        return self.launch(**popen)

    def wait_connected(self):
        wait_until(lambda: "feed connected" in self.log_text(), "the collector to connect", 60)

    def stored(self):
        """Of each row: gate, epoch, sequence, and the rest; in the order of their sequence."""
        for name, epoch, seq, row_id, *rest, subject, grant in self.query(
                "SELECT name, epoch, seq, entry.id, at, event, access_point, direction, reason, credential_class,"
                " subject, grant_seq FROM entry JOIN stream ON stream.id = stream JOIN gate ON gate.id = gate"
                " ORDER BY stream.id, seq"):
            yield (name, str(uuid.UUID(bytes=epoch)), seq, str(uuid.UUID(bytes=row_id)), *rest,
                   subject.hex() if subject else None, grant)

    def journals(self):
        """(gate's root, epoch) → its rows' lines as the fleet writes them (story.h), in the order of their sequence."""
        journals = {}
        for name, epoch, seq, row_id, at, *rest in self.stored():
            fields = (seq, row_id, rfc3339(at), *rest)
            line = "\t".join("" if field is None else str(field) for field in fields)
            journals.setdefault((f"stile/v1/{name}", epoch), []).append(line)
        return journals

    def tally(self):
        """What it counted, as far as no kill cut its account short; and what its table says."""
        tally = {f"{what} (at least)": sum(map(int, re.findall(rf"\b{what}=(\d+)", self.log_text())))
                 for what in ("duplicates", "refused", "asked")}
        for what, sql in (("entries", "SELECT count(*) FROM entry"), ("losses", "SELECT count(*) FROM loss"),
                          ("overtaken rows", "SELECT count(*) FROM entry AS early JOIN entry AS late ON late.stream ="
                                             " early.stream AND late.seq = early.seq + 1 AND late.rowid < early.rowid"),
                          ("not contiguous", "SELECT count(*) FROM stream WHERE contiguous != highest")):
            tally[what] = self.query(sql)[0][0]
        return tally


def rfc3339(microseconds):
    when = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=microseconds)
    return when.isoformat(timespec="milliseconds") + "Z"
