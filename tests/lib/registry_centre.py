"""A centre as gates see it: a registry in buckets, its signed manifest, and parts for whoever asks."""

import hashlib
import hmac
import json
import pathlib
import subprocess
import threading
import time
import zlib

from stile import SLOW, stop_process, wait_until

BLOCKED, BASE, BUCKETS, PART = 256, 257, 258, 16384


def head(kind, number):
    for size, code in ((24, None), (1 << 8, 24), (1 << 16, 25), (1 << 32, 26), (1 << 64, 27)):
        if number < size:
            if code is None:
                return bytes([kind << 5 | number])
            return bytes([kind << 5 | code]) + number.to_bytes(1 << (code - 24), "big")
    raise ValueError(number)


def cbor(value):
    """The one form of RFC 8949, 4.2.1, of what is needed here."""
    if value is True or value is False:
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(cbor(key) + cbor(item) for key, item in value.items())
    raise TypeError(value)


def name_of(bucket):
    return {BLOCKED: "blocked", BASE: "base"}.get(bucket, f"{bucket:02x}")


def number_of(name):
    return {"blocked": BLOCKED, "base": BASE}.get(name) if len(name) > 2 else int(name, 16)


class Centre:
    """Answers `want` of one gate at the broker, by itself, until it is closed."""

    def __init__(self, folder, broker, root="stile/v1/acme/plant/gate-1", aad="stile/v1/acme/plant/registry"):
        self.folder, self.broker, self.root, self.aad = pathlib.Path(folder), broker, root, aad.encode()
        self.rows = [{} for _ in range(BUCKETS)]  # bucket → (kind, key) → record
        self.before = [{} for _ in range(BUCKETS)]
        self.versions = [0] * BUCKETS
        self.digests = [hashlib.sha256(b"").digest()] * BUCKETS
        self.versions_before = list(self.versions)
        self.version = 0
        self.sent = []  # (bucket, from, part)
        self.delay_s = 0
        self.lock = threading.Lock()
        self.key, self.public = self.folder / "centre.pem", self.folder / "centre.public"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)
        subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-out", self.public], check=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.kid = hashlib.sha256(der).digest()[:8]
        self.listener = subprocess.Popen(
            ["mosquitto_sub", "-V", "5", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t", f"{root}/want",
             "-t", "stile-test/centre"], stdout=subprocess.PIPE, text=True)
        self.is_ready = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()
        wait_until(lambda: self.is_ready.is_set() or broker.publish("stile-test/centre", "{}"), "the centre")

    # --- rows ---

    def put_holder(self, holder, name="An", levels=("all",)):
        bucket = hashlib.sha256(holder.encode()).digest()[0]
        self.rows[bucket][(5, holder.encode())] = cbor(
            [5, holder, name, 0, False, False, "", 0, 0, [[level, 0, 0] for level in sorted(levels)]])

    def put_code(self, site_key, holder, code):
        lookup = hmac.new(site_key, b"code\0" + code.encode(), hashlib.sha256).digest()
        self.rows[lookup[0]][(7, lookup)] = cbor([7, lookup, 2, holder, "", 0, 0, 0, False, 0, 0])

    def put_block(self, holder, is_silent=False):
        self.rows[BLOCKED][(8, holder.encode())] = cbor([8, holder, is_silent])

    # --- what gates get ---

    @staticmethod
    def content(rows):
        return b"".join(rows[key] for key in sorted(rows))

    def changes(self, bucket):
        before, now = self.before[bucket], self.rows[bucket]
        changed = {key: record for key, record in now.items() if before.get(key) != record}
        for kind, key in before.keys() - now.keys():
            changed[(kind, key)] = cbor([-kind, key if kind == 7 else key.decode()])
        return self.content(changed)

    def issue(self, age_s=0):
        """Makes what is there the registry, and announces it, as issued so long ago."""
        with self.lock:
            self.version = max(self.version + 1, int(time.time()))
            self.versions_before = list(self.versions)
            buckets = []
            for i in range(BUCKETS):
                content = self.content(self.rows[i])
                digest = hashlib.sha256(content).digest()
                if digest != self.digests[i]:
                    self.versions[i], self.digests[i] = self.version, digest
                buckets.append([self.versions[i], len(content), digest])
        manifest = self.sign(cbor([1, self.version, int(time.time()) - age_s, buckets]))
        self.publish("manifest", manifest, "-r")
        return manifest

    def remember(self):
        """What gates have now is where the next deltas begin."""
        self.before = [dict(rows) for rows in self.rows]

    def sign(self, payload):
        protected = cbor({1: -8, 4: self.kid})
        (self.folder / "to-be-signed").write_bytes(cbor(["Signature1", protected, self.aad, payload]))
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in",
                                    self.folder / "to-be-signed"], check=True, capture_output=True).stdout
        return b"\xd2" + cbor([protected, {}, payload, signature])

    def publish(self, leaf, payload, *options):
        subprocess.run(["mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(self.broker.port), "-q", "1", "-t",
                        f"{self.root}/registry/{leaf}", "-s", *options], input=payload, check=True,
                       timeout=30 * SLOW)

    def parts(self, bucket, version):
        with self.lock:
            is_delta = version != 0 and version == self.versions_before[bucket]
            content = self.changes(bucket) if is_delta else self.content(self.rows[bucket])
            deflated = zlib.compress(content, 6)
            count = (len(deflated) + PART - 1) // PART
            return [cbor([1, bucket, version if is_delta else 0, self.versions[bucket], len(content), len(deflated),
                          i, count, deflated[i * PART:(i + 1) * PART]]) for i in range(count)]

    def _serve(self):
        for line in self.listener.stdout:
            message = json.loads(line)
            self.is_ready.set()
            if message.get("type") != "stile.want.v1":
                continue
            for want in message["data"]["buckets"]:
                bucket = number_of(want["bucket"])
                for part in self.parts(bucket, want["from"])[want["part"]:want["part"] + want["count"]]:
                    time.sleep(self.delay_s)
                    self.sent.append((want["bucket"], want["from"], want["part"]))
                    self.publish(want["bucket"], part)

    def close(self):
        stop_process(self.listener)
