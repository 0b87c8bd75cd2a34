"""The verbs of the local protocol about when, where, who with and for how long: each with what it takes and refuses."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from stile import gate  # noqa: E402
from tap import run, test  # noqa: E402

MORNING, EVENING = "2026-09-02T01:00:00.000Z", "2026-09-02T10:00:00.000Z"
COMING, GOING = "2098-09-02T01:00:00.000Z", "2098-09-02T10:00:00.000Z"  # visits that are over are forgotten


def refused(box, reason, verb, about="", **fields):
    """The verb is answered with this reason, and a message that names what is wrong."""
    answer = box.ask(verb, **fields)
    error = answer.get("error")
    assert error and error["reason"] == reason and about in error["message"], f"{verb} {fields}: {answer}"


def bad(box, verb, about, *variants):
    for fields in variants:
        refused(box, "bad_request", verb, about, **fields)


def row(box, verb, name, key, value):
    """The one row of a list whose key is so."""
    found = [entry for entry in box.ok(verb)[name] if entry.get(key) == value]
    assert len(found) == 1, f"{verb}: {key}={value}: {found}"
    return found[0]


def put_holder(box, holder, **fields):
    box.ok("holder-put", holder={"id": holder, "name": holder.title(), **fields})


@test("a schedule is put, listed in the shortest form, replaced, and kept while a level has it")
def _(box):
    box.ok("schedule-put", schedule={"id": "office", "periods": ["mon-fri 08:00-17:30", "special 10:00-12:00"]})
    assert row(box, "schedules", "schedules", "id", "office")["periods"] == ["mon-fri 08:00-17:30",
                                                                            "special 10:00-12:00"]
    box.ok("level-put", level={"id": "staff", "access_points": ["entry"], "schedule": "office"})
    assert row(box, "levels", "levels", "id", "staff")["schedule"] == "office"
    refused(box, "busy", "schedule-remove", schedule="office")
    box.ok("schedule-put", schedule={"id": "office", "periods": []})
    assert row(box, "schedules", "schedules", "id", "office")["periods"] == []
    box.ok("level-put", level={"id": "staff", "access_points": ["entry"]})
    assert "schedule" not in row(box, "levels", "levels", "id", "staff")
    box.ok("schedule-remove", schedule="office")
    refused(box, "not_found", "schedule-remove", schedule="office")
    refused(box, "not_found", "level-put", "schedule",
            level={"id": "staff", "access_points": ["entry"], "schedule": "office"})


@test("a level or schedule is changed by whoever has seen it as it is, and not over somebody else's change")
def _(box):
    for verb, rows, word, one, other in (
            ("schedule-put", "schedules", "schedule", {"periods": ["mon-fri 08:00-17:30"]}, {"periods": []}),
            ("level-put", "levels", "level", {"access_points": ["entry", "*"]}, {"access_points": ["exit"]}),
            ("area-put", "areas", "area", {"access_points": ["entry"], "occupancy_limit": 7}, {"access_points": ["exit"], "passback": "hard"})):
        one, other = {"id": "mine", **one}, {"id": "mine", **other}
        refused(box, "changed", verb, was=one, **{word: one})
        box.ok(verb, was=None, **{word: one})
        refused(box, "changed", verb, was=None, **{word: other})
        seen = {key: value for key, value in row(box, rows, rows, "id", "mine").items() if key != "inside"}
        refused(box, "changed", verb, was=other, **{word: other})
        assert row(box, rows, rows, "id", "mine") == {**seen, **({"inside": 0} if word == "area" else {})}
        box.ok(verb, was=seen, **{word: other})
        refused(box, "changed", verb, was=seen, **{word: one})
        box.ok(verb, **{word: one})
        bad(box, verb, "was", *[{"was": was, word: one} for was in (7, "x", [])])
        box.ok(verb.replace("put", "remove"), **{word: "mine"})


@test("a schedule that cannot be understood is refused as a whole")
def _(box):
    bad(box, "schedule-put", "", {}, {"schedule": 7}, {"schedule": {"periods": []}}, {"schedule": {"id": "Ä"}})
    bad(box, "schedule-put", "periods", *[{"schedule": {"id": "x", "periods": periods}} for periods in (
        None, "mon 08:00-09:00", ["mon"], ["mon 8-9"], ["mon 08:00-24:01"], ["noday 08:00-09:00"], [""], [7],
        ["mon 08:00-09:00"] * 17)])
    assert all(entry["id"] != "x" for entry in box.ok("schedules")["schedules"])
    bad(box, "schedules", "limit", {"limit": 0}, {"limit": 21})
    bad(box, "schedule-remove", "schedule", {}, {"schedule": ""}, {"schedule": ["x"]})


@test("special days are of one year or of every year, and only days that there are")
def _(box):
    for date, name in (("2026-09-02", "Quốc khánh"), ("--02-29", "leap day"), ("2028-02-29", None), ("--12-31", "x")):
        box.ok("special-day-put", date=date, **({"name": name} if name else {}))
    box.ok("special-day-put", date="--12-31", name="New Year's Eve")
    days = box.ok("special-days")["special_days"]
    assert [day["date"] for day in days] == ["--02-29", "--12-31", "2026-09-02", "2028-02-29"], days
    assert days[1]["name"] == "New Year's Eve" and days[2]["name"] == "Quốc khánh" and days[3]["name"] == "", days
    bad(box, "special-day-put", "date", *[{"date": date} for date in (
        "", "2026-02-29", "2100-02-29", "--02-30", "--13-01", "--00-10", "2026-04-31", "2026-9-2", "1969-12-31", "-- 9- 2",
        "2026-+9-02", "--09-02 ", "2026/09/02", 20260902, None)], {})
    bad(box, "special-day-put", "name", {"date": "2026-09-03", "name": "n" * 64}, {"date": "2026-09-03", "name": 7})
    for day in days:
        box.ok("special-day-remove", date=day["date"])
    refused(box, "not_found", "special-day-remove", date="2026-09-02")
    bad(box, "special-day-remove", "date", {}, {"date": "tomorrow"})
    assert box.ok("special-days")["special_days"] == []


@test("more special days than one answer lists are refused")
def _(box):
    dates = [f"{year}-{month:02}-{day:02}" for year in (2030, 2031) for month in range(1, 13) for day in range(1, 18)]
    with box.local() as local:
        for date in dates[:400]:
            local.ok("special-day-put", date=date)
        refused(box, "out_of_range", "special-day-put", date=dates[400])
        local.ok("special-day-put", date=dates[0], name="again")
        assert len(local.ok("special-days")["special_days"]) == 400
        for date in dates[:400]:
            local.ok("special-day-remove", date=date)


@test("an area has its access points for itself, and tells its limits and who is inside")
def _(box):
    box.ok("area-put", area={"id": "hall", "access_points": ["entry", "entry", "exit"]})
    assert row(box, "areas", "areas", "id", "hall") == {"id": "hall", "access_points": ["entry", "exit"], "inside": 0}
    refused(box, "exists", "area-put", area={"id": "lab", "access_points": ["lab-in", "exit"]})
    assert len(box.ok("areas")["areas"]) == 1
    full = {"id": "hall", "access_points": ["entry"], "occupancy_limit": 40, "passback": "hard",
            "passback_reset_h": 12, "passback_reset_at": "04:00"}
    box.ok("area-put", area=full)
    assert row(box, "areas", "areas", "id", "hall") == {**full, "inside": 0}
    never = {"id": "hall", "access_points": ["entry"], "passback": "off", "passback_reset_h": 0,
             "passback_reset_at": "never"}
    box.ok("area-put", area=never)
    assert row(box, "areas", "areas", "id", "hall") == {**never, "inside": 0}
    box.ok("area-put", area={"id": "lab", "access_points": ["exit"]})
    assert [area["id"] for area in box.ok("areas", after="hall")["areas"]] == ["lab"]
    assert [area["id"] for area in box.ok("areas", limit=1)["areas"]] == ["hall"]
    good = {"id": "x", "access_points": ["x-in"]}
    for key, values in {"occupancy_limit": (-1, 1000001, "40"), "passback": ("", "loud", 1),
                        "passback_reset_h": (-1, 721), "passback_reset_at": ("4", "24:00", "04:60", "", 240),
                        "access_points": ([], None, ["*"], ["Entry"], [7], ["p"] * 65)}.items():
        bad(box, "area-put", key, *[{"area": {**good, key: value}} for value in values])
    bad(box, "area-put", "", {}, {"area": []}, {"area": {"access_points": ["x-in"]}})
    for area in ("hall", "lab"):
        box.ok("area-remove", area=area)
    refused(box, "not_found", "area-remove", area="hall")


@test("who passes is counted inside the area of the access point, and forgiven")
def _(box):
    box.ok("area-put", area={"id": "hall", "access_points": ["entry", "exit"]})
    box.enrol("chi", "CODE-CHI")
    box.scene.show("CODE-CHI")
    box.wait_event("AccessGranted", holder="chi")
    box.pass_through()
    box.wait_event("AccessTaken", holder="chi")
    assert row(box, "areas", "areas", "id", "hall")["inside"] == 1
    box.scene.clear()
    box.ok("forgive", holder="chi")
    assert row(box, "areas", "areas", "id", "hall")["inside"] == 0
    box.ok("area-remove", area="hall")
    box.ok("holder-remove", holder="chi")


@test("a holder has a role, an escort, a silent alarm and what was declared")
def _(box):
    put_holder(box, "an")
    plain = row(box, "holders", "holders", "id", "an")
    assert not {"role", "escort", "silent", "declaration", "blocked"} & set(plain), plain
    put_holder(box, "an", role="visitor", escort="*", blocked=True, silent=True)
    box.ok("declaration-put", holder="an", result="green", at=MORNING.replace("2026", "2025"), until=EVENING)
    full = row(box, "holders", "holders", "id", "an")
    assert full["declaration"] == {"result": "green", "at": MORNING.replace("2026", "2025"), "until": EVENING}, full
    assert (full["role"], full["escort"], full["silent"], full["blocked"]) == ("visitor", "*", True, True), full
    box.ok("declaration-put", holder="an", result="red")
    declared = row(box, "holders", "holders", "id", "an")["declaration"]
    assert declared["result"] == "red" and "at" in declared and "until" not in declared, declared
    put_holder(box, "an", role="worker", escort="binh")
    changed = row(box, "holders", "holders", "id", "an")
    assert changed["escort"] == "binh" and changed["declaration"]["result"] == "red", changed
    bad(box, "holder-put", "role", *[{"holder": {"id": "an", "name": "An", "role": role}} for role in ("", "boss", 1)])
    bad(box, "holder-put", "escort", *[{"holder": {"id": "an", "name": "An", "escort": escort}} for escort in
                                       ("**", "Binh", 1, None)])
    bad(box, "holder-put", "silent", {"holder": {"id": "an", "name": "An", "silent": "yes"}})
    bad(box, "declaration-put", "result", {"holder": "an"}, {"holder": "an", "result": "blue"},
        {"holder": "an", "result": ""}, {"holder": "an", "result": 1})
    bad(box, "declaration-put", "at", {"holder": "an", "result": "red", "at": "2099-01-01T00:00:00Z"},
        {"holder": "an", "result": "red", "at": "today"})
    bad(box, "declaration-put", "holder", {"result": "red"})
    refused(box, "not_found", "declaration-put", holder="nobody", result="green")
    box.ok("holder-remove", holder="an")
    put_holder(box, "an")
    assert "declaration" not in row(box, "holders", "holders", "id", "an")
    box.ok("holder-remove", holder="an")


@test("a credential may count its uses and call for help")
def _(box):
    put_holder(box, "an")
    lookup = box.ok("credential-add", holder="an", code="CODE-AN", duress=True, max_uses=10, max_uses_day=2)["lookup"]
    limited = row(box, "credentials", "credentials", "lookup", lookup)
    assert (limited["duress"], limited["max_uses"], limited["max_uses_day"]) == (True, 10, 2), limited
    box.ok("credential-add", holder="an", code="CODE-AN")
    assert not {"duress", "max_uses", "max_uses_day"} & set(row(box, "credentials", "credentials", "lookup", lookup))
    for key, values in {"max_uses": (0, 1000001, "2"), "max_uses_day": (0, -1, 1.5), "duress": ("no", 1)}.items():
        bad(box, "credential-add", key, *[{"holder": "an", "code": "CODE-AN", key: value} for value in values])
    box.ok("holder-remove", holder="an")


@test("the secret of a one-time id is told to who enrols it, always the same")
def _(box):
    put_holder(box, "an")
    added = box.ok("credential-add", holder="an", one_time=True)
    assert len(bytes.fromhex(added["secret"])) == 32 and added["secret"] != added["lookup"], added
    assert box.ok("credential-add", holder="an", one_time=True) == added
    listed = row(box, "credentials", "credentials", "lookup", added["lookup"])
    assert listed["class"] == "one_time" and "secret" not in listed, listed
    assert box.ok("credential-add", holder="an", code="SO1:AN:00000000")["lookup"] == added["lookup"]
    bad(box, "credential-add", "one_time", {"holder": "an", "one_time": "yes", "code": "CODE-AN"},
        {"holder": "an", "one_time": True, "code": "CODE-AN"}, {"holder": "an", "one_time": True, "national_id": "1" * 12})
    bad(box, "credential-add", "national_id", {"holder": "an"}, {"holder": "an", "one_time": False})
    refused(box, "not_found", "credential-add", "holder", holder="nobody", one_time=True)
    box.ok("holder-remove", holder="an")


@test("passes are revoked by number or all of a holder, and listed page by page")
def _(box):
    for number in range(3):
        box.ok("revocation-put", kid="0123abcd", **{"pass": f"{number:016x}"})
    box.ok("revocation-put", kid="0123abce", until=EVENING.replace("2026", "2099"), **{"pass": f"{0:016x}"})
    box.ok("revocation-put", holder="nobody-here")
    rows = box.ok("revocations")["revocations"]
    assert len(rows) == 5 and len({entry.get("lookup") for entry in rows}) == 5, rows
    assert [entry for entry in rows if "holder" in entry] == rows[:1] and rows[0]["holder"] == "nobody-here", rows
    assert [entry["until"] for entry in rows if "until" in entry] == [EVENING.replace("2026", "2099")], rows
    assert all("at" in entry for entry in rows)
    paged, after = [], {}
    while page := box.ok("revocations", limit=2, **after)["revocations"]:
        paged += page
        after = {"after": page[-1]}
    assert paged == rows, paged
    bad(box, "revocation-put", "", {}, {"pass": "00" * 8}, {"kid": "0123abcd"}, {"pass": "00" * 7, "kid": "0123abcd"},
        {"pass": "00" * 8, "kid": "0123ABCD"}, {"pass": "00" * 8, "kid": 5}, {"holder": "Nobody"}, {"holder": ""},
        {"pass": "00" * 8, "kid": "0123abcd", "holder": "an"}, {"holder": "an", "until": "later"})
    bad(box, "revocations", "after", {"after": "x"}, {"after": {}}, {"after": {"lookup": "00"}}, {"after": {"holder": 7}})
    bad(box, "revocations", "limit", {"limit": 0}, {"limit": 101})


VISIT = {"id": "v-3", "name": "V", "from": COMING, "until": GOING}


@test("a visit is a visitor and a card, or nothing at all")
def _(box):
    box.ok("visit-add", visit={**VISIT, "id": "v-1", "name": "Trần Khách", "escort": "an",
                               "national_id": "001099000123"})
    visitor = row(box, "holders", "holders", "id", "v-1")
    assert box.ok("holders", holder="v-1")["holders"] == [visitor]
    refused(box, "not_found", "holders", holder="nobody")
    # By which events name them.
    assert re.fullmatch("[0-9a-f]{32}", visitor.pop("subject"))
    assert visitor == {"id": "v-1", "name": "Trần Khách", "role": "visitor", "escort": "an", "valid_from": COMING,
                       "valid_until": GOING, "levels": [{"level": "all"}]}, visitor
    card, = box.ok("credentials", holder="v-1")["credentials"]
    assert (card["class"], card["valid_from"], card["valid_until"]) == ("cccd", COMING, GOING), card
    box.ok("level-put", level={"id": "hall", "access_points": ["entry"]})
    box.ok("visit-add", visit={**VISIT, "id": "v-2", "levels": [{"level": "hall"}]})
    assert row(box, "holders", "holders", "id", "v-2")["levels"] == [{"level": "hall"}]
    assert box.ok("credentials", holder="v-2")["credentials"] == []
    before = box.status()["registry"]
    refused(box, "exists", "visit-add", visit={**VISIT, "id": "v-1"})
    refused(box, "exists", "visit-add", visit={**VISIT, "national_id": "001099000123"})
    refused(box, "not_found", "visit-add", "levels", visit={**VISIT, "levels": [{"level": "missing"}]})
    for key, values in {"id": ("", "V 3", 3), "name": ("", "n" * 128, None), "from": ("", "now", None),
                        "until": (COMING, "2098-09-01T00:00:00Z", None), "escort": ("An", 1), "levels": ("all", ["all"]),
                        "national_id": ("1", 1), "code": ("abc", "")}.items():
        bad(box, "visit-add", key, *[{"visit": {**VISIT, key: value}} for value in values])
    for key in VISIT:
        bad(box, "visit-add", key, {"visit": {name: value for name, value in VISIT.items() if name != key}})
    bad(box, "visit-add", "", {}, {"visit": "v-3"}, {"visit": [VISIT]})
    assert box.status()["registry"] == before


@test("an import is one change already: no visit in its midst, and its areas count from its commit on")
def _(box):
    with box.local() as local:
        local.ok("import-begin")
        local.ok("area-put", area={"id": "dock", "access_points": ["dock-in"]})
        local.ok("schedule-put", schedule={"id": "dock", "periods": ["daily 00:00-24:00"]})
        assert local.ask("visit-add", visit=VISIT)["error"]["reason"] == "busy"
        for verb, fields in (("visit-add", {"visit": VISIT}), ("area-remove", {"area": "dock"}),
                             ("special-day-put", {"date": "--01-01"}), ("revocation-put", {"holder": "an"}),
                             ("declaration-put", {"holder": "an", "result": "red"})):
            refused(box, "busy", verb, "import", **fields)
        assert box.ok("areas")["areas"] == []
        local.ok("import-rollback")
    assert box.ok("areas")["areas"] == [] and box.ok("schedules")["schedules"] == []
    box.ok("visit-add", visit=VISIT)


@test("what was put is there after a restart")
def _(box):
    box.ok("schedule-put", schedule={"id": "night", "periods": ["daily 22:00-06:00"]})
    box.ok("special-day-put", date="--09-02", name="Quốc khánh")
    box.ok("area-put", area={"id": "hall", "access_points": ["entry"], "occupancy_limit": 3})
    lists = (("schedules", "schedules"), ("special-days", "special_days"), ("areas", "areas"),
             ("revocations", "revocations"), ("holders", "holders"))
    before = [box.ok(verb)[name] for verb, name in lists]
    assert all(before)
    assert box.stop() == 0
    box.start()
    assert [box.ok(verb)[name] for verb, name in lists] == before


if __name__ == "__main__":
    sys.exit(run(gate()))
