"""A site's registry from stilectl at the centre to a gate that the test plays, as docs/registry-sync.md says it: what
is here is another implementation of the gate's end."""

import contextlib
import hashlib
import json
import pathlib
import subprocess
import sys
import threading
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import cbor  # noqa: E402
from registry_site import Site  # noqa: E402
from stile import Broker, folder, gate, stop_process, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

ROOT = "stile/v1/acme/plant/gate-1"
NAMES = [f"{number:02x}" for number in range(256)] + ["blocked", "base"]
EMPTY = hashlib.sha256(b"").digest()
PEOPLE = 300


def key_of(record):
    """Kind and key's bytes: what records are in order of."""
    kind = abs(record[0])
    if kind == 4:
        return kind, record[1].to_bytes(2, "big") + bytes(record[2:4])
    if kind == 7:
        return kind, record[1]
    if kind == 9:
        return kind, (record[1] or bytes(32)) + record[2].encode()
    return kind, record[1].encode()


class Listener:
    """What comes down to the gate, in bytes."""

    def __init__(self, broker):
        self.manifests, self.parts = [], []
        self.process = subprocess.Popen(
            ["mosquitto_sub", "-V", "5", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t", f"{ROOT}/registry/#",
             "-t", "stile-test/ready", "-F", "%r %t %x"], stdout=subprocess.PIPE, text=True)
        self.is_ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        wait_until(lambda: self.is_ready.is_set() or broker.publish("stile-test/ready", "x"), "the subscription")

    def _read(self):
        for line in self.process.stdout:
            _, topic, payload = line.rstrip("\n").split(" ", 2)
            if topic == "stile-test/ready":
                self.is_ready.set()
            elif topic.endswith("/manifest"):
                self.manifests.append(bytes.fromhex(payload))
            else:
                self.parts.append((topic.rsplit("/", 1)[1], cbor.load(bytes.fromhex(payload))))

    def close(self):
        stop_process(self.process)


class PlayedGate:
    """Holds buckets, asks for what it lacks, believes a manifest and nothing else."""

    def __init__(self, site):
        self.site = site
        self.listener = Listener(site.broker)
        self.held = {name: (0, {}) for name in NAMES}
        self.wire = 0

    def birth(self):
        self.site.broker.publish(f"{ROOT}/birth", json.dumps({
            "specversion": "1.0", "source": "/stile/acme/plant/gate-1", "type": "stile.birth.v1",
            "id": "01a20b82-970d-705a-8d0f-125a0fc6ba98", "datacontenttype": "application/json",
            "data": {"state": "online", "boot": "x", "epoch": "018f0000-0000-7000-8000-0000000000ee", "software": "0.1.0",
                     "head": 0, "acked": 0, "oldest": 0, "clock": "synchronised"}}))

    def wait_manifest(self, after=0):
        def newest():
            for message in reversed(self.listener.manifests):
                manifest = self.open(message)
                if manifest[1] > after:
                    return manifest
            return None
        return wait_until(newest, "a manifest", 20)

    def open(self, message):
        tagged = cbor.load(message)
        protected, unprotected, payload, signature = tagged.value
        assert tagged.number == 18 and unprotected == {} and cbor.load(protected)[1] == -8
        signed = cbor.dump(["Signature1", protected, b"stile/v1/acme/plant/registry", payload])
        self.site.verify(signed, signature)
        manifest = cbor.load(payload)
        assert manifest[0] == 1 and len(manifest[3]) == 258
        return manifest

    def ask(self, version, name, start, part, count):
        self.site.broker.publish(f"{ROOT}/want", json.dumps({
            "specversion": "1.0", "type": "stile.want.v1", "data": {"manifest": version, "buckets": [
                {"bucket": name, "from": start, "part": part, "count": count}]}}))

    def fetch(self, version, name, to, start):
        """The whole stream of a bucket: from which version it is, and what it inflates to."""
        got = {}
        self.ask(version, name, start, 0, 8)

        def is_complete():
            for bucket, part in list(self.listener.parts):
                assert part[0] == 1 and len(part) == 9 and NAMES[part[1]] == bucket
                if bucket == name and part[3] == to and part[2] in (0, start):
                    got[part[6]] = part
            return got and len(got) == next(iter(got.values()))[7]
        wait_until(is_complete, f"the parts of {name}", 20)
        self.listener.parts.clear()
        deflated = b"".join(got[number][8] for number in sorted(got))
        content = zlib.decompress(deflated)
        assert len(content) == got[0][4] and len(deflated) == got[0][5]
        self.wire += len(deflated)
        return got[0][2], content

    def follow(self, manifest):
        for number in [256, 257, *range(256)]:
            name, (to, size, digest) = NAMES[number], manifest[3][number]
            version, records = self.held[name]
            if self.digest(records) != digest:
                start, content = self.fetch(manifest[1], name, to, version)
                records = {} if start == 0 else dict(records)
                last = (0, b"")
                for record, encoded in cbor.sequence(content):
                    assert key_of(record) > last, "records are out of order"
                    last = key_of(record)
                    if record[0] < 0:
                        records.pop(last, None)
                    else:
                        records[last] = encoded
                assert self.digest(records) == digest and sum(map(len, records.values())) == size, name
            self.held[name] = (to, records)

    @staticmethod
    def digest(records):
        return hashlib.sha256(b"".join(records[key] for key in sorted(records))).digest()

    def records(self, name=None):
        return [cbor.load(encoded) for each in ([name] if name else NAMES)
                for encoded in self.held[each][1].values()]


