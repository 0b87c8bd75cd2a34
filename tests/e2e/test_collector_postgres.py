"""The collector with its archive in PostgreSQL, which may die as well, and may be shared."""

import contextlib
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import torture  # noqa: E402
from postgres import PostgresCentre, Server, is_installed  # noqa: E402
from stile import BUILD, Broker, folder, wait_until  # noqa: E402
from tap import run, skip_all, test  # noqa: E402

GATES = 20


@contextlib.contextmanager
def centre(*names, **options):
    """Folder, broker, database, and collectors that have not been started."""
    with folder() as path, contextlib.closing(Server()) as server, contextlib.ExitStack() as stack:
        broker = Broker(path).start()
        stack.callback(broker.stop)
        collectors = [PostgresCentre(path, broker, server, name, options) for name in names]
        for collector in collectors:
            stack.callback(collector.stop)
        try:
            yield (path, broker, server, *collectors)
        except Exception:
            for collector in collectors:
                print("# " + "\n# ".join(collector.log_text().splitlines()[-30:]))
            raise


def fleet_of(path, broker, *options):
    return contextlib.closing(torture.Fleet(path, broker.port, "--gates", GATES, "--pattern", "steady", "--reconnect-max",
                                            2, "--settle", 240, *options))


def check(report, collector):
    """Every row of every gate is there, once, as it was; nothing is left over. Gives their number."""
    journals = collector.journals()
    rows = torture.check_fleet(report, journals)
    assert not journals, f"nobody's rows: {list(journals)[:3]}"
    for sql in ("SELECT count(*) FROM loss", "SELECT count(*) FROM gap", "SELECT count(*) FROM refusal",
                "SELECT count(*) FROM stream WHERE contiguous != highest"):
        assert collector.query(sql) == [(0,)], sql
    return rows


@test("two collectors share a database that is killed under load, again and again: 0 lost, 0 twice")
def _():
    with centre("one", "two") as (path, broker, server, one, two), fleet_of(
            path, broker, "--rows", 400, "--backlog", 100, "--speed", 60) as fleet:
        one.start()
        two.start()
        wait_until(lambda: fleet.latest.get("acked", 0) > 0, "the first acknowledgement", 60)
        kinds = {"killed": server.kill, "stopped without a checkpoint": server.stop_at_once}
        faults = 0
        while faults < 6 or not fleet.latest.get("quiet"):
            acked = fleet.latest["acked"]
            list(kinds.values())[faults % len(kinds)]()
            if faults % 3 == 1:
                two.kill()
            server.start()
            assert one.query("SELECT count(*) FROM entry")[0][0] >= acked, "acknowledged, and not there"
            if faults % 3 == 1:
                two.start()
            faults += 1
            wait_until(lambda: fleet.latest["acked"] > acked or fleet.latest.get("quiet"), "something to be stored", 60)
        rows = check(fleet.report(300), one)
        assert "archive works again" in one.log_text() and "archive works again" in two.log_text()
        print(f"# {rows} rows of {GATES} gates, {faults} deaths of the database")


@test("a collector that begins before its database takes nothing, and begins with it")
def _():
    with centre("one") as (path, broker, server, one), fleet_of(path, broker, "--rows", 20, "--speed", 60) as fleet:
        server.stop_at_once()
        one.start()
        wait_until(lambda: "archive fails" in one.log_text(), "the fault", 30)
        assert fleet.latest.get("acked", 0) == 0
        server.start()
        check(fleet.report(300), one)


@test("a database that says nothing any more is left, told by name, and waited for")
def _():
    with centre("one") as (path, broker, server, one), fleet_of(path, broker, "--rows", 300, "--speed", 60) as fleet:
        one.start()
        wait_until(lambda: fleet.latest.get("acked", 0) > 0, "the first acknowledgement", 60)
        server.freeze()
        wait_until(lambda: "no answer in 20 s" in one.log_text(), "the end of patience", 60)
        assert f"connection=user=stile,dbname=stile,host={server.folder}" in one.log_text(), one.log_text()
        server.thaw()
        check(fleet.report(300), one)


@test("the password is the password file's; it is neither in the log nor where everybody reads")
def _():
    secret = "correct-horse"
    with centre("one") as (path, broker, server, one):
        server.sql(f"CREATE ROLE clerk LOGIN PASSWORD '{secret}' IN ROLE stile; ALTER ROLE clerk SET role = stile")
        rules = server.folder / "data/pg_hba.conf"
        rules.write_text("local all clerk scram-sha-256\n" + rules.read_text())
        server.stop_at_once()
        server.start()
        services, passwords = path / "services", path / "passwords"
        services.write_text(f"[stile]\nhost={server.folder}\ndbname=stile\nuser=clerk\npassfile={passwords}\n")
        passwords.write_text("*:*:*:clerk:wrong-horse\n")
        passwords.chmod(0o600)
        one.options["archive.postgresql"] = "service=stile"
        with fleet_of(path, broker, "--rows", 5, "--speed", 60) as fleet:
            one.start(env={**os.environ, "PGSERVICEFILE": str(services)})
            wait_until(lambda: 'password authentication failed for user "clerk"' in one.log_text(), "the refusal", 30)
            passwords.write_text(f"*:*:*:clerk:{secret}\n")
            check(fleet.report(300), one)
        assert "horse" not in one.log_text()
        assert b"horse" not in pathlib.Path(f"/proc/{one.process.pid}/cmdline").read_bytes()
        assert "connection=service=stile" in one.log_text(), one.log_text()


@test("a password in the configuration is a mistake, and is not repeated")
def _():
    with folder() as path:
        config = path / "collector.conf"
        for text in ("host=x password=horse", "postgresql://stile:horse@x/stile"):
            config.write_text(f"[archive]\npostgresql = {text}\n")
            checked = subprocess.run([BUILD / "stile-collector", "--check-config", "--config", config], capture_output=True,
                                     text=True)
            assert checked.returncode == 2 and "[archive] postgresql: " in checked.stderr, checked
            assert "horse" not in checked.stderr + checked.stdout, checked


if __name__ == "__main__":
    sys.exit(run() if is_installed() else skip_all("PostgreSQL is not installed"))
