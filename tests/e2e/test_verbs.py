"""What stile-dashboard does when it is not to serve: backup and restore, and an archive's way to PostgreSQL."""

import contextlib
import json
import pathlib
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from dashboard import PASSWORD, Dashboard  # noqa: E402
from issuer import Issuer  # noqa: E402
from postgres import PostgresCentre, Server, is_installed  # noqa: E402
from registry_site import Site  # noqa: E402
from stile import BUILD, Archive, Broker, folder, gate, wait_until  # noqa: E402
from tap import Skip, run, test  # noqa: E402

EPOCH = "018f0000-0000-7000-8000-0000000000ee"
GATE = "stile/v1/acme/plant/gate-9"


def entry(seq, **data):
    return json.dumps({
        "specversion": "1.0", "source": "/stile/acme/plant/gate-9", "type": "stile.entry.v1", "subject": "entry",
        "id": f"01a20b82-970d-705a-8d0f-{seq:012x}", "time": f"2026-11-24T03:{seq:02d}:58.959Z",
        "datacontenttype": "application/json",
        "data": {"epoch": EPOCH, "seq": seq, "event": "AccessTaken", "access_point": "entry", "direction": "entry",
                 "subject": f"{seq // 2:032x}", "decided": {"offline": False, "clock": "synchronised"}, **data}})


def status(head, oldest):
    return json.dumps({
        "specversion": "1.0", "source": "/stile/acme/plant/gate-9", "type": "stile.status.v1",
        "id": "01a20b82-970d-705a-8d0f-125a0fc6ba98", "datacontenttype": "application/json",
        "data": {"state": "online", "boot": "x", "epoch": EPOCH, "software": "0.1.0", "head": head, "acked": 0,
                 "oldest": oldest, "clock": "synchronised"}})


def health():
    return json.dumps({
        "specversion": "1.0", "source": "/stile/acme/plant/gate-9", "type": "stile.health.v1",
        "id": "01a20b82-970d-705a-8d0f-125a0fc6ba99", "datacontenttype": "application/json", "data": {"uptime_s": 7}})


@contextlib.contextmanager
def centre():
    with folder() as path:
        broker = Broker(path).start()
        archive = Archive(path, broker)
        archive.broker = broker
        try:
            yield archive.start()
        except Exception:
            print("# " + "\n# ".join(archive.log_text().splitlines()[-30:]))
            raise
        finally:
            archive.stop()
            broker.stop()


def put(archive, *seqs, more=None):
    """As a gate does it: again, until all are stored."""
    def is_stored():
        for seq in seqs:
            archive.broker.publish(f"{GATE}/entry", entry(seq, **(more or {})))
        return archive.query(f"SELECT count(*) FROM entry WHERE seq IN ({','.join(map(str, seqs))})") == [(len(seqs),)]
    wait_until(is_stored, f"rows {seqs}", 30)


def verb(*words, given=None):
    return subprocess.run([BUILD / "stile-dashboard", *words], capture_output=True, text=True, input=given)


@test("a backup is made while everything runs, and a dashboard that is restored from it is the same one")
def _():
    with centre() as archive:
        put(archive, 1, 2, 3)
        made = Dashboard(archive.folder, archive, {"archive.proof-key-file": archive.folder / "proof.pem"}).start()
        try:
            made.add(made.root(), "mai", ("manager", ""))
            events = made.person().login("mai").get("events")["events"]
            assert len(events) == 3
            kept = archive.folder / "kept"
            said = verb("backup", kept, made.config)
            assert said.returncode == 0, said
            assert sorted(file.name for file in kept.iterdir()) == ["accounts.db", "archive.db", "places.db", "requests.db"]
            assert all(file.stat().st_mode & 0o077 == 0 for file in (kept, *kept.iterdir()))
            put(archive, 4)  # it goes on
            said = verb("backup", kept, made.config)
            assert said.returncode == 1 and "File exists" in said.stderr, said

            said = verb("restore", kept, made.config)
            assert said.returncode == 1 and "move it away first" in said.stderr, said
            other = archive.folder / "other"
            other.mkdir()
            again = Dashboard(other, options={"archive.proof-key-file": other / "proof.pem"})
            again.start()  # writes its configuration
            again.stop()
            for left in (file for name in ("accounts", "places", "requests") for file in other.glob(f"{name}.db*")):
                left.unlink()
            said = verb("restore", kept, again.config)
            assert said.returncode == 0, said
            again.start()
            try:
                assert again.person().login("mai", PASSWORD).get("events")["events"] == events
                said = verb("verify-audit", other / "accounts.db")
                assert said.returncode == 0 and "all as they were written" in said.stdout, said
            finally:
                again.stop()
        finally:
            made.stop()