@contextlib.contextmanager
def site():
    with folder() as path:
        made = Site(path, Broker(path).start())
        try:
            made.collector.start()
            yield made
        except Exception:
            print("# " + "\n# ".join(made.collector.log_text().splitlines()[-30:]))
            raise
        finally:
            made.collector.stop()
            made.broker.stop()


@contextlib.contextmanager
def played(made):
    gate = PlayedGate(made)
    try:
        yield gate
    finally:
        gate.listener.close()


@test("people imported at the centre come to a gate, bucket by bucket, and what changes later comes alone")
def _():
    with site() as made, played(made) as gate:
        csv = made.path / "people.csv"
        csv.write_text("id,name,code\n" + "".join(f"w-{n:04d},Nguyễn Văn {n},7400{n:04d}\n" for n in range(PEOPLE)))
        made.ctl("holder", "import", csv)
        gate.birth()
        manifest = gate.wait_manifest()
        while sum(record[0] == 5 for record in gate.records()) < PEOPLE:
            manifest = gate.wait_manifest(manifest[1]) if gate.wire else manifest
            gate.follow(manifest)
        assert sum(record[0] == 7 for record in gate.records()) == PEOPLE
        whole = gate.wire
        made.ctl("holder", "block", "w-0007")
        made.ctl("holder", "remove", "w-0008")
        while not gate.records("blocked") or any(record[1] == "w-0008" for record in gate.records()):
            manifest = gate.wait_manifest(manifest[1])
            gate.follow(manifest)
        assert gate.records("blocked") == [[8, "w-0007", False]]
        assert not any(record[0] == 7 and record[3] == "w-0008" for record in gate.records())
        print(f"# {PEOPLE} people: {whole} bytes; a block and a removal: {gate.wire - whole}")
        assert gate.wire - whole < whole / 20


@test("a centre that is killed goes on where it was, and tells its gates again")
def _():
    with site() as made, played(made) as gate:
        made.ctl("holder", "add", "an", "--name", "Nguyễn Văn An")
        gate.birth()
        manifest = gate.wait_manifest()
        made.collector.kill()
        made.collector.start()
        gate.follow(gate.wait_manifest())
        made.ctl("holder", "add", "binh", "--name", "Trần Thị Bình")
        made.collector.kill()
        made.collector.start()
        while "binh" not in [record[1] for record in gate.records()]:
            manifest = gate.wait_manifest(manifest[1])
            gate.follow(manifest)


@test("a gate that connects later finds the manifest at the broker")
def _():
    with site() as made:
        with played(made) as gate:
            gate.birth()
            version = gate.wait_manifest()[1]
        made.collector.stop()
        with played(made) as gate:
            assert gate.wait_manifest()[1] == version


@test("verbs of a gate are refused at the centre, in words")
def _():
    with site() as made:
        made.ctl("events", code=2)


@test("who is enrolled at the centre passes at a gate, and who is blocked there does not any more")
def _():
    with gate(with_broker=True, start=False) as box:
        made = Site(box.folder, box.broker, site_key=box.folder / "key")
        try:
            box.options.update({"manager centre.key": made.path / "centre.pub", "manager centre.roles": "registry"})
            box.write_config()
            box.start()
            box.wait_seeing()
            made.collector.start()
            made.ctl("holder", "add", "an", "--name", "Nguyễn Văn An")
            made.ctl("credential", "add", "--holder", "an", "--code", "CODE-0001")
            wait_until(lambda: box.status()["registry"]["credentials"] == 1, "the card at the gate", 30)
            box.scene.show("CODE-0001")
            box.wait_event("AccessGranted", holder="an")
            box.scene.clear()
            box.wait_event("AccessNotTaken")
            made.ctl("holder", "block", "an")
            version = box.status()["registry"]["version"]
            wait_until(lambda: box.status()["registry"]["version"] > version, "the block at the gate", 30)
            box.scene.show("CODE-0001")
            box.wait_event("AccessDenied", reason="blocked")
        except Exception:
            print("# " + "\n# ".join(made.collector.log_text().splitlines()[-30:]))
            raise
        finally:
            made.collector.stop()


if __name__ == "__main__":
    sys.exit(run())
