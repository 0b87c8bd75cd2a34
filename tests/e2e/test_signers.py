"""stilectl trust: lists of who signs health certificates; and certificates of our own against their signers."""

import base64
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from certificate import Signer  # noqa: E402
from stile import BUILD, SLOW  # noqa: E402
from tap import run, test  # noqa: E402

VACCINATION, TEST, SERVER = "1.3.6.1.4.1.1847.2021.1.2", "1.3.6.1.4.1.0.1847.2021.1.1", "serverAuth"


class Desk:
    """Where lists are made: an issuer's key, its public half as gates have it, and signers."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.keys, self.issuers = self.folder / "keys", self.folder / "issuers"
        self.list = self.folder / "health.trust"
        self.keys.mkdir()
        self.issuers.mkdir()
        self.issuer("hr")
        self.openssl("pkey", "-in", self.keys / "hr.pem", "-pubout", "-out", self.issuers / "hr.pem")

    def issuer(self, name):
        self.openssl("genpkey", "-algorithm", "ed25519", "-out", self.keys / f"{name}.pem")
        (self.keys / f"{name}.pem").chmod(0o600)

    @staticmethod
    def openssl(*arguments):
        return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True).stdout

    def run(self, *arguments, text=None):
        return subprocess.run([BUILD / "stilectl", *map(str, arguments)], input=text, capture_output=True, text=True,
                              check=False, timeout=60 * SLOW, env={**os.environ, "STILE_KEYS": str(self.keys)})

    def make(self, *sources, key="hr", options=()):
        return self.run("trust", "import", *sources, "--key", key, "--out", self.list, *options)

    def show(self, *options):
        done = self.run("trust", "list", self.list, "--json", *options)
        head, *keys = [json.loads(line) for line in done.stdout.splitlines()] or [None]
        return done.returncode, head, keys

    def inspect(self, text, *signers):
        with tempfile.TemporaryDirectory(dir=self.folder) as trust:
            for signer in signers:
                (pathlib.Path(trust) / signer.certificate.name).write_bytes(signer.certificate.read_bytes())
            return json.loads(self.run("inspect", "--json", "--trust", trust, text=text + "\n").stdout)


@contextlib.contextmanager
def desk():
    with tempfile.TemporaryDirectory(prefix="stile-trust-") as folder:
        yield Desk(folder)


@test("certificates of a folder, of a bundle and of a JSON list come into one list, each once")
def _():
    with desk() as box:
        folder = box.folder / "published"
        folder.mkdir()
        signers = [Signer(folder, "an"), Signer(folder, "binh", rsa=True, usage=VACCINATION), Signer(box.folder, "cuc")]
        der = box.openssl("x509", "-in", signers[2].certificate, "-outform", "DER")
        raw = base64.b64encode(der).decode()
        (box.folder / "list.json").write_text("c2lnbmF0dXJl\n" + json.dumps({"certificates": [
            {"kid": base64.b64encode(signers[2].kid).decode(), "rawData": raw, "country": "VN"},
            {"kid": "AAAAAAAAAAA=", "rawData": raw}, {"country": "VN"}]}))
        done = box.make(folder, box.folder / "list.json", signers[2].certificate, options=["--issuer", "Bộ Y tế"])
        assert done.returncode == 0, done.stderr
        # The two private keys in the folder, and the two bad entries of the JSON.
        assert done.stdout.startswith("wrote 3 keys, ") and "skipped 4, twice there 1" in done.stdout, done.stdout
        assert "list.json, number 2: skipped: its kid is not" in done.stderr, done.stderr
        assert "list.json, number 3: skipped: no rawData" in done.stderr, done.stderr
        code, head, keys = box.show("--trust", box.issuers)
        assert code == 0 and head["signature"] == "good" and head["issuer"] == "Bộ Y tế", head
        assert head["signer"] == "hr.pem" and head["expires"] == "" and not head["expired"], head
        assert {key["kid"] for key in keys} == {signer.kid.hex() for signer in signers}, keys
        assert [key["usage"] for key in keys if "binh" in key["name"]] == [["vaccination"]], keys


@test("what cannot sign health certificates is named and left out")
def _():
    with desk() as box:
        old = box.folder / "old.crt"
        signer = Signer(box.folder, "an")
        box.openssl("req", "-new", "-key", signer.key, "-subj", "/CN=old", "-out", box.folder / "old.csr")
        box.openssl("x509", "-req", "-in", box.folder / "old.csr", "-signkey", signer.key, "-days", "-1", "-out", old)
        server = Signer(box.folder, "server", usage=SERVER)
        (box.folder / "junk").write_bytes(b"\x30\x82junk")
        done = box.make(old, server.certificate, box.folder / "junk", box.folder / "nothing", signer.certificate)
        assert done.returncode == 0 and "wrote 1 keys" in done.stdout, done
        for line in ("old.crt: skipped: the certificate has expired", "junk: skipped: neither",
                     "server.crt, number 1: skipped: the certificate is for something else", "nothing: skipped: No such"):
            assert line.replace("old.crt:", "old.crt, number 1:") in done.stderr, done.stderr
        os.remove(box.list)
        done = box.make(old)
        assert done.returncode == 1 and "nothing was written" in done.stderr and not box.list.exists(), done


@test("a list by a stranger, an edited one and half a one are refused, an old one is called old")
def _():
    with desk() as box:
        signer = Signer(box.folder, "an")
        box.issuer("stranger")
        assert box.make(signer.certificate, key="stranger").returncode == 0
        code, head, _ = box.show("--trust", box.issuers)
        assert code == 1 and head["signature"] == "its signature is wrong", head
        code, head, _ = box.show()
        assert code == 0 and head["signature"] == "not checked", head
        assert box.make(signer.certificate, options=["--valid-until", "2099-01-01"]).returncode == 0
        assert box.show("--trust", box.issuers)[1]["expires"].startswith("209")
        whole = box.list.read_bytes()
        box.list.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
        assert box.show("--trust", box.issuers)[0] == 1
        box.list.write_bytes(whole[:-1])
        assert box.show("--trust", box.issuers) == (1, None, [])
        done = box.make(signer.certificate, options=["--valid-until", "2020-01-01"])
        assert done.returncode == 2 and "is past" in done.stderr, done


@test("a key that others may read, or that is not there, signs nothing")
def _():
    with desk() as box:
        signer = Signer(box.folder, "an")
        (box.keys / "hr.pem").chmod(0o644)
        done = box.make(signer.certificate)
        assert done.returncode == 2 and "chmod 600" in done.stderr and not box.list.exists(), done
        done = box.make(signer.certificate, key="nobody")
        assert done.returncode == 2 and "No such file" in done.stderr, done
        done = box.make(signer.certificate, key="../hr")
        assert done.returncode == 2 and not box.list.exists(), done


@test("a folder of keys is listed too")
def _():
    with desk() as box:
        done = box.run("trust", "list", box.issuers)
        assert done.returncode == 0 and "always  hr.pem" in done.stdout, done


@test("ES256 and PS256 certificates are good with their signers, and expire")
def _():
    with desk() as box:
        for rsa in (False, True):
            signer = Signer(box.folder, f"signer-{rsa}", rsa=rsa)
            answer = box.inspect(signer.sign(), signer)
            assert answer["valid"] and answer["alg"] == ("PS256" if rsa else "ES256"), answer
            assert answer["kid"] == signer.kid.hex() and answer["issuer"] == "VN", answer
            assert answer["fields"]["forename"] == "Văn Mẫu" and answer["fields"]["dose"] == 2, answer
            answer = box.inspect(signer.sign(until=1700000000), signer)
            assert not answer["valid"] and answer["reason"] == "expired", answer


@test("an algorithm that is not the key's, another signer or another use is refused")
def _():
    with desk() as box:
        ec, rsa = Signer(box.folder, "ec"), Signer(box.folder, "rsa", rsa=True)
        for signer, alg in ((ec, -37), (rsa, -7), (ec, -8), (ec, 5), (rsa, -39)):
            answer = box.inspect(signer.sign(alg=alg), ec, rsa)
            assert answer["reason"] == "bad_signature" and answer["step"] == "signature", answer
        assert box.inspect(ec.sign(), rsa)["reason"] == "untrusted_issuer"
        for usage, is_good in ((VACCINATION, True), (TEST, False), (SERVER, False)):
            signer = Signer(box.folder, usage, usage=usage)
            answer = box.inspect(signer.sign(), signer)
            assert answer["valid"] == is_good and answer["fields"]["usage"] == is_good, answer


if __name__ == "__main__":
    sys.exit(run())
