"""Dashboard, collector, broker and PostgreSQL, each killed at random under load: nothing lost, nothing twice, and the
dashboard's figures are the archive's. A few deaths; KILLS=50 (`make torture-dashboard`) for many, SEED for others."""

import contextlib
import json
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import torture  # noqa: E402
from centre import kill  # noqa: E402
from dashboard import Dashboard  # noqa: E402
from postgres import PostgresCentre, Server, is_installed  # noqa: E402
from stile import Broker, folder, wait_until  # noqa: E402
from tap import run, skip_all, test  # noqa: E402

KILLS = int(os.environ.get("KILLS", "8"))
SEED = int(os.environ.get("SEED", "1"))
GATES = 20


class Watcher:
    """Somebody who looks at the live page: comes again when the stream ends, and asks for what there is."""

    def __init__(self, made):
        self.made = made
        self.person = made.add(made.root(), "mai", ("manager", ""))
        self.stream = None
        self.comings = 0
        self.rows = set()

    def look(self):
        """Takes what has come; begins anew where there is nobody any more."""
        self.person.port = self.made.port
        if self.stream is None or self.stream.is_over.is_set():
            try:
                self.stream = self.person.stream()
            except OSError:
                return
            self.comings += 1
        while not self.stream.events.empty():
            name, data = self.stream.events.get()
            if name == "entry":
                key = (data["gate"], data["id"])
                assert key not in self.rows, f"shown twice on one stream: {key}"
                self.rows.add(key)

    def close(self):
        if self.stream:
            self.stream.close()


def survive(path, broker, server, collector, made, fleet):
    chance = random.Random(SEED)
    watcher = Watcher(made)

    def broker_dies():
        kill(broker.process)
        broker.start()

    def database_dies():
        chance.choice((server.kill, server.stop_at_once))()
        server.start()

    def collector_dies():
        collector.kill()
        collector.start()

    def dashboard_dies():
        made.kill()
        made.start()
        watcher.rows.clear()  # whoever comes anew may see again what was there before

    deaths = {}
    while sum(deaths.values()) < KILLS:
        assert not fleet.latest.get("quiet"), f"the fleet was through after {deaths}: give it more rows"
        acked = fleet.latest["acked"]
        victim = chance.choice((broker_dies, database_dies, collector_dies, dashboard_dies))
        victim()
        deaths[victim.__name__] = deaths.get(victim.__name__, 0) + 1
        watcher.look()
        wait_until(lambda: fleet.latest["acked"] > acked or fleet.latest.get("quiet"), f"life after {deaths}", 90)
    fleet.process.terminate()
    report = fleet.report(300)
    journals = collector.journals()
    rows = torture.check_fleet(report, journals)
    assert not journals, f"nobody's rows: {list(journals)[:3]}"
    for sql in ("SELECT count(*) FROM loss", "SELECT count(*) FROM gap", "SELECT count(*) FROM refusal",
                "SELECT count(*) FROM stream WHERE contiguous != highest"):
        assert collector.query(sql) == [(0,)], sql
    watcher.look()
    watcher.close()
    return rows, deaths, watcher


@test(f"{KILLS} deaths of dashboard, collector, broker and database under load: 0 lost, 0 twice, figures whole")
def _():
    with folder() as path, contextlib.closing(Server()) as server, contextlib.ExitStack() as stack:
        broker = Broker(path).start()
        stack.callback(broker.stop)
        collector = PostgresCentre(path, broker, server, "one")
        stack.callback(collector.stop)
        (path / "desk").mkdir()
        made = Dashboard(path / "desk", options={"archive.postgresql": server.conninfo})
        stack.callback(made.stop)
        try:
            collector.start()
            made.start()
            fleet = stack.enter_context(contextlib.closing(torture.Fleet(
                path, broker.port, "--gates", GATES, "--pattern", "steady", "--reconnect-max", 2, "--settle", 240,
                "--rows", 400 * KILLS, "--backlog", 100, "--speed", 60)))
            wait_until(lambda: fleet.latest.get("acked", 0) > 0, "the first acknowledgement", 60)
            rows, deaths, watcher = survive(path, broker, server, collector, made, fleet)
            stored = collector.query("SELECT sum(entries)::bigint AS entries, sum(exits)::bigint AS exits,"
                                     " sum(denied)::bigint AS denied FROM tally")[0]
            days = [row[0] for row in collector.query("SELECT DISTINCT day::text AS day FROM entry ORDER BY day")]
            figures = watcher.person.get("figures", by="day", **{"from": days[0], "until": days[-1]})["rows"]
            told = tuple(sum(row[kind] for row in figures) for kind in ("entries", "exits", "denied"))
            assert told == stored, (told, stored)
        except Exception:
            for text in (made.log_text(), collector.log_text()):
                print("# " + "\n# ".join(text.splitlines()[-30:]))
            raise
        print(f"# {rows} rows of {GATES} gates; {json.dumps(deaths)}; the stream was joined {watcher.comings} times")


if __name__ == "__main__":
    if not is_installed():
        skip_all("PostgreSQL is not installed")
    sys.exit(run())