@test("two dashboards of one machine share accounts and write one audit log")
def _():
    with centre() as archive:
        put(archive, 1)
        one = Dashboard(archive.folder, archive).start()
        (archive.folder / "two").mkdir()
        two = Dashboard(archive.folder / "two", archive, {"accounts.file": archive.folder / "accounts.db"}).start()
        try:
            root = one.root()
            mai = one.add(root, "mai", ("manager", ""))
            mai.port = two.port  # the session, too
            assert len(mai.get("events")["events"]) == 1
            for _ in range(20):
                for made in (one, two):
                    assert made.person().ask("POST", "session", {"name": "mai", "password": PASSWORD}).status == 200
            said = verb("verify-audit", archive.folder / "accounts.db")
            assert said.returncode == 0, said
        finally:
            one.stop()
            two.stop()


@test("an archive goes from SQLite to PostgreSQL with one command, and its gates notice nothing")
def _():
    if not is_installed():
        raise Skip("PostgreSQL is not installed")
    with centre() as archive, contextlib.closing(Server()) as server:
        put(archive, 1, 2, 5, 6, 9, more={"extra": "tab\t back\\slash \n line 'quote' \" đ"})
        archive.broker.publish(f"{GATE}/entry", "{\t\\no json\n")
        archive.broker.publish(f"{GATE}/status", status(9, 5))  # 3 and 4 are gone for ever; 7 and 8 are missing
        archive.broker.publish(f"{GATE}/health", health())
        wait_until(lambda: archive.query("SELECT count(*) FROM health") == [(1,)], "health", 30)
        wait_until(lambda: archive.query("SELECT count(*) FROM loss") == [(1,)] and
                   archive.query("SELECT count(*) FROM refusal") == [(1,)], "loss and refusal", 30)
        put(archive, 4)  # and yet
        config = archive.folder / "dashboard.conf"
        config.write_text(f"[archive]\nfile = {archive.file}\n")
        said = verb("move-archive", server.conninfo, config)
        assert said.returncode == 1 and "has it open" in said.stderr, said
        archive.stop()
        said = verb("move-archive", server.conninfo, config)
        assert said.returncode == 0 and "entry     6" in said.stderr, said

        target = PostgresCentre(archive.folder, archive.broker, server, "one")
        for table, columns in (("site", "id, name"), ("gate", "id, name, site"), ("loss", "stream, first, last, reason"),
                               ("stream", "id, gate, contiguous, highest, newest"),
                               ("heard", "gate, state, state_at, status, head"),
                               ("health", "gate, hour, reports, data"),
                               ("tally", "gate, hour, entries, exits, granted, denied"),
                               ("entry", "stream, seq, at, received, event, direction, grant_seq, flags, more"),
                               ("refusal", "received, topic, reason, len"),
                               ("visit", "id, site, start, entered, left_at, gate_in, gate_out")):
            order = f" ORDER BY {columns}"
            moved = target.query(f"SELECT {columns} FROM {table}{order}")
            assert moved == archive.query(f"SELECT {columns} FROM {table}{order}"), (table, moved)
        assert target.query("SELECT first, last FROM gap") == [(7, 8)]
        assert target.query("SELECT seq FROM found") == [(4,)]
        said = verb("move-archive", server.conninfo, config)
        assert said.returncode == 1 and "gates in it already" in said.stderr, said

        target.broker = archive.broker
        target.start()
        try:
            put(target, 1, 4, 6, 7, 10)  # what was there is not new
            assert target.query("SELECT contiguous, highest FROM stream") == [(7, 10)]
            put(target, 3, 8)
            assert target.query("SELECT contiguous, highest FROM stream") == [(10, 10)]
            assert target.query("SELECT count(*) AS a, count(DISTINCT seq) AS b FROM entry") == [(10, 10)]
            assert target.query("SELECT sum(entries) FROM tally") == [(10,)]
        finally:
            target.stop()


