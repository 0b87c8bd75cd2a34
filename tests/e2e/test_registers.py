"""Dashboards on several machines, whose accounts, audit log, places and requests are in one PostgreSQL."""

import contextlib
import pathlib
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from dashboard import PASSWORD, Dashboard  # noqa: E402
from postgres import Server, is_installed  # noqa: E402
from stile import BUILD, folder, wait_until  # noqa: E402
from tap import Skip, run, test  # noqa: E402

PLACE = {"name": "Chợ Bưởi", "category": "market", "owner": "Trần Thị Bình", "division": "Hà Nội/Tây Hồ", "in_scope": True}
BREACH = {"kind": "breach", "note": "a laptop was stolen", "received": "2026-11-27T16:31:00Z"}


def verb(*words, given=None):
    return subprocess.run([BUILD / "stile-dashboard", *words], capture_output=True, text=True, input=given)


def registers(server):
    return {f"{section}.postgresql": server.conninfo for section in ("accounts", "places", "requests")}


@contextlib.contextmanager
def scene():
    """A server and a folder; dashboards are made by what is given, and stopped at the end."""
    if not is_installed():
        raise Skip("PostgreSQL is not installed")
    with folder() as path, contextlib.closing(Server()) as server:
        made = []

        def make(name, options=None):
            (path / name).mkdir()
            made.append(Dashboard(path / name, options={"archive.postgresql": server.conninfo, **(options or {})}))
            return made[-1]
        (path / "archive.conf").write_text(f"[archive]\npostgresql = {server.conninfo}\n")
        assert verb("migrate", path / "archive.conf").returncode == 0
        try:
            yield server, make
        except Exception:
            for one in made:
                print("# " + "\n# ".join(one.log_text().splitlines()[-20:]))
            raise
        finally:
            for one in made:
                if one.process:
                    one.stop()


@test("who logs in at one machine is in at the other, and both keep the same places, requests and audit log")
def _():
    with scene() as (server, make):
        one, two = (make(name, registers(server)).start() for name in ("one", "two"))
        root = one.root()
        assert not two.person().ask("POST", "first", {"token": two.token(), "name": "eve", "password": PASSWORD}).status < 400
        mai = one.add(root, "mai", ("manager", ""))
        assert mai.ask("PUT", "places/hn/cho", PLACE).status == 204
        number = mai.ask("POST", "requests", BREACH).json["number"]
        mai.port = two.port  # the session, too
        assert [place["site"] for place in mai.get("places")["places"]] == ["hn/cho"]
        assert mai.ask("POST", "places/hn/cho/reminders", {"note": "called"}).status == 204
        assert mai.ask("POST", f"requests/{number}/answered").status == 204
        mai.port = one.port
        assert mai.get("places")["places"][0]["reminders"] == 1
        assert mai.get("requests")["requests"][0]["answered"]
        assert mai.ask("DELETE", "session").status == 204
        mai.port = two.port
        assert mai.ask("GET", "places").status == 401

        def come_and_go(made):
            for _ in range(10):
                made.person().login("mai").ask("DELETE", "session")
        threads = [threading.Thread(target=come_and_go, args=(made,)) for made in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        said = verb("verify-audit", server.conninfo)
        assert said.returncode == 0 and "all as they were written" in said.stdout, said
        assert int(server.sql("SELECT count(*) FROM audit_line WHERE actor = 'mai' AND action IN ('login', 'logout')")) >= 41


@test("a PostgreSQL that goes away is told of, and one that comes back is found without a restart")
def _():
    with scene() as (server, make):
        made = make("one", registers(server)).start()
        root = made.root()
        server.kill()
        assert root.ask("GET", "accounts").status in (500, 503)
        assert made.person().ask("POST", "session", {"name": "root", "password": PASSWORD}).status in (500, 503)
        server.start()
        wait_until(lambda: root.ask("GET", "accounts").status == 200, "accounts", 30)
        assert verb("verify-audit", server.conninfo).returncode == 0


@test("registers go from files to PostgreSQL with one command: same accounts, same log, same numbers")
def _():
    with scene() as (server, make):
        made = make("one").start()
        root = made.root()
        mai = made.add(root, "mai", ("manager", "hn"), ("auditor", ""))
        made.add(root, "gone", ("guard", "hn/cho"))
        assert root.ask("PATCH", "accounts/gone", {"disabled": True}).status == 200
        assert mai.ask("PUT", "places/hn/cho", PLACE).status == 204
        for note in ("called", "wrote"):
            assert mai.ask("POST", "places/hn/cho/reminders", {"note": note}).status == 204
        manager = made.add(root, "an", ("manager", ""))
        numbers = [manager.ask("POST", "requests", BREACH | {"note": note}).json["number"] for note in ("one", "two", "three")]
        assert manager.ask("POST", f"requests/{numbers[1]}/answered").status == 204
        assert manager.ask("POST", f"requests/{numbers[2]}/closed", {"outcome": "done", "result": "told"}).status == 204
        before = [mai.get("places"), mai.get("places/hn/cho/reminders"), manager.get("requests"), root.get("accounts")]
        made.stop()

        said = verb("move-registers", server.conninfo, made.config)
        assert said.returncode == 0 and "accounts  4\nplaces    1\nrequests  3\n" in said.stderr, said
        with contextlib.closing(sqlite3.connect(made.folder / "accounts.db")) as file:
            lines = file.execute("SELECT number, hex(hash) FROM line ORDER BY number").fetchall()
        moved = server.sql("SELECT number, upper(encode(hash, 'hex')) FROM audit_line ORDER BY number")
        assert moved.split() == [f"{number}|{digest}" for number, digest in lines]
        again = verb("move-registers", server.conninfo, made.config)
        assert again.returncode == 1 and "registers in it already" in again.stderr, again

        other = make("two", registers(server)).start()
        assert other.person().ask("POST", "session", {"name": "gone", "password": PASSWORD}).status == 401
        mai, manager, root = (other.person().login(name) for name in ("mai", "an", "root"))
        after = [mai.get("places"), mai.get("places/hn/cho/reminders"), manager.get("requests"), root.get("accounts")]
        for account in before[3]["accounts"] + after[3]["accounts"]:
            account.pop("last_login", None)
        for places in (before[0], after[0]):
            del places["at"]
        for was, now in zip(before, after):
            assert now == was, (was, now)
        said = verb("reset-password", "gone", "back from leave", other.config, given="another password\n")
        assert said.returncode == 0, said
        other.person().login("gone", "another password")
        said = verb("backup", other.folder / "kept", other.config)
        assert "accounts.db there is PostgreSQL" in said.stderr, said
        assert verb("verify-audit", server.conninfo).returncode == 0


@test("a log that was changed is not moved")
def _():
    with scene() as (server, make):
        made = make("one").start()
        made.add(made.root(), "mai", ("manager", ""))
        made.stop()
        with contextlib.closing(sqlite3.connect(made.folder / "accounts.db")) as file:
            file.execute("UPDATE line SET actor = 'mai' WHERE number = 2")
            file.commit()
        said = verb("move-registers", server.conninfo, made.config)
        assert said.returncode == 1 and "line 2 of the audit log is not what was written" in said.stderr, said
        assert server.sql("SELECT to_regclass('audit_line') IS NULL") == "t\n"


if __name__ == "__main__":
    sys.exit(run())
