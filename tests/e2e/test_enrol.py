"""Enrolment and renewal of gates: stilectl at both ends, over real TLS on loopback."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from dashboard import Dashboard  # noqa: E402
from site_ca import SiteCa, ctl, must  # noqa: E402
from stile import BUILD, SLOW, folder, free_port, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

GATE, OTHER = "acme/hq/gate-1", "acme/hq/gate-2"


class Desk:
    """A CA whose desk serves gates."""

    def __init__(self, path, *options, **environment):
        self.ca = SiteCa(path / "ca")
        self.port = free_port()
        self.at = f"127.0.0.1:{self.port}"
        self.said = []
        self.process = subprocess.Popen(
            [BUILD / "stilectl", "gate", "serve", "--ca", self.ca.folder, "--listen", self.at, *options], stdout=subprocess.PIPE,
            text=True, env={**os.environ, **environment})
        threading.Thread(target=self._read, daemon=True).start()
        wait_until(lambda: "serve: ready" in self.said, "the desk")

    def _read(self):
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))

    def token(self, gate=GATE, *options):
        return must("gate", "token", gate, "--ca", self.ca.folder, *options).splitlines()[0]

    def heard(self, pattern):
        wait_until(lambda: any(re.search(pattern, line) for line in self.said), f"{pattern} in {self.said}")

    def raw(self, line, certificate=None):
        """The answer to a line of bytes; None when the desk hangs up, which may show at any step after the connection."""
        context = ssl.create_default_context(cafile=self.ca.certificate)
        if certificate:
            context.load_cert_chain(*certificate)
        answer = b""
        with socket.create_connection(("127.0.0.1", self.port), 20) as plain:
            try:
                # In TLS 1.3 a refused client certificate shows only in what comes after the handshake.
                with context.wrap_socket(plain, server_hostname="enrolment.stile.invalid") as link:
                    link.sendall(line)
                    while chunk := link.recv(65536):
                        answer += chunk
            except ssl.SSLCertVerificationError:
                raise  # we hang up, not the desk
            except (ConnectionError, ssl.SSLError):
                pass
        return json.loads(answer) if answer else None

    def listed(self, kind):
        lines = must("ca", "list", self.ca.folder, "--json").splitlines()
        return [row for row in map(json.loads, lines) if row["kind"] == kind]

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20 * SLOW)


@contextlib.contextmanager
def desk(*options, **environment):
    with folder() as path:
        box = Desk(path, *options, **environment)
        try:
            yield box, path
        finally:
            if box.process.poll() is None:
                box.close()
            box.process.stdout.close()


def enrol(box, token, tls, *options):
    tls.mkdir(mode=0o700, exist_ok=True)
    return ctl("gate", "enrol", "--at", box.at, "--tls", tls, *options, text=token + "\n")


def name_in(certificate):
    text = subprocess.run(["openssl", "x509", "-noout", "-subject", "-in", certificate], capture_output=True, text=True,
                          check=True).stdout
    return re.search(r"CN ?= ?(.*)", text)[1].strip()


def csr(path, name="x", *key):
    subprocess.run(["openssl", "req", "-new", "-nodes", "-newkey", *(key or ("ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256")), "-keyout", path / "raw.key", "-out", path / "raw.csr", "-subj",
                    "/CN=" + name.replace("/", "\\/"), "-addext", "basicConstraints=critical,CA:TRUE"],
                   check=True, capture_output=True)
    return (path / "raw.csr").read_text()


def secret(token):
    return token.removeprefix("stile-enrol-1:")[:32]


@test("a gate gets a certificate for a key that it made itself, and only the certificate travels")
def _():
    with desk() as (box, path):
        tls = path / "tls"
        done = enrol(box, box.token(), tls)
        assert done.returncode == 0, done.stderr
        assert name_in(tls / "gate.crt") == GATE
        assert (tls / "gate.key").stat().st_mode & 0o777 == 0o600
        assert (tls / "ca.crt").read_bytes() == box.ca.certificate.read_bytes()
        assert (tls / "enrolment-server").read_text() == box.at + "\n"
        verify = ["openssl", "verify", "-CAfile", tls / "ca.crt", "-purpose"]
        assert subprocess.run([*verify, "sslclient", tls / "gate.crt"], capture_output=True, check=False).returncode == 0
        assert subprocess.run([*verify, "sslserver", tls / "gate.crt"], capture_output=True, check=False).returncode != 0
        key = (tls / "gate.key").read_text().splitlines()[1]
        assert all(key not in file.read_text() for file in box.ca.folder.iterdir())
        assert box.close() == 0


@test("a dashboard has tokens made for its managers, and nobody else's certificate does")
def _():
    with desk("--granter", "dashboard") as (box, path):
        for name in ("dashboard", "dashboard-2"):
            box.ca.client(name)
        certificate = {name: (box.ca.folder / f"{name}.crt", box.ca.folder / f"{name}.key") for name in ("dashboard", "dashboard-2")}
        wish = b'{"grant": {"gate": "acme/hq/gate-1"}}\n'
        assert box.raw(wish)["error"]["reason"] == "not_granter"
        assert box.raw(wish, certificate["dashboard-2"])["error"]["reason"] == "not_granter"
        assert box.raw(b'{"grant": {"gate": "acme/hq"}}\n', certificate["dashboard"])["error"]["reason"] == "bad_request"
        assert box.raw(b'{"grant": {"gate": "acme/hq/gate-1", "days": 1}}\n', certificate["dashboard"])["error"]["reason"] == "bad_request"

        made = Dashboard(path, options={"enrolment.desk": box.at, "broker.ca-file": box.ca.certificate,
                                        "broker.certificate-file": certificate["dashboard"][0],
                                        "broker.private-key-file": certificate["dashboard"][1]})
        try:
            made.start()
            root = made.root()
            manager, other, guard = (made.add(root, name, grant) for name, grant in (
                ("mai", ("manager", "acme")), ("oz", ("manager", "hn")), ("gia", ("guard", "acme"))))
            assert manager.get("session")["enrolment"] is True
            for person in (other, guard):
                assert person.ask("POST", "enrolments", {"gate": GATE}).status == 403
            for wrong in ({}, {"gate": "acme/hq"}, {"gate": "acme/hq/Gate"}, {"gate": 7}, []):
                assert manager.ask("POST", "enrolments", wrong).status == 400, wrong
            assert manager.ask("GET", "enrolments").status == 405
            given = manager.ask("POST", "enrolments", {"gate": GATE}).json
            assert given["desk"] == box.at and given["gate"] == GATE, given
            assert enrol(box, given["token"], path / "tls").returncode == 0
            assert name_in(path / "tls" / "gate.crt") == GATE
            assert enrol(box, given["token"], path / "again").returncode == 1
            assert any(line["action"] == "gate_enrol" and line["target"] == GATE for line in root.get("audit")["entries"])
            assert secret(given["token"]) not in made.log_text() + "".join(box.said)
            assert box.ca.revoke("dashboard") == "revoked 1\n"
            assert manager.ask("POST", "enrolments", {"gate": OTHER}).status == 503
            box.close()
            assert manager.ask("POST", "enrolments", {"gate": OTHER}).reason == "desk"
        finally:
            made.stop()


@test("a desk without --granter makes no tokens for anybody")
def _():
    with desk() as (box, _path):
        box.ca.client("dashboard")
        said = box.raw(b'{"grant": {"gate": "acme/hq/gate-1"}}\n', (box.ca.folder / "dashboard.crt", box.ca.folder / "dashboard.key"))
        assert said["error"]["reason"] == "not_granter" and not box.listed("token"), said


@test("a token is good once, however many ask with it at the same time")
def _():
    with desk() as (box, path):
        token = box.token()
        with ThreadPoolExecutor(3) as pool:
            codes = sorted(pool.map(lambda n: enrol(box, token, path / f"tls{n}").returncode, range(3)))
        assert codes == [0, 1, 1], codes
        again = enrol(box, token, path / "again")
        assert again.returncode == 1 and "bad_token" in again.stderr, again.stderr
        assert len(box.listed("gate")) == 1


@test("an expired token, one that was replaced and one whose gate was revoked are refused")
def _():
    with desk() as (box, path):
        old = box.token(GATE, "--valid", "1s")
        wait_until(lambda: not box.listed("token"), "the token to expire")
        replaced, revoked = box.token(OTHER), box.token(OTHER)
        done = enrol(box, replaced, path / "tls")
        assert done.returncode == 1 and "bad_token" in done.stderr, done.stderr
        assert box.ca.revoke(OTHER) == "revoked 1\n"
        for token in (old, revoked):
            done = enrol(box, token, path / "tls")
            assert done.returncode == 1 and "bad_token" in done.stderr, done.stderr
        assert not (path / "tls" / "gate.crt").exists() and not box.listed("gate")


@test("a token is nowhere in the CA's folder, and never an argument")
def _():
    with desk() as (box, path):
        token = box.token()
        assert all(secret(token) not in file.read_text() for file in box.ca.folder.iterdir())
        assert ctl("gate", "enrol", token, "--at", box.at, "--tls", path).returncode == 2
        (path / "token").write_text(token + "\n")
        (path / "token").chmod(0o644)
        done = ctl("gate", "enrol", "--token-file", path / "token", "--at", box.at, "--tls", path)
        assert done.returncode == 2 and "chmod 600" in done.stderr, done.stderr
        (path / "token").chmod(0o600)
        must("gate", "enrol", "--token-file", path / "token", "--at", box.at, "--tls", path)


@test("a server of another CA hears nothing of the token")
def _():
    with desk() as (box, path), desk() as (other, _path):
        token = box.token()
        done = enrol(other, token, path / "tls")
        assert done.returncode == 2 and "certificate" in done.stderr, done.stderr
        wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
        done = enrol(box, wrong, path / "tls")
        assert done.returncode == 2, done.stderr
        assert not [line for line in box.said + other.said if "issued" in line or "refused" in line]
        assert enrol(box, token, path / "tls").returncode == 0


@test("the broker, with a certificate of the same CA, cannot pose as the desk, nor can a gate")
def _():
    with desk() as (box, path):
        box.ca.server("127.0.0.1", "localhost")
        box.ca.gate(OTHER)
        for files in (box.ca.files("server"), box.ca.files(OTHER)):
            chain = path / "chain"
            chain.write_bytes(files[0].read_bytes() + box.ca.certificate.read_bytes())
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain, files[1])
            heard = []
            with socket.create_server(("127.0.0.1", 0)) as listener:
                def pose(listener=listener, context=context, heard=heard):
                    plain, _ = listener.accept()
                    with contextlib.suppress(OSError), plain, context.wrap_socket(plain, server_side=True) as link:
                        heard.append(link.recv(100))
                thread = threading.Thread(target=pose)
                thread.start()
                done = ctl("gate", "enrol", "--at", f"127.0.0.1:{listener.getsockname()[1]}", "--tls", path,
                           text=box.token())
                thread.join()
            assert done.returncode == 2 and not any(heard), (done.stderr, heard)


@test("whatever name and rights a request asks for, the certificate says what the token's record says")
def _():
    with desk() as (box, path):
        request = csr(path, "acme/hq/boss")
        answer = box.raw(json.dumps({"enrol": {"token": secret(box.token()), "request": request}}).encode() + b"\n")
        assert answer["ok"]["gate"] == GATE, answer
        (path / "got.crt").write_text(answer["ok"]["certificate"])
        assert name_in(path / "got.crt") == GATE
        text = subprocess.run(["openssl", "x509", "-noout", "-text", "-in", path / "got.crt"], capture_output=True,
                              text=True, check=True).stdout
        assert "CA:FALSE" in text and "CA:TRUE" not in text and "Server Authentication" not in text, text


@test("requests that are none are refused, and spend no token")
def _():
    with desk() as (box, path):
        token, good = box.token(), csr(path)
        bad = [{"token": secret(token), "request": "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n"},
               {"token": secret(token), "request": csr(path, "x", "rsa:2048")},
               {"token": secret(token), "request": csr(path, "x", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1")},
               {"token": secret(token), "request": good, "name": OTHER}, {"token": secret(token)}, {"request": good},
               {"token": secret(token).upper(), "request": good} if secret(token).upper() != secret(token) else {},
               {"token": 7, "request": good}, {"token": secret(token), "request": good, "gate": OTHER}]
        # A signature that is not the key's own.
        lines = good.splitlines()
        bad.append({"token": secret(token), "request": "\n".join([*lines[:-2], lines[-2][:-8] + "AAAA" + lines[-2][-4:],
                                                                   lines[-1]]) + "\n"})
        for body in bad:
            answer = box.raw(json.dumps({"enrol": body}).encode() + b"\n")
            assert answer["error"]["reason"] in ("bad_request", "wrong_gate"), (body, answer)
        for line in (b"\n", b"[]\n", b"null\n", b"{}\n", b'{"enrol":{}}\n', b'{"enrol":1,"renew":1}\n', b"\0\xff\n",
                     b'{"a":' * 1500 + b"\n", b'{"renew":{"request":"x"},"renew":{}}\n'):
            answer = box.raw(line)
            assert answer["error"]["reason"] == "bad_request", (line, answer)
        assert box.raw(b"x" * 10000) is None
        assert enrol(box, token, path / "tls").returncode == 0


@test("a peer that brings bad tokens is shut out for a while, and its good one too")
def _():
    with desk() as (box, path):
        token, request = box.token(), csr(path)
        for number in range(6):
            line = json.dumps({"enrol": {"token": f"{number:032x}", "request": request}}).encode() + b"\n"
            reason = box.raw(line)["error"]["reason"]
            assert reason == ("bad_token" if number < 5 else "locked"), (number, reason)
        done = enrol(box, token, path / "tls")
        assert done.returncode == 1 and "locked" in done.stderr, done.stderr
        box.heard(r"bad_token, locked")
        assert [row["name"] for row in box.listed("token")] == [GATE]


@test("peers that say nothing keep nobody else waiting")
def _():
    with desk() as (box, path), contextlib.ExitStack() as stack:
        for last in range(2, 9):  # loopback has many addresses, and one may hold four connections
            for _ in range(4):
                silent = socket.socket()
                silent.bind((f"127.0.0.{last}", 0))
                silent.connect(("127.0.0.1", box.port))
                stack.enter_context(silent)
        assert enrol(box, box.token(), path / "tls").returncode == 0


@test("renewal shows the old certificate, makes a new key, and replaces both")
def _():
    with desk() as (box, path):
        tls = path / "tls"
        assert enrol(box, box.token(), tls).returncode == 0
        before = (tls / "gate.key").read_bytes(), (tls / "gate.crt").read_bytes()
        assert ctl("gate", "renew", "--check", "--tls", tls).returncode == 1
        must("gate", "renew", "--tls", tls)
        assert before == ((tls / "gate.key").read_bytes(), (tls / "gate.crt").read_bytes()), "it was not due"
        must("gate", "renew", "--now", "--tls", tls)
        after = (tls / "gate.key").read_bytes(), (tls / "gate.crt").read_bytes()
        assert before[0] != after[0] and before[1] != after[1] and name_in(tls / "gate.crt") == GATE
        must("gate", "renew", "--now", "--tls", tls)
        assert not list(tls.glob("*.new")), list(tls.iterdir())


@test("only a gate's good certificate renews: none, a dashboard's, another CA's and a revoked one do not")
def _():
    with desk() as (box, path):
        request = csr(path)
        line = json.dumps({"renew": {"request": request}}).encode() + b"\n"
        box.ca.client("dashboard")
        assert box.raw(line)["error"]["reason"] == "no_certificate"
        assert box.raw(line, box.ca.files("dashboard"))["error"]["reason"] == "no_certificate"
        foreign = SiteCa(path / "foreign")
        foreign.gate(GATE)
        assert box.raw(line, foreign.files(GATE)) is None
        tls = path / "tls"
        assert enrol(box, box.token(), tls).returncode == 0
        before = (tls / "gate.crt").read_bytes()
        assert box.raw(line, (tls / "gate.crt", tls / "gate.key"))["ok"]["gate"] == GATE
        assert box.ca.revoke(GATE) == "revoked 2\n"
        done = ctl("gate", "renew", "--now", "--tls", tls)
        assert done.returncode == 1 and "revoked" in done.stderr, done.stderr
        assert (tls / "gate.crt").read_bytes() == before


@test("a gate that renews in a loop is stopped for the day")
def _():
    with desk() as (box, path):
        tls = path / "tls"
        assert enrol(box, box.token(), tls).returncode == 0
        codes = [ctl("gate", "renew", "--now", "--tls", tls).returncode for _ in range(8)]
        assert codes == [0] * 7 + [1], codes


@test("a gate without a network gets its certificate by a stick, and takes none that is not for its key")
def _():
    with folder() as path:
        ca, tls, signed = SiteCa(path / "ca"), path / "tls", path / "signed"
        tls.mkdir()
        must("gate", "request", "--tls", tls, "--out", path / "one")
        must("gate", "request", "--tls", tls, "--out", path / "two")
        must("ca", "sign", ca.folder, path / "one", "--gate", GATE, "--out", signed)
        done = ctl("gate", "install", signed, "--tls", tls)
        assert done.returncode == 2 and "key" in done.stderr, done.stderr
        must("ca", "sign", ca.folder, path / "two", "--gate", GATE, "--out", signed)
        said = must("gate", "install", signed, "--tls", tls)
        assert re.search("CA ([0-9a-f]{64})", said)[1] in must("ca", "list", ca.folder)
        assert name_in(tls / "gate.crt") == GATE and not list(tls.glob("*.new"))
        done = ctl("gate", "install", ca.certificate, "--tls", tls)
        assert done.returncode == 2, done.stdout


@test("a change that a power cut interrupted between key and certificate is finished by the next command")
def _():
    with folder() as path:
        ca = SiteCa(path / "ca")
        tls, other = ca.gate(GATE), ca.gate(OTHER)
        for name, new in (("gate.crt", "gate.crt.new"), ("gate.key", "gate.key.new")):
            shutil.copy(other / name, tls / new)
        (tls / "gate.key.new").rename(tls / "gate.key")
        ctl("gate", "renew", "--check", "--at", "127.0.0.1:1", "--tls", tls)
        assert (tls / "gate.crt").read_bytes() == (other / "gate.crt").read_bytes()
        assert not (tls / "gate.crt.new").exists()
        (tls / "gate.crt.new").write_text("half a certif")
        assert ctl("gate", "renew", "--check", "--at", "127.0.0.1:1", "--tls", tls).returncode == 1
        assert (tls / "gate.crt").read_bytes() == (other / "gate.crt").read_bytes()


@test("where the gate's configuration names it, a token for another gate is refused and not spent")
def _():
    with desk() as (box, path):
        tls = path / "tls"
        tls.mkdir(mode=0o700)
        text = subprocess.run([BUILD / "stiled", "--print-config"], capture_output=True, text=True, check=True).stdout
        for key, value in {"org": "acme", "site": "hq", "id": "gate-2", "ca-file": tls / "ca.crt",
                           "certificate-file": tls / "gate.crt", "private-key-file": tls / "gate.key"}.items():
            text, count = re.subn(rf"(?m)^#?{key} = .*$", f"{key} = {value}", text, count=1)
            assert count == 1, key
        (path / "gate.conf").write_text(text)
        token = box.token(GATE)
        arguments = ("--config", path / "gate.conf", "gate", "enrol", "--at", box.at)
        done = ctl(*arguments, text=token)
        assert done.returncode == 1 and "wrong_gate" in done.stderr, done.stderr
        assert [row["name"] for row in box.listed("token")] == [GATE]
        must(*arguments, text=box.token(OTHER))
        assert name_in(tls / "gate.crt") == OTHER
        must("--config", path / "gate.conf", "gate", "renew", "--now")


@test("a CA's key in a passphrase is opened with it alone")
def _():
    with folder() as path:
        (path / "word").write_text("correct horse\n")
        (path / "word").chmod(0o600)
        must("ca", "init", path / "ca", "--passphrase-file", path / "word")
        assert ctl("ca", "client", path / "ca", "dashboard", text="").returncode == 2
        must("ca", "client", path / "ca", "dashboard", env={**os.environ, "STILE_PASSPHRASE_FILE": str(path / "word")})
        assert "ENCRYPTED" in (path / "ca" / "ca.key").read_text()
        must("gate", "token", GATE, "--ca", path / "ca")  # signs nothing


@test("what the CA's machine was about to write when the power went takes nothing else with it")
def _():
    with folder() as path:
        ca = SiteCa(path / "ca")
        ca.gate(GATE)
        with open(ca.folder / "ledger.jsonl", "a", encoding="utf-8") as ledger:
            ledger.write('{"what":"revo')
        ca.gate(OTHER)
        assert ca.revoke(OTHER) == "revoked 1\n"
        done = ctl("ca", "list", ca.folder, "--json")
        states = {row["name"]: row["state"] for row in map(json.loads, done.stdout.splitlines())}
        assert states == {GATE: "good", OTHER: "revoked"} and "1 lines" in done.stderr, (states, done.stderr)


if __name__ == "__main__":
    sys.exit(run())