@test("what is kept of a person is exported, and the person taken out, while everything runs; both are in the audit log")
def _():
    with gate(with_broker=True) as box:
        site = Site(box.folder, box.broker, site_key=box.folder / "key")
        archive = site.collector
        archive.broker = box.broker
        made = Dashboard(box.folder, archive, {"registry.socket": site.socket, "passes.key": "hr", "passes.file": box.folder / "passes.db",
                                               "passes.keys-folder": Issuer(box.folder).keys})
        try:
            archive.start()
            made.start()
            root = made.root()
            manager = made.add(root, "manager", ("manager", "acme"))
            assert manager.ask("PUT", "people/an", {"name": "Nguyễn Văn An"}).status == 200
            subject = manager.get("people/an")["subject"]
            assert manager.ask("POST", "people/an/pass-link").status == 201
            put(archive, 1, 2, 3, more={"subject": subject})
            put(archive, 5)
            said = verb("export-person", "an", "request 12 of 2026-11-27", made.config)
            assert said.returncode == 0, said
            kept = json.loads(said.stdout)
            assert kept["subject"] == subject and kept["holder"]["name"] == "Nguyễn Văn An"
            assert sorted(event["seq"] for event in kept["events"]) == [1, 2, 3] and len(kept["visits"]) == 3, kept
            said = verb("export-person", "nobody", "x", made.config)
            assert said.returncode == 1 and "nobody of this name" in said.stderr and not said.stdout, said

            said = verb("erase-person", "an", "request 13", made.config)
            assert said.returncode == 0 and "3 entries are nobody's, 3 stays" in said.stderr, said
            assert manager.ask("GET", "people/an").status == 404
            with contextlib.closing(sqlite3.connect(box.folder / "passes.db")) as links:
                assert links.execute("SELECT count(*) FROM link").fetchone() == (0,)
            assert manager.get("events", subject=subject)["events"] == []
            assert len(manager.get("events", area="acme/plant/gate-9")["events"]) == 4  # the other gate has its own
            assert archive.query("SELECT count(*) FROM visit WHERE hex(subject) = upper(?)", subject) == [(0,)]
            said = verb("export-person", subject, "to see that it is gone", made.config)
            kept = json.loads(said.stdout)
            assert kept["holder"] is None and kept["events"] == kept["visits"] == [], kept
            lines = [line for line in root.get("audit")["entries"] if line["actor"] == "(command line)"]
            assert [line["action"] for line in lines] == ["person_export", "person_erase", "person_export"], lines
            assert lines[1]["detail"] == {"reason": "request 13"} and {line["target"] for line in lines} == {subject}
            assert verb("verify-audit", made.folder / "accounts.db").returncode == 0
        except Exception:
            for text in (made.log_text(), archive.log_text()):
                print("# " + "\n# ".join(text.splitlines()[-30:]))
            raise
        finally:
            made.stop()
            archive.stop()


@test("an administrator who knows no password any more gets another from whoever has the machine, and the audit log says so")
def _():
    with centre() as archive:
        made = Dashboard(archive.folder, archive).start()
        try:
            root = made.root()
            said = verb("reset-password", "root", "forgotten", made.config, given="too short\n")
            assert said.returncode == 1 and "10 to 256" in said.stderr, said
            said = verb("reset-password", "nobody", "forgotten", made.config, given="another horse battery\n")
            assert said.returncode == 1 and "no such account" in said.stderr, said
            assert verb("reset-password", "root", "forgotten", made.config, given="").returncode == 1
            assert root.ask("GET", "accounts").status == 200
            assert root.get("audit", action="account_recover")["entries"] == []
            said = verb("reset-password", "root", "forgotten", made.config, given="another horse battery\n")
            assert said.returncode == 0 and "horse" not in said.stdout + said.stderr, said
            assert root.ask("GET", "accounts").status == 401
            assert made.person().ask("POST", "session", {"name": "root", "password": "correct horse battery"}).status == 401
            root = made.person().login("root", "another horse battery")
            line = root.get("audit", action="account_recover")["entries"][0]
            assert (line["actor"], line["target"], line["detail"]) == ("(command line)", "root", {"reason": "forgotten"}), line
            assert verb("verify-audit", made.folder / "accounts.db").returncode == 0
        finally:
            made.stop()


@test("migrate says what it is, and makes no archive where there is none")
def _():
    with centre() as archive:
        put(archive, 1)
        archive.stop()
        config = archive.folder / "dashboard.conf"
        config.write_text(f"[archive]\nfile = {archive.file}\n")
        said = verb("migrate", config)
        assert said.returncode == 0 and "is of this version" in said.stderr, said
        config.write_text(f"[archive]\nfile = {archive.folder}/none.db\n")
        said = verb("migrate", config)
        assert said.returncode == 1 and "No such file" in said.stderr and not (archive.folder / "none.db").exists(), said


if __name__ == "__main__":
    sys.exit(run())
