"""stilectl's verbs of time, place and people against a real gate, and what the gate then does."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from issuer import Issuer  # noqa: E402
from stile import gate  # noqa: E402
from tap import run, test  # noqa: E402


def done(box, *arguments, **options):
    result = box.ctl(*arguments, **options)
    assert result.returncode == 0, (arguments, result.stderr)
    return result.stdout


def rows(box, *arguments):
    return [json.loads(line) for line in done(box, *arguments, "--json").splitlines()]


@test("schedules and special days are put, listed, taken by levels, and removed when nobody has them")
def _():
    with gate() as box:
        done(box, "schedule", "put", "office", "mon-fri 8:00-17:30", "special 10:00-12:00")
        assert rows(box, "schedule", "list") == [
            {"id": "office", "periods": ["mon-fri 08:00-17:30", "special 10:00-12:00"]}]
        bad = box.ctl("schedule", "put", "office", "mon 8-17")
        assert bad.returncode == 2 and "mon 8-17" in bad.stderr, bad.stderr
        done(box, "level", "add", "staff", "entry", "--schedule", "office")
        assert rows(box, "level", "list")[1] == {"id": "staff", "access_points": ["entry"], "schedule": "office"}
        missing = box.ctl("level", "add", "nobody", "entry", "--schedule", "none")
        assert missing.returncode == 1 and "no such schedule" in missing.stderr, missing.stderr
        busy = box.ctl("schedule", "remove", "office")
        assert busy.returncode == 1, busy.stderr
        done(box, "level", "remove", "staff")
        done(box, "schedule", "remove", "office")
        done(box, "special-day", "add", "--name", "Quốc khánh", "--", "--09-02")
        done(box, "special-day", "add", "2026-02-17", "--name", "Tết")
        assert rows(box, "special-day", "list") == [{"date": "--09-02", "name": "Quốc khánh"},
                                                    {"date": "2026-02-17", "name": "Tết"}]
        wrong = box.ctl("special-day", "add", "2027-02-29")
        assert wrong.returncode == 2 and "date" in wrong.stderr, wrong.stderr
        done(box, "special-day", "remove", "2026-02-17")
        assert len(rows(box, "special-day", "list")) == 1


@test("an area has its limit, its anti-passback and its access points, each of one area only")
def _():
    with gate() as box:
        done(box, "area", "put", "hall", "entry", "exit", "--limit", 40, "--passback", "hard", "--reset-at", "04:00")
        assert rows(box, "area", "list") == [
            {"id": "hall", "access_points": ["entry", "exit"], "inside": 0, "occupancy_limit": 40, "passback": "hard",
             "passback_reset_at": "04:00"}]
        taken = box.ctl("area", "put", "lab", "entry")
        assert taken.returncode == 1 and "another area" in taken.stderr, taken.stderr
        for arguments in (("--passback", "maybe"), ("--reset-at", "25:00")):
            assert box.ctl("area", "put", "lab", "side", *arguments).returncode == 2
        done(box, "area", "remove", "hall")
        assert rows(box, "area", "list") == []


@test("a visitor is expected for a time, with a card and an escort, and explained")
def _():
    with gate() as box:
        done(box, "visit", "add", "guest", "--name", "Trần Thị Khách", "--from", "2026-01-01", "--until", "2099-12-31",
             "--escort", "any", "--national-id", "001099000123")
        visit, = rows(box, "visit", "list")
        assert (visit["role"], visit["escort"]) == ("visitor", "*"), visit
        again = box.ctl("visit", "add", "guest", "--name", "X", "--from", "2026-01-01", "--until", "2099-12-31")
        assert again.returncode == 1, again.stderr
        late = box.ctl("visit", "add", "late", "--name", "X", "--from", "2026-01-02", "--until", "2026-01-01")
        assert late.returncode == 2 and "until" in late.stderr, late.stderr
        said = json.loads(done(box, "explain", "--national-id", "001099000123", "--access-point", "entry", "--json"))
        assert said["reason"] == "escort_missing" and said["rule"] == "escort", said
        text = done(box, "explain", "--holder", "guest", "--access-point", "entry")
        assert "may not pass" in text and "escort_missing" in text and "access level" in text, text
        assert box.ctl("explain", "--holder", "nobody", "--access-point", "entry").returncode == 1
        assert box.ctl("explain", "--holder", "guest", "--access-point", "nowhere").returncode == 1
        assert box.ctl("explain", "--access-point", "entry").returncode == 2


@test("declarations, silent blocks, limits and duress reach the registry")
def _():
    with gate() as box:
        done(box, "holder", "add", "an", "--name", "An")
        done(box, "declare", "an", "--result", "green", "--until", "2099-12-31")
        assert box.ctl("declare", "nobody", "--result", "green").returncode == 1
        assert box.ctl("declare", "an", "--result", "blue").returncode == 2
        done(box, "credential", "add", "--holder", "an", "--code", "HELP-0001", "--duress", "--max-uses", 3,
             "--max-uses-day", 1)
        credential, = rows(box, "credential", "list")
        assert (credential["duress"], credential["max_uses"], credential["max_uses_day"]) == (True, 3, 1), credential
        secret = done(box, "credential", "add", "--holder", "an", "--one-time").splitlines()[1].split()[1]
        assert len(secret) == 64 and secret not in box.log_text()
        code = done(box, "one-time", "--id", "an", "--secret-stdin", input=secret + "\n").strip()
        assert code.startswith("SO1:AN:") and len(code) == 15, code
        done(box, "holder", "block", "an", "--silent")
        holder, = rows(box, "holder", "list")
        assert holder["blocked"] and holder["silent"], holder
        done(box, "holder", "unblock", "an")
        holder, = rows(box, "holder", "list")
        assert "blocked" not in holder and "silent" not in holder, holder


@test("passes are revoked by number and by holder, and the gate lists what it refuses")
def _():
    with gate() as box:
        done(box, "pass", "revoke", "--pass", "01234567/0123456789abcdef", "--until", "2099-12-31")
        done(box, "pass", "revoke", "--holder", "an")
        listed = rows(box, "pass", "revocations")
        assert [("holder" in row, "lookup" in row) for row in listed] == [(True, False), (False, True)], listed
        assert box.ctl("pass", "revoke", "--pass", "xyz").returncode == 2
        assert box.ctl("pass", "revoke").returncode == 2


@test("the doctor says whose passes are taken, and what lies in the folder that is no key")
def _():
    with gate(start=False) as box:
        issuers = box.folder / "issuers"
        box.options["trust.issuers-folder"] = issuers
        box.write_config()
        box.start()

        def said():
            findings = map(json.loads, box.ctl("--config", box.config, "doctor", "--json").stdout.splitlines())
            return next(finding for finding in findings if finding["check"] == "issuers")
        assert "no passes are taken" in said()["message"], said()
        Issuer(box.folder).trust()
        assert (said()["result"], said()["message"]) == ("ok", f"{issuers}: 1 key"), said()
        (issuers / "notes.txt").write_text("not a key")
        assert said()["result"] == "warn" and "notes.txt" in said()["message"], said()


if __name__ == "__main__":
    sys.exit(run())
