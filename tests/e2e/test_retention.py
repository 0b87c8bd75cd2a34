"""What is older than it may be kept: deleted by the collector, proved by the dashboard's verb, on both databases."""

import base64
import contextlib
import datetime
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from postgres import PostgresCentre, Server, is_installed  # noqa: E402
from stile import BUILD, Archive, Broker, folder, wait_until  # noqa: E402
from tap import Skip, run, test  # noqa: E402

EPOCH = "018f0000-0000-7000-8000-0000000000ee"
DAYS = 2
ED25519_DER = bytes.fromhex("302a300506032b6570032100")  # what stands before a public key (RFC 8410)


def days_ago(days):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)).strftime("%Y-%m-%d")


def entry(seq, day, **data):
    return json.dumps({
        "specversion": "1.0", "source": "/stile/acme/plant/gate-9", "type": "stile.entry.v1", "subject": "entry",
        "id": f"01a20b82-970d-705a-8d0f-{seq:012x}", "time": f"{day}T03:03:58.959Z", "datacontenttype": "application/json",
        "data": {"epoch": EPOCH, "seq": seq, "event": "AccessTaken", "access_point": "entry",
                 "decided": {"offline": False, "clock": "synchronised"}, **data}})


@contextlib.contextmanager
def centre(kind):
    options = {"archive.retention-days": DAYS, "archive.retention-reason": ""}
    with folder() as path, contextlib.ExitStack() as stack:
        broker = Broker(path).start()
        stack.callback(broker.stop)
        if kind == "postgresql":
            if not is_installed():
                raise Skip("PostgreSQL is not installed")
            server = stack.enter_context(contextlib.closing(Server()))
            archive = PostgresCentre(path, broker, server, "one", options)
            place = f"postgresql = {server.conninfo}"
        else:
            archive = Archive(path, broker, options)
            place = f"file = {archive.file}"
        (archive.folder / "dashboard.conf").write_text(
            f"[archive]\n{place}\nproof-key-file = {archive.folder / 'proof.pem'}\n")
        archive.broker = broker
        stack.callback(archive.stop)
        try:
            yield archive.start()
        except Exception:
            print("# " + "\n# ".join(archive.log_text().splitlines()[-30:]))
            raise


def put(archive, *entries):
    """As a gate does it: again, until it is stored."""
    def is_stored():
        for one in entries:
            archive.broker.publish("stile/v1/acme/plant/gate-9/entry", one)
        last = json.loads(entries[-1])["data"]["seq"]
        try:
            return archive.query(f"SELECT count(*) FROM entry WHERE seq = {last}") == [(1,)]
        except subprocess.CalledProcessError:
            return False  # the collector makes the tables when it needs them
    wait_until(is_stored, "the rows", 30)


def prove(archive, day):
    return subprocess.run([BUILD / "stile-dashboard", "prove-deletion", day, archive.folder / "dashboard.conf"],
                          capture_output=True, text=True)


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def is_signed(path, jws):
    """By openssl, which knows nothing of us."""
    head, body, tail = jws.split(".")
    key = ED25519_DER + decode(json.loads(decode(head))["jwk"]["x"])
    (path / "key.der").write_bytes(key)
    (path / "signed").write_bytes(f"{head}.{body}".encode())
    (path / "signature").write_bytes(decode(tail))
    return subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", path / "key.der",
                           "-rawin", "-in", path / "signed", "-sigfile", path / "signature"],
                          capture_output=True).returncode == 0


def judge(kind):
    with centre(kind) as archive:
        old, yesterday = days_ago(5), days_ago(1)
        subject = {"subject": "00112233445566778899aabbccddeeff"}
        put(archive, entry(1, old, direction="entry", **subject), entry(2, yesterday, direction="entry"))
        archive.stop()
        archive.start()
        wait_until(lambda: "deleted what is too old" in archive.log_text(), "the deletion", 20)
        said = prove(archive, yesterday)
        assert said.returncode == 1 and "left 1 entries" in said.stderr, said

        said = prove(archive, old)
        assert said.returncode == 0 and "deleted 1 entries" in said.stderr, said
        jws = said.stdout.strip()
        proof = json.loads(decode(jws.split(".")[1]))
        assert (proof["day"], proof["archive"], proof["is_deleted"]) == (old, kind, True), proof
        assert proof["deleted"]["entries"] == 1 and proof["left"] == {"entries": 0, "stays": 0}, proof
        assert proof["later_stays"] == 1, proof  # who came in then has not left
        assert is_signed(archive.folder, jws)
        head, body, tail = jws.split(".")
        forged = base64.urlsafe_b64encode(decode(body).replace(b'"entries":1', b'"entries":7')).decode().rstrip("=")
        assert forged != body and not is_signed(archive.folder, f"{head}.{forged}.{tail}")
        assert (archive.folder / "proof.pem").stat().st_mode & 0o777 == 0o600

        put(archive, entry(1, old), entry(3, yesterday))
        assert archive.query("SELECT count(*) FROM entry WHERE seq = 1") == [(0,)]


@test("SQLite: a day that is over goes, its proof is signed, and what comes again of it is not new")
def _():
    judge("sqlite")


@test("PostgreSQL: a day that is over goes, its proof is signed, and what comes again of it is not new")
def _():
    judge("postgresql")


@test("a day that is not over, no day, and no archive are said to be that")
def _():
    with folder() as path:
        config = path / "dashboard.conf"
        config.write_text(f"[archive]\nfile = {path / 'none.db'}\nproof-key-file = {path / 'proof.pem'}\n")
        for day, code, words in ((days_ago(0), 2, "a day that is over"), ("2026-13-01", 2, "a day that is over"),
                                 ("yesterday", 2, "a day that is over"), (days_ago(3), 1, "does not answer")):
            said = subprocess.run([BUILD / "stile-dashboard", "prove-deletion", day, config], capture_output=True,
                                  text=True)
            assert said.returncode == code and words in said.stderr and not said.stdout, said


@test("more than 30 days are kept only with a reason")
def _():
    with folder() as path:
        config = path / "collector.conf"
        for lines, code in (("retention-days = 31", 2), ("retention-days = 31\nretention-reason = decision 12/2026", 0)):
            config.write_text(f"[archive]\n{lines}\n")
            said = subprocess.run([BUILD / "stile-collector", "--check-config", "--config", config], capture_output=True,
                                  text=True)
            assert said.returncode == code, said
            assert code == 0 or "retention-reason" in said.stderr


if __name__ == "__main__":
    sys.exit(run())
