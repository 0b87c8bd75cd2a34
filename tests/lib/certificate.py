"""Health certificates of our own making, for tests: signed with openssl, encoded here."""

import pathlib
import struct
import subprocess
import time
import zlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45(data):
    text = ""
    for at in range(0, len(data) - 1, 2):
        rest, third = divmod(data[at] * 256 + data[at + 1], 45 * 45)[::-1]
        second, first = divmod(rest, 45)
        text += ALPHABET[first] + ALPHABET[second] + ALPHABET[third]
    if len(data) % 2:
        second, first = divmod(data[-1], 45)
        text += ALPHABET[first] + ALPHABET[second]
    return text


def cbor(value):
    """Deterministic CBOR of ints, bytes, texts, lists and dicts."""
    def head(major, number):
        for size, letter in ((24, None), (1 << 8, "B"), (1 << 16, "H"), (1 << 32, "I"), (1 << 64, "Q")):
            if number < size:
                if letter is None:
                    return bytes([major << 5 | number])
                return bytes([major << 5 | 24 + "BHIQ".index(letter)]) + struct.pack(">" + letter, number)
        raise ValueError(number)
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(item) for key, item in value.items())


def raw_signature(der):
    """An ECDSA-Sig-Value of P-256 as r and s of 32 bytes each."""
    def integer(at):
        return int.from_bytes(der[at + 2:at + 2 + der[at + 1]], "big").to_bytes(32, "big"), at + 2 + der[at + 1]
    r, at = integer(2)
    s, _ = integer(at)
    return r + s


class Signer:
    """Who signs certificates: a key (ES256, or PS256 of RSA) and its own certificate, maybe for some uses only."""

    def __init__(self, folder, name, rsa=False, usage=None):
        self.rsa = rsa
        self.key = pathlib.Path(folder) / f"{name}.key"
        self.certificate = pathlib.Path(folder) / f"{name}.crt"
        if not self.key.exists():
            key = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
            subprocess.run(["openssl", "req", "-x509", "-newkey", *key, "-nodes", "-keyout", self.key, "-out",
                            self.certificate, "-days", "365", "-subj", f"/CN={name}",
                            *(["-addext", f"extendedKeyUsage={usage}"] if usage else [])],
                           check=True, capture_output=True)
        der = subprocess.run(["openssl", "x509", "-in", self.certificate, "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.kid = subprocess.run(["openssl", "dgst", "-sha256", "-binary"], input=der, check=True,
                                  capture_output=True).stdout[:8]

    def sign(self, until=None, number="URN:UVCI:01:VN:TEST0001", alg=None):
        """The text of a vaccination certificate of a made-up person."""
        now = int(time.time())
        entry = {"tg": "840539006", "vp": "J07BX03", "mp": "EU/1/21/1529", "ma": "ORG-100030215", "dn": 2, "sd": 2,
                 "dt": "2021-06-11", "co": "VN", "is": "Test", "ci": number}
        person = {"fn": "Nguyễn", "fnt": "NGUYEN", "gn": "Văn Mẫu", "gnt": "VAN<MAU"}
        claims = {1: "VN", 4: int(until or now + 86400), 6: now - 60,
                  -260: {1: {"ver": "1.3.0", "nam": person, "dob": "1988-02-01", "v": [entry]}}}
        protected, payload = cbor({1: alg or (-37 if self.rsa else -7), 4: self.kid}), cbor(claims)
        signed = cbor(["Signature1", protected, b"", payload])
        padding = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"] if self.rsa else []
        signature = subprocess.run(["openssl", "dgst", "-sha256", *padding, "-sign", self.key], input=signed, check=True,
                                   capture_output=True).stdout
        cose = b"\xd2" + cbor([protected, {}, payload, signature if self.rsa else raw_signature(signature)])
        return "HC1:" + base45(zlib.compress(cose, 9))
