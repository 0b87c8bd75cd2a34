"""stile-dashboard over the real thing: a gate, a broker, the collector's archive; and people who may this, or that."""

import concurrent.futures
import contextlib
import csv
import datetime
import json
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from dashboard import ANSWERS, PASSWORD, Dashboard  # noqa: E402
from issuer import Issuer  # noqa: E402
from registry_site import Site  # noqa: E402
from stile import BUILD, Archive, folder, gate, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
GATE = "acme/plant/gate-1"


@contextlib.contextmanager
def alone(**options):
    """A dashboard without an archive."""
    with folder() as path:
        made = Dashboard(path, options=options)
        try:
            yield made.start()
        except Exception:
            print("# " + "\n# ".join(made.log_text().splitlines()[-30:]))
            raise
        finally:
            made.stop()


@contextlib.contextmanager
def plant(options=None, **gate_options):
    """A gate with somebody enrolled, its collector, a dashboard that may command it, and its first administrator."""
    with gate(with_broker=True, **gate_options) as box:
        archive = Archive(box.folder, box.broker)
        made = Dashboard(box.folder, archive, {"broker.host": "127.0.0.1", "broker.port": box.broker.port,
                                               "broker.tls": "no", "broker.name": "desk", **(options or {})})
        try:
            archive.start()
            made.start()
            box.enrol("an", "CODE-0001")
            box.wait_seeing()
            yield box, archive, made, made.root()
        except Exception:
            for text in (made.log_text(), archive.log_text()):
                print("# " + "\n# ".join(text.splitlines()[-30:]))
            raise
        finally:
            made.stop()
            archive.stop()


def pass_once(box, code="CODE-0001"):
    before = box.head()
    box.scene.show(code)
    box.wait_event("AccessGranted", after=before)
    box.pass_through()
    box.scene.clear()
    return box.wait_event("AccessTaken", after=before)


@test("the first link makes one administrator, once, and is gone with the next start")
def _():
    with alone() as made:
        assert made.link.stat().st_mode & 0o777 == 0o600
        nobody = made.person()
        assert nobody.get("first") == {"needed": True}
        assert nobody.ask("POST", "first", {"token": "x" * 43, "name": "root", "password": PASSWORD}).status == 401
        token = made.token()
        root = nobody.first(token)
        assert root.get("session")["grants"] == [{"role": "administrator", "area": ""}]
        assert made.person().ask("POST", "first", {"token": token, "name": "eve", "password": PASSWORD}).status == 401
        assert made.token() not in made.log_text()
        made.stop()
        made.start()
        assert not made.link.exists()
        root.port = made.port
        assert root.get("session")["name"] == "root"  # a restart logs nobody out


@test("whoever logs out, or is changed by an administrator, is out at once")
def _():
    with alone() as made:
        root = made.root()
        mai = made.add(root, "mai", ("guard", "acme/plant"))
        assert mai.ask("DELETE", "session").status == 204
        assert mai.ask("GET", "session").status == 401
        mai = made.person().login("mai")
        assert root.ask("PATCH", "accounts/mai", {"disabled": True}).json["disabled"] is True
        assert mai.ask("GET", "session").status == 401
        assert made.person().ask("POST", "session", {"name": "mai", "password": PASSWORD}).status == 401
        assert root.ask("DELETE", "accounts/root").status == 409
        assert root.ask("PATCH", "accounts/root", {"grants": []}).status == 409
        assert root.ask("DELETE", "accounts/mai").status == 204
        assert [account["name"] for account in root.get("accounts")["accounts"]] == ["root"]


@test("what another site could make a browser do is refused")
def _():
    with alone() as made:
        root = made.root()
        account = {"name": "eve", "password": PASSWORD, "grants": []}
        for headers in ({"X-Stile-CSRF": ""}, {"X-Stile-CSRF": root.csrf[:-1] + "_"}):
            assert root.ask("POST", "accounts", account, headers).reason == "csrf"
        login = {"name": "root", "password": PASSWORD}
        assert made.person().ask("POST", "session", login, {"Content-Type": "text/plain"}).reason == "csrf"
        assert made.person().ask("POST", "session", login, {"Origin": "http://evil.example"}).reason == "csrf"
        origin = {"Origin": f"http://127.0.0.1:{made.port}"}
        assert made.person().ask("POST", "session", login, origin).status == 200
        cookie = made.person().ask("POST", "session", login).headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
        for answer in (root.ask("GET", "session"), root.ask("GET", "nothing"), root.ask("GET", "/none.js")):
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@test("whoever guesses passwords has to wait, and learns nothing of who there is")
def _():
    with alone() as made:
        made.root()
        answers = [made.person().ask("POST", "session", {"name": name, "password": "wrong " * 3})
                   for name in ("root", "nobody")]
        assert answers[0].body == answers[1].body and answers[0].status == 401
        statuses = [made.person().ask("POST", "session", {"name": "root", "password": "wrong " * 3}).status
                    for _ in range(6)]
        assert 429 in statuses
        answer = made.person().ask("POST", "session", {"name": "root", "password": PASSWORD})
        assert answer.status == 429 and int(answer.headers["Retry-After"]) >= 1


@test("a crowd that logs in leaves a worker to the others, and is told to come again")
def _():
    with alone(**{"http.workers": 2}) as made:
        root = made.root()
        login = {"name": "root", "password": PASSWORD}
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            crowd = [pool.submit(made.person().ask, "POST", "session", login) for _ in range(12)]
            assert root.get("session")["name"] == "root"
            statuses = {each.result().status for each in crowd}
        assert statuses == {200, 503}, statuses


@test("without a session nothing is told, and a role tells its own things only")
def _():
    with plant() as (box, _archive, made, root):
        pass_once(box)
        people = {"viewer": made.add(root, "viewer", ("viewer", "")), "guard": made.add(root, "guard", ("guard", "")),
                  "manager": made.add(root, "manager", ("manager", "")),
                  "tracer": made.add(root, "tracer", ("tracer", "")),
                  "auditor": made.add(root, "auditor", ("auditor", "")), "administrator": root, "nobody": made.person()}
        period = {"from": "2026-01-01", "until": "2026-01-31"}
        subject = {"subject": "00112233445566778899aabbccddeeff"}
        allowed = {
            ("gates", ()): {"viewer", "guard", "manager"}, ("totals", ()): {"viewer", "guard", "manager"},
            ("presence", ()): {"guard", "manager"}, ("presence.csv", ()): {"guard", "manager"},
            ("figures", tuple(period.items())): {"manager"}, ("figures.csv", tuple(period.items())): {"manager"},
            ("visits", tuple(subject.items())): {"manager", "tracer"},
            ("events", tuple(subject.items())): {"manager"},
            ("accounts", ()): {"administrator"}, ("audit", ()): {"auditor", "administrator"},
            ("audit/verify", ()): {"auditor", "administrator"}}
        for (path, query), roles in allowed.items():
            for role, person in people.items():
                answer = person.ask("GET", path, **dict(query))
                if role == "nobody":
                    assert answer.status == 401, (path, role, answer.status)
                elif role in roles:
                    assert answer.status == 200, (path, role, answer.status, answer.body)
                elif path in ("gates", "totals"):  # nothing is theirs
                    assert answer.status == 200 and not answer.json.get("gates") or path == "totals"
                else:
                    assert answer.status == 403, (path, role, answer.status)
        order = {"command": "AccessDoor", "access_point": "entry", "reason": "test"}
        for role, person in people.items():
            status = person.ask("POST", f"gates/{GATE}/commands", order).status
            assert status == (401 if role == "nobody" else 202 if role in ("guard", "manager") else 403), (role, status)


@test("somebody of another area sees nothing, whatever they ask for")
def _():
    with plant() as (box, _archive, made, root):
        pass_once(box)
        manager = made.add(root, "manager", ("manager", "acme/plant"))
        wait_until(lambda: manager.get("events")["events"], "the events")
        assert manager.get("gates")["gates"][0]["gate"] == GATE
        areas = ("acme/plan", "acme/plant-2", "other", "acme/plant/gate-2", "acme/plant/gate")
        others = [made.add(root, f"other-{number}", ("manager", area), ("tracer", area)) for number, area in enumerate(areas)]
        streams = [other.stream(area=GATE) for other in others]
        for stream in streams:
            stream.wait("totals")
        pass_once(box)
        wait_until(lambda: manager.get("events", limit=1)["events"][0]["event"] == "AccessTaken", "the row")
        for other, area in zip(others, areas):
            assert other.get("gates")["gates"] == []
            for query in ({}, {"area": "acme/plant"}, {"area": GATE}, {"area": "acme"}):
                assert other.get("events", **query)["events"] == [], (area, query)
                assert other.get("presence", **query)["inside"] == []
                assert other.get("totals", **query)["entries_today"] == 0
            assert other.ask("GET", f"gates/{GATE}").status == 404
            assert other.ask("POST", f"gates/{GATE}/commands", {"command": "LockOpen", "reason": "x"}).status == 403
        # Whoever may see it has; the others' streams are looked at last.
        for stream in streams:
            while not stream.events.empty():
                stream.seen.append(stream.events.get())
            assert not [event for event, _ in stream.seen if event in ("entry", "gate")], stream.seen
            stream.close()


@test("a passage is on the stream, in the events, in the totals and in the figures; its person inside, then not")
def _():
    with plant() as (box, _archive, made, root):
        guard, manager = made.add(root, "guard", ("guard", "acme")), made.add(root, "manager", ("manager", ""))
        viewer = made.add(root, "viewer", ("viewer", GATE))
        stream, masked = guard.stream(), viewer.stream()
        stream.wait("hello")
        masked.wait("totals")
        stream.wait("totals")
        wait_until(lambda: box.status()["journal"]["outbox"] == 0, "the uplink to have settled")
        before, began = box.head(), time.monotonic()
        box.scene.show("CODE-0001")
        stream.wait("entry", event="AccessGranted")
        print(f"# on the stream {time.monotonic() - began:.2f} s after the code was shown")
        box.pass_through()
        box.scene.clear()
        row = box.wait_event("AccessTaken", after=before)
        shown = stream.wait("entry", event="AccessTaken", seq=row["seq"])
        assert shown["gate"] == GATE and shown["subject"] == row["subject"]
        assert masked.wait("entry", event="AccessTaken", seq=row["seq"])["subject"] is None
        stream.wait("totals", inside=1, entries_today=1)
        presence = guard.get("presence")
        assert presence["count"] == 1 and presence["sites"] == [{"site": "acme/plant", "inside": 1}]
        visit = presence["inside"][0]
        assert visit["subject"] == row["subject"] and visit["left"] is None and visit["gate_in"] == GATE
        assert "acme/plant," in guard.ask("GET", "presence.csv").body.decode()
        gates = guard.get("gates")["gates"]
        assert gates[0]["state"] == "online" and {point["id"] for point in gates[0]["access_points"]} == {"entry", "exit"}
        assert guard.get(f"gates/{GATE}")["gate"] == GATE
        today = time.strftime("%Y-%m-%d", time.gmtime())
        figures = manager.get("figures", from_=today, until=today, by="day")
        assert figures["rows"][0]["entries"] == 1 and figures["rows"][0]["active_gates"] == 1
        assert figures["areas"][0]["area"] == "acme" and figures["areas"][0]["gates"] == 1
        assert "Lượt vào" in manager.ask("GET", "figures.csv", from_=today, until=today).body.decode("utf-8-sig")
        events = manager.get("events", subject=row["subject"])["events"]
        assert {event["event"] for event in events} == {"AccessTaken", "AccessGranted"}
        assert manager.get("visits", subject=row["subject"])["visits"][0]["entered"] == visit["entered"]
        page = manager.get("events", limit=2)
        later = manager.get("events", limit=2, cursor=page["next"])
        assert [event["seq"] for event in page["events"] + later["events"]] == sorted(
            (event["seq"] for event in page["events"] + later["events"]), reverse=True)
        for each in (stream, masked):
            each.close()


@test("a command from the dashboard opens the lane, is answered, journaled and in the audit log")
def _():
    with plant() as (box, _archive, made, root):
        guard = made.add(root, "guard", ("guard", "acme/plant"))
        wait_until(lambda: guard.ask("POST", f"gates/{GATE}/commands", {
            "command": "AccessDoor", "access_point": "entry", "reason": "wheelchair"}).json.get("state") == "done",
                   "the command to be carried out")
        box.wait_event("AccessDoor")
        refused = guard.ask("POST", f"gates/{GATE}/commands", {
            "command": "AccessDoor", "access_point": "nowhere", "reason": "x"}).json
        assert refused["state"] == "refused" and refused["refusal"], refused
        assert guard.get(f"commands/{refused['id']}")["state"] == "refused"
        line = [line for line in root.get("audit", action="command")["entries"] if line["actor"] == "guard"][-1]
        assert line["target"] == GATE and line["detail"]["reason"] == "wheelchair"
        manager = made.add(root, "manager", ("manager", "acme"))
        assert manager.ask("POST", f"gates/{GATE}/commands", {"command": "LockOpen", "reason": "drill"}).json["state"] == "done"
        wait_until(lambda: {point["mode"] for point in manager.get(f"gates/{GATE}")["access_points"]} == {"locked_open"},
                   "the gate's word that it is open", 20)


@test("a trace needs its role, a case and a reason, and finds who was there at the same time")
def _():
    with plant() as (box, _archive, made, root):
        box.enrol("binh", "CODE-0002")
        first = pass_once(box)
        before = box.head()
        box.scene.show("CODE-0002")
        box.wait_event("AccessGranted", after=before)
        box.pass_through()
        box.scene.clear()
        second = box.wait_event("AccessTaken", after=before)
        tracer = made.add(root, "tracer", ("tracer", "acme"))
        wish = {"subject": first["subject"], "from": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z",
                "margin_min": 5, "case": "HCDC 12/2026", "reason": "contact tracing"}
        wait_until(lambda: tracer.ask("POST", "traces", wish).json.get("contacts"), "the contact")
        found = tracer.ask("POST", "traces", wish).json
        assert {contact["visit"]["subject"] for contact in found["contacts"]} == {second["subject"]}
        assert found["contacts"][0]["hop"] == 1 and found["truncated"] is False
        for missing in ("case", "reason"):
            assert tracer.ask("POST", "traces", {**wish, missing: ""}).status == 400
        manager = made.add(root, "manager", ("manager", ""))
        assert manager.ask("POST", "traces", wish).status == 403
        line = root.get("audit", action="trace")["entries"][0]
        assert line["actor"] == "tracer" and line["detail"]["case"] == "HCDC 12/2026"


def register_visitors(made, root, manager):
    """A guard may, for hours, and sees no more of the registry than before."""
    guard = made.add(root, "guard", ("guard", "acme"))
    other = made.add(root, "other", ("guard", "elsewhere"))
    wish = {"name": "Lê Văn Khách", "hours": 8, "code": "DAY-PASS-07", "level": "all"}
    assert other.ask("POST", "visitors", wish).status == 403
    answer = guard.ask("POST", "visitors", wish)
    assert answer.status == 201 and answer.json["id"].startswith("visitor-2"), answer.body
    until = datetime.datetime.fromisoformat(answer.json["until"]) - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(hours=7.9) < until <= datetime.timedelta(hours=8), until
    visitor = manager.get(f"people/{answer.json['id']}", reveal=1)
    assert (visitor["name"], visitor["role"], visitor["levels"][0]["level"]) == ("Lê Văn Khách", "visitor", "all"), visitor
    assert len(manager.get(f"people/{answer.json['id']}/credentials")["credentials"]) == 1
    assert guard.ask("POST", "visitors", {**wish, "name": "Another"}).status == 409  # the pass is somebody's
    assert guard.ask("POST", "visitors", {"name": "Nobody's code", "hours": 2}).status == 201
    for wrong in ({"name": "x"}, {**wish, "hours": 25}, {**wish, "hours": 0}, {**wish, "national_id": "001099000123"},
                  {**wish, "levels": []}, {**wish, "name": 7}, [], "x"):
        assert guard.ask("POST", "visitors", wrong).status == 400, wrong
    assert guard.ask("POST", "visitors", {"name": "Passes are off", "hours": 2, "phone": True}).status == 400
    assert manager.get("people", q="passes are")["people"] == []
    assert guard.ask("GET", f"people/{answer.json['id']}").status == 403
    assert guard.get("levels")["levels"][0]["id"] == "all"
    assert guard.ask("GET", "visitors").status == 405


def attend(box, made, root, manager):
    """Who was there, by name and day; only for the site's manager, and on record."""
    manager.ask("PUT", "people/an", {"name": "=An"})  # blocked above
    box.enrol("an", "CODE-0001")
    pass_once(box)
    today = datetime.datetime.now(datetime.timezone.utc).date()
    wish = {"from_": str(today), "until": str(today + datetime.timedelta(days=1)), "lang": "en"}
    wait_until(lambda: b"an," in manager.ask("GET", "attendance.csv", **wish).body, "the stay in the export", 30)
    rows = list(csv.reader(manager.ask("GET", "attendance.csv", **wish).body.decode("utf-8-sig").splitlines()))
    assert rows[0] == ["Id", "Name", "Day", "First entry", "Last exit", "Minutes", "Stays", "Without entry or exit"], rows
    assert rows[1][:2] == ["an", "'=An"] and rows[1][4:] == ["", "0", "1", "1"] and rows[1][3].startswith(rows[1][2]), rows
    guard = made.person().login("guard")
    assert guard.ask("GET", "attendance.csv", **wish).status == 403
    assert manager.ask("GET", "attendance.csv", from_="2026-01-01", until="2026-12-01").status == 400
    assert manager.ask("GET", "attendance.csv", from_="2026-11-02", until="2026-11-01").status == 400
    assert manager.ask("GET", "attendance.csv").status == 400
    assert manager.ask("POST", "attendance.csv", {}).status == 405
    assert "export_attendance" in {line["action"] for line in root.get("audit")["entries"]}


def declare(made, root, manager, site):
    """For oneself or on somebody's behalf, by hand or as a file; the registry has what the gates are told."""
    guard, other = made.person().login("guard"), made.person().login("other")
    assert guard.get("session")["declarations"] is True
    subject = manager.get("people/an")["subject"]
    assert guard.ask("POST", "declarations", {"subject": subject, "result": "amber"}).status == 204
    assert manager.get("people/an")["declaration"]["result"] == "amber"
    assert other.ask("POST", "declarations", {"holder": "an", "result": "green"}).status == 403
    assert guard.ask("POST", "declarations", {"subject": "0" * 32, "result": "green"}).status == 404
    assert guard.ask("POST", "declarations", {"holder": "nobody", "result": "green"}).status == 404
    for wrong in ({"result": "green"}, {"holder": "an"}, {"holder": "an", "subject": subject, "result": "green"},
                  {"holder": "an", "result": "blue"}, {"holder": "an", "result": "green", "until": "tomorrow"},
                  {"holder": "an", "result": "green", "at": "2036-01-01T00:00:00Z"}, {"subject": "x", "result": "green"},
                  {"holder": "a" * 33, "result": "green"}, []):
        assert guard.ask("POST", "declarations", wrong).status == 400, wrong
    manager.ask("PUT", "people/dung", {"name": "Phạm Thị Dung"})
    rows = "id,result,until\nan,green,2036-01-01T00:00:00Z\ndung,red,\n"
    assert guard.ask("POST", "declarations", rows, commit=1).status == 403
    assert manager.ask("POST", "declarations", rows).json == {"committed": False, "all": 2, "refused": 0, "complaints": []}
    assert manager.get("people/an")["declaration"]["result"] == "amber"
    bad = manager.ask("POST", "declarations", rows + "nobody,green,\nan,blue,\n", commit=1).json
    assert not bad["committed"] and bad["refused"] == 2, bad
    assert "row 4: holder: there is no such holder" in bad["complaints"] and "row 5: result" in bad["complaints"][1], bad
    assert manager.get("people/an")["declaration"]["result"] == "amber"
    assert manager.ask("POST", "declarations", rows, commit=1).json["committed"]
    assert manager.get("people/an")["declaration"]["until"].startswith("2036") and manager.get("people/dung")["declaration"]["result"] == "red"
    assert manager.ask("POST", "declarations", "name\nx\n", commit=1).status == 400
    assert "green" in site.ctl("holder", "list", "--json")
    assert {"declare", "declare_import"} <= {line["action"] for line in root.get("audit")["entries"]}


@test("people of the site's registry are enrolled here, shown masked, and known by name at their events")
def _():
    with gate(with_broker=True) as box:
        site = Site(box.folder, box.broker, site_key=box.folder / "key")
        made = Dashboard(box.folder, site.collector, {"registry.socket": site.socket, "registry.declarations": "yes", "registry.attendance": "yes"})
        try:
            site.collector.start()
            made.start()
            root = made.root()
            manager = made.add(root, "manager", ("manager", "acme"))
            people = "id,name,code\nan,Nguyễn Văn An,CODE-0001\nbinh,Trần Thị Bình,CODE-0002\n"
            preview = manager.ask("POST", "people", people).json
            assert preview["added"] == 2 and not preview["committed"] and manager.get("people")["people"] == []
            assert manager.ask("POST", "people", people, commit=1).json["committed"]
            people = manager.get("people", q="nguyen")["people"]
            assert [person["name"] for person in people] == ["*** An"]
            subject = people[0]["subject"]
            assert manager.get("names", subjects=subject)["names"] == {subject: "*** An"}
            assert manager.get("people/an", reveal=1)["name"] == "Nguyễn Văn An"
            assert manager.ask("PUT", "people/an", {"name": "Nguyễn Văn An", "blocked": True}).json["blocked"] is True
            assert manager.get("levels")["levels"][0]["id"] == "all"
            lookup = manager.ask("POST", "people/an/credentials", {"code": "CODE-0003"}).json["lookup"]
            assert manager.ask("DELETE", f"people/an/credentials/{lookup}").status == 204
            assert len(manager.get("people/an/credentials")["credentials"]) == 2
            assert manager.ask("DELETE", "people/binh").status == 204
            register_visitors(made, root, manager)
            attend(box, made, root, manager)
            declare(made, root, manager, site)
            made.stop()
            made.options.update({"registry.declarations": "no", "registry.attendance": "no"})
            made.start()
            manager.port = made.port
            assert manager.ask("POST", "declarations", {"holder": "an", "result": "green"}).status == 404
            assert manager.ask("GET", "attendance.csv", from_="2026-11-01", until="2026-11-30").status == 404
            assert manager.ask("POST", "enrolments", {"gate": GATE}).status == 404
        except Exception:
            for text in (made.log_text(), site.collector.log_text()):
                print("# " + "\n# ".join(text.splitlines()[-30:]))
            raise
        finally:
            made.stop()
            site.collector.stop()


@contextlib.contextmanager
def managed(dashboard=None, **gate_options):
    """A gate whose registry is the centre's and that trusts an issuer, the centre, and a dashboard that issues passes onto phones."""
    with gate(with_broker=True, start=False) as box:
        site = Site(box.folder, box.broker, site_key=box.folder / "key")
        hr = Issuer(box.folder).trust()
        made = Dashboard(box.folder, site.collector, {"registry.socket": site.socket, "passes.key": "hr", "passes.keys-folder": hr.keys,
                                                      "passes.file": box.folder / "passes.db", **(dashboard or {})})
        box.options.update({"manager centre.key": site.path / "centre.pub", "manager centre.roles": "registry",
                            "trust.issuers-folder": hr.trusted, **gate_options})
        try:
            box.write_config()
            box.start()
            box.wait_seeing()
            site.collector.start()
            made.start()
            yield box, made, hr
        except Exception:
            for text in (made.log_text(), site.collector.log_text()):
                print("# " + "\n# ".join(text.splitlines()[-30:]))
            raise
        finally:
            made.stop()
            site.collector.stop()


@test("a pass that is issued and a declaration that is taken here open a gate that asks for both")
def _():
    with managed({"registry.declarations": "yes"}, **{"rules.declaration": "require"}) as (box, made, _hr):
        manager = made.add(made.root(), "manager", ("manager", "acme"))
        manager.ask("PUT", "people/an", {"name": "Nguyễn Văn An"})
        assert manager.ask("POST", "people/an/credentials", {"code": "4K1ZPRINTEDPASS0000000000A"}).status == 201
        wait_until(lambda: box.status()["registry"]["credentials"] == 1, "the pass at the gate", 30)
        box.scene.show("4K1ZPRINTEDPASS0000000000A")
        box.wait_event("AccessDenied", reason="declaration_missing")
        box.take_away()
        version, before = box.status()["registry"]["version"], box.head()
        assert manager.ask("POST", "declarations", {"holder": "an", "result": "green"}).status == 204
        wait_until(lambda: box.status()["registry"]["version"] > version, "the declaration at the gate", 30)
        box.scene.show("4K1ZPRINTEDPASS0000000000A")
        box.wait_event("AccessGranted", after=before, holder="an")


@test("levels, schedules and special days are kept here by managers, and the gate goes by them")
def _():
    with managed() as (box, made, _hr):
        root = made.root()
        manager, guard = made.add(root, "manager", ("manager", "acme")), made.add(root, "guard", ("guard", "acme"))
        elsewhere = made.add(root, "elsewhere", ("manager", "acme/other"))
        assert manager.ask("PUT", "schedules/office", {"periods": ["mon,tue,wed,thu,fri 8:00-17:30", "special 10:00-12:00"]}).status == 204
        assert manager.ask("PUT", "schedules/never", {"periods": []}).status == 204
        assert manager.get("schedules")["schedules"] == [{"id": "never", "periods": []},
                                                         {"id": "office", "periods": ["mon-fri 08:00-17:30", "special 10:00-12:00"]}]
        assert manager.ask("PUT", "levels/staff", {"access_points": ["*"], "schedule": "never"}).status == 204
        assert {"id": "staff", "access_points": ["*"], "schedule": "never"} in manager.get("levels")["levels"]
        # Two have the same schedule open: who saves last is told, and overwrites nothing.
        office = manager.get("schedules")["schedules"][1]
        assert manager.ask("PUT", "schedules/office", {"periods": ["daily 08:00-17:30"], "was": office}).status == 204
        late = manager.ask("PUT", "schedules/office", {"periods": [], "was": office})
        assert (late.status, late.reason) == (409, "changed"), late.body
        assert manager.ask("PUT", "schedules/office", {"periods": office["periods"], "was": {"id": "office", "periods": ["daily 08:00-17:30"]}}).status == 204
        assert manager.ask("PUT", "levels/staff", {"access_points": ["entry"], "was": None}).reason == "changed"
        for date, name in (("--09-02", "Quốc khánh"), ("2027-02-06", "Tết <img onerror=x>")):
            assert manager.ask("PUT", f"special-days/{date}", {"name": name}).status == 204
        assert manager.get("special-days")["special_days"] == [{"date": "--09-02", "name": "Quốc khánh"},
                                                               {"date": "2027-02-06", "name": "Tết <img onerror=x>"}]

        manager.ask("PUT", "people/an", {"name": "Nguyễn Văn An", "levels": [{"level": "staff"}]})
        assert manager.ask("POST", "people/an/credentials", {"code": "CODE-0001"}).status == 201
        wait_until(lambda: box.status()["registry"]["credentials"] == 1, "the code at the gate", 30)
        box.scene.show("CODE-0001")
        box.wait_event("AccessDenied", reason="outside_schedule")
        box.take_away()
        version, before = box.status()["registry"]["version"], box.head()
        assert manager.ask("PUT", "schedules/never", {"periods": ["daily 00:00-24:00"]}).status == 204
        wait_until(lambda: box.status()["registry"]["version"] > version, "the schedule at the gate", 30)
        box.scene.show("CODE-0001")
        box.wait_event("AccessGranted", after=before, holder="an")

        # A counted area goes to the gate, which lets in as many as it says.
        hall = {"access_points": ["entry"], "occupancy_limit": 1, "passback": "hard", "passback_reset_at": "never"}
        assert manager.ask("PUT", "counted-areas/hall", hall | {"was": None}).status == 204
        assert manager.get("counted-areas")["areas"] == [{"id": "hall", **hall}]
        assert manager.ask("PUT", "counted-areas/hall", hall | {"was": None}).reason == "changed"
        assert manager.ask("PUT", "counted-areas/yard", {"access_points": ["entry"]}).reason == "exists"
        wait_until(lambda: [area["id"] for area in box.ok("areas")["areas"]] == ["hall"], "the area at the gate", 30)
        assert box.ok("areas")["areas"][0]["occupancy_limit"] == 1

        for method, path in (("DELETE", "schedules/never"), ("DELETE", "levels/staff")):
            assert manager.ask(method, path).json["error"]["reason"] == "busy", path
        for path, wrong in (("schedules/x", {"periods": ["weekdays 8-17"]}), ("schedules/x", {}), ("schedules/x", []), ("schedules/x", {"periods": ["daily 00:00-24:00"] * 17}),
                            ("levels/x", {"access_points": []}), ("levels/x", {"access_points": ["a b"]}), ("special-days/2026-02-30", {"name": "x"}),
                            ("counted-areas/x", {"access_points": ["*"]}), ("counted-areas/x", {"access_points": ["exit"], "passback": "maybe"}),
                            ("counted-areas/x", {"access_points": ["exit"], "passback_reset_at": "25:00"}),
                            ("special-days/--09-03", {"name": "n" * 64})):
            assert manager.ask("PUT", path, wrong).status == 400, (path, wrong)
        # Neither the path nor the verb is for the body to say.
        assert manager.ask("PUT", "special-days/--09-02", {"name": "Quốc khánh", "do": "holder-remove", "holder": "an", "date": "--01-01"}).status == 204
        assert len(manager.get("people")["people"]) == 1 and len(manager.get("special-days")["special_days"]) == 2
        assert manager.ask("PUT", "levels/x", {"access_points": ["*"], "schedule": "nowhere"}).status == 404
        for path in ("schedules/UPPER", "schedules/office/more", "schedules/"):
            assert manager.ask("PUT", path, {"periods": []}).status == 404, path
        assert manager.ask("POST", "schedules", {}).status == 405 and manager.ask("GET", "schedules/office").status == 405
        assert guard.get("levels")["levels"]
        for who in (guard, elsewhere):
            assert who.ask("GET", "schedules").status == 403 and who.ask("GET", "special-days").status == 403
            assert who.ask("GET", "counted-areas").status == 403
            for path, body in (("schedules/office", {"periods": []}), ("levels/staff", {"access_points": ["*"]}), ("counted-areas/hall", {"access_points": ["entry"]}), ("special-days/--09-02", {"name": "x"})):
                assert who.ask("PUT", path, body).status == 403 and who.ask("DELETE", path).status == 403, path
        assert manager.ask("DELETE", "people/an").status == 204
        for path in ("levels/staff", "schedules/never", "counted-areas/hall", "special-days/--09-02"):
            assert manager.ask("DELETE", path).status == 204 and manager.ask("DELETE", path).status == 404, path
        auditor = made.add(root, "auditor", ("auditor", ""))
        noted = [(entry["action"], entry["target"], entry["detail"]) for entry in auditor.get("audit")["entries"]]
        assert ("schedule_change", "never", {"periods": ["daily 00:00-24:00"]}) in noted, noted
        assert {"level_change", "level_delete", "schedule_delete", "area_change", "area_delete", "special_day_change", "special_day_delete"} <= {action for action, _, _ in noted}


@test("who asks to know or to be deleted is entered with the law's clocks, and gets it here; nobody else's are seen or touched")
def _():
    with managed({"site.utc-offset-min": 420}) as (box, made, _hr):
        root = made.root()
        manager, guard = made.add(root, "manager", ("manager", "acme")), made.add(root, "guard", ("guard", "acme"))
        for person, code in (("an", "CODE-0001"), ("binh", "CODE-0002")):
            assert manager.ask("PUT", f"people/{person}", {"name": f"{person} <img onerror=x>"}).status == 200
            assert manager.ask("POST", f"people/{person}/credentials", {"code": code}).status == 201
        wait_until(lambda: box.status()["registry"]["credentials"] == 2, "the codes at the gate", 30)
        for code in ("CODE-0001", "CODE-0002"):
            pass_once(box, code)
        subject = manager.get("people/an")["subject"]
        wait_until(lambda: "AccessTaken" in {event["event"] for event in manager.get("events", subject=subject)["events"]}, "the passage at the dashboard", 30)

        assert guard.ask("GET", "requests").status == 403
        assert guard.ask("POST", "requests", {"kind": "access", "holder": "an", "note": "x"}).status == 403
        for wrong in ({"kind": "gossip", "holder": "an", "note": "x"}, {"kind": "access", "note": "x"}, {"kind": "access", "holder": "an"},
                      {"kind": "access", "holder": "an", "note": "n" * 500}, {"kind": "access", "subject": "12", "note": "x"},
                      {"kind": "access", "holder": "an", "note": "x", "received": "2999-01-01T00:00:00Z"}, []):
            assert manager.ask("POST", "requests", wrong).status == 400, wrong
        assert manager.ask("POST", "requests", {"kind": "access", "holder": "nobody", "note": "x"}).status == 404
        asked = {kind: manager.ask("POST", "requests", {"kind": kind, "holder": "an", "note": "=letter()", "received": "2026-11-25T03:00:00Z"}).json["number"]
                 for kind in ("access", "erase")}
        breach = manager.ask("POST", "requests", {"kind": "breach", "note": "a laptop was stolen", "received": "2026-11-27T16:31:00Z"}).json["number"]
        assert manager.ask("GET", "requests", cursor="x").status == manager.ask("GET", "requests", open="2").status == 400
        assert [row["number"] for row in manager.get("requests", cursor=breach)["requests"]] == [asked["erase"], asked["access"]]
        rows = {row["number"]: row for row in manager.get("requests", open=1)["requests"]}
        access = rows[asked["access"]]
        assert (access["subject"], access["answer_by"], access["due"]) == (subject, "2026-11-27T17:00:00.000Z", "2026-12-05T17:00:00.000Z"), access
        assert (rows[breach]["subject"], rows[breach]["answer_by"], rows[breach]["due"]) == (None, None, "2026-11-30T16:31:00.000Z")

        assert manager.ask("POST", f"requests/{asked['access']}/answered").status == 204
        assert manager.ask("POST", f"requests/{asked['access']}/answered").status == 409
        all_of_an = manager.get(f"requests/{asked['access']}/person")
        assert all_of_an["subject"] == subject and all_of_an["holder"]["id"] == "an"
        assert {event["subject"] for event in all_of_an["events"]} == {subject} and all_of_an["visits"], all_of_an
        assert manager.ask("GET", f"requests/{asked['erase']}/person").status == 409
        assert manager.ask("POST", f"requests/{asked['access']}/erase").status == 409
        assert manager.ask("GET", "requests/99/person").status == 404
        assert manager.ask("POST", f"requests/{asked['access']}/closed", {"outcome": "maybe", "result": "x"}).status == 400
        assert manager.ask("POST", f"requests/{asked['access']}/closed", {"outcome": "done", "result": "handed over"}).status == 204
        assert manager.ask("GET", f"requests/{asked['access']}/person").status == 409

        erased = manager.ask("POST", f"requests/{asked['erase']}/erase").json
        assert erased["holder"] and erased["entries"] >= 1 and erased["stays"] == 1, erased
        assert manager.ask("POST", f"requests/{asked['erase']}/erase").status == 409
        assert manager.get("events", subject=subject)["events"] == [] and manager.ask("GET", "people/an").status == 404
        assert len(manager.get("events", subject=manager.get("people/binh")["subject"])["events"]) >= 1
        wait_until(lambda: box.status()["registry"]["credentials"] == 1, "the code gone from the gate", 30)
        row = next(row for row in manager.get("requests")["requests"] if row["number"] == asked["erase"])
        assert row["outcome"] == "done" and row["closed"] and row["answered"] == row["closed"], row
        assert [row["number"] for row in manager.get("requests", open=1)["requests"]] == [breach]
        auditor = made.add(root, "auditor", ("auditor", ""))
        noted = {(line["action"], line["target"]) for line in auditor.get("audit")["entries"]}
        assert {("person_export", subject), ("person_erase", subject), ("request_add", subject)} <= noted, noted


@test("a gate that obeys signed commands only obeys a dashboard whose key it knows, and no other")
def _():
    with gate(with_broker=True, start=False) as box:
        keys = Issuer(box.folder)
        keys.ctl("key", "new", "desk")
        keys.ctl("key", "export-public", "desk", "--out", box.folder / "desk.pub")
        box.options.update({"manager desk.key": box.folder / "desk.pub", "manager desk.roles": "access", "commands.signatures": "required"})
        box.write_config()
        box.start()
        box.wait_seeing()
        archive = Archive(box.folder, box.broker).start()
        made = Dashboard(box.folder, archive, {"broker.host": "127.0.0.1", "broker.port": box.broker.port, "broker.tls": "no",
                                               "broker.name": "desk", "broker.sign-key-file": keys.keys / "desk.pem"})
        order = {"command": "AccessDoor", "access_point": "entry", "reason": "wheelchair"}

        def given(boss, order):
            return boss.ask("POST", f"gates/{GATE}/commands", order).json
        try:
            made.start()
            boss = made.add(made.root(), "boss", ("manager", "acme"))
            wait_until(lambda: given(boss, order).get("state") == "done", "the signed command", 20)
            row = box.wait_event("AccessDoor")
            assert "desk" in json.dumps(row), row
            held = given(boss, {"command": "LockOpen", "access_point": "entry", "reason": "x"})
            assert (held["state"], held["refusal"]) == ("refused", "unauthorised"), held
            made.stop()
            made.options["broker.sign-key-file"] = ""
            made.start()
            boss.port = made.port
            wait_until(lambda: given(boss, order).get("state") == "refused", "the unsigned command", 20)
        finally:
            made.stop()
            archive.stop()


def public_key(file):
    """As a browser sends it: SubjectPublicKeyInfo in DER, base64."""
    return "".join(line for line in file.read_text().splitlines() if not line.startswith("-"))


@test("a phone that opens its link first gets a pass that no other phone can show")
def _():
    with managed() as (box, made, hr):
        (key, public), (_other, others) = hr.phone("one"), hr.phone("other")
        root = made.root()
        manager, guard = made.add(root, "manager", ("manager", "acme")), made.add(root, "guard", ("guard", "acme"))
        assert manager.get("session")["passes"] is True
        manager.ask("PUT", "people/an", {"name": "Nguyễn Văn An"})
        assert guard.ask("POST", "people/an/pass-link").status == 403
        assert manager.ask("POST", "people/nobody/pass-link").status == 404
        token = manager.ask("POST", "people/an/pass-link").json["token"]
        nobody = made.person()
        first = nobody.ask("POST", "pass", {"token": token, "phone": public_key(public)})
        assert first.status == 200 and first.json["name"] == "Nguyễn Văn An" and first.json["site"] == "acme/plant", first.body
        again = nobody.ask("POST", "pass", {"token": token, "phone": public_key(public)})
        assert again.json == first.json
        assert nobody.ask("POST", "pass", {"token": token, "phone": public_key(others)}).reason == "taken"
        assert nobody.ask("POST", "pass", {"token": token[:-1] + "-", "phone": public_key(public)}).status == 404
        for wrong in ({}, {"token": token}, {"token": token, "phone": 7}, [], "x", {"token": token, "phone": "", "x": 1}):
            assert nobody.ask("POST", "pass", wrong).status == 400, wrong
        second = manager.ask("POST", "people/an/pass-link").json["token"]
        assert nobody.ask("POST", "pass", {"token": second, "phone": "MFkw"}).status == 400
        assert nobody.ask("POST", "pass", {"token": second, "phone": public_key(others)}).status == 200  # a wrong key spends nothing

        wait_until(lambda: box.status()["registry"]["holders"] == 1, "the holder at the gate", 30)
        before = box.head()
        box.scene.show(first.json["pass"])
        box.wait_event("AccessDenied", after=before)
        box.scene.clear()
        before = box.head()
        box.scene.show(hr.prove(first.json["pass"], key))
        box.wait_event("AccessGranted", after=before, holder="an")

        visitor = guard.ask("POST", "visitors", {"name": "Lê Văn Khách", "hours": 2, "level": "all", "phone": True}).json
        seen = nobody.ask("POST", "pass", {"token": visitor["link"]["token"], "phone": public_key(public)}).json
        assert seen["name"] == "Lê Văn Khách" and seen["until"][:19] == visitor["until"][:19], (seen, visitor)
        third = manager.ask("POST", "people/an/pass-link").json["token"]
        manager.ask("PUT", "people/an", {"name": "Nguyễn Văn An", "blocked": True})
        assert nobody.ask("POST", "pass", {"token": third, "phone": public_key(public)}).reason == "blocked"
        assert manager.ask("DELETE", "people/an").status == 204
        assert nobody.ask("POST", "pass", {"token": third, "phone": public_key(public)}).status == 404
        assert {"pass_link", "pass_issue"} <= {line["action"] for line in root.get("audit")["entries"]}
        ledger = hr.ctl("pass", "list", "--json")
        assert ledger.count('"holder":"an"') == 2 and token not in made.log_text(), ledger


@test("what somebody declares on the phone with their pass opens a gate that asks for it; nobody declares for another, or away what stands")
def _():
    with managed({"registry.declarations": "yes"}, **{"rules.declaration": "require"}) as (box, made, hr):
        (key, public), (other, _public) = hr.phone("one"), hr.phone("other")
        root = made.root()
        manager, nobody = made.add(root, "manager", ("manager", "acme")), made.person()
        manager.ask("PUT", "people/an", {"name": "Nguyễn Văn An"})
        token = manager.ask("POST", "people/an/pass-link").json["token"]
        given = nobody.ask("POST", "pass", {"token": token, "phone": public_key(public)}).json
        assert given["declarations"] is True

        def sent(result, signer=key, signed=None, later_s=0, **other_fields):
            now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=later_s)
            at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            signature = hr.sign("\n".join(("stile-declaration", given["pass"], signed or result, at)), signer)
            return {"pass": given["pass"], "result": result, "at": at, "signature": signature, **other_fields}

        wait_until(lambda: box.status()["registry"]["holders"] == 1, "the holder at the gate", 30)
        box.scene.show(hr.prove(given["pass"], key))
        box.wait_event("AccessDenied", reason="declaration_missing")
        box.take_away()
        for wrong in ({}, [], "x", sent("blue"), sent("green", at="today"), sent("green", signature="AQID"), sent("green", x=1)):
            assert nobody.ask("POST", "pass/declaration", wrong).status == 400, wrong
        assert nobody.ask("POST", "pass/declaration", sent("green", **{"pass": given["pass"] + "A"})).status == 404
        assert nobody.ask("POST", "pass/declaration", sent("green", other)).status == 403
        assert nobody.ask("POST", "pass/declaration", sent("green", signed="red")).status == 403
        assert nobody.ask("POST", "pass/declaration", sent("green", later_s=-400)).reason == "clock"
        assert nobody.ask("POST", "pass/declaration", sent("green", later_s=400)).reason == "clock"
        assert "declaration" not in manager.get("people/an")

        version, before, first = box.status()["registry"]["version"], box.head(), sent("green")
        assert nobody.ask("POST", "pass/declaration", first).status == 204
        assert nobody.ask("POST", "pass/declaration", first).reason == "declared"  # the same once more
        wait_until(lambda: box.status()["registry"]["version"] > version, "the declaration at the gate", 30)
        box.scene.show(hr.prove(given["pass"], key))
        box.wait_event("AccessGranted", after=before, holder="an")

        assert nobody.ask("POST", "pass/declaration", sent("red")).status == 204
        assert nobody.ask("POST", "pass/declaration", sent("green")).reason == "declared"
        assert manager.get("people/an")["declaration"]["result"] == "red"
        assert manager.ask("POST", "declarations", {"holder": "an", "result": "green", "until": "2036-01-01T00:00:00Z"}).status == 204
        assert nobody.ask("POST", "pass/declaration", sent("amber", later_s=5)).status == 204
        manager.ask("PUT", "people/an", {"name": "Nguyễn Văn An", "blocked": True})
        assert nobody.ask("POST", "pass/declaration", sent("red")).reason == "blocked"
        lines = [line for line in root.get("audit")["entries"] if line["action"] == "declare_own"]
        assert len(lines) == 3 and {line["target"] for line in lines} == {"an"}, lines
    with managed() as (box, made, hr):
        assert made.person().ask("POST", "pass/declaration", {}).status == 404


@test("an audit log that somebody has changed says so")
def _():
    with alone() as made:
        root = made.root()
        made.add(root, "mai", ("guard", ""))
        assert root.get("audit/verify")["ok"] is True
        made.stop()
        with contextlib.closing(sqlite3.connect(made.folder / "accounts.db")) as db, db:
            db.execute("UPDATE line SET detail = replace(detail, 'guard', 'viewer') WHERE action = 'account_create'")
        made.start()
        root.port = made.port
        verdict = root.get("audit/verify")
        assert verdict["ok"] is False and verdict["broken_at"] == 2


@test("names that are markup or formulas stay what they are")
def _():
    with alone() as made:
        root = made.root()
        for name in ("<img onerror=alert(1)>", "=cmd()", "a b", "../root", "x" * 64, ""):
            answer = root.ask("POST", "accounts", {"name": name, "password": PASSWORD, "grants": []})
            assert answer.status == 400, name
        for area in ("<b>", "acme/../x", "a/b/c/d", "'; DROP TABLE account; --"):
            answer = root.ask("POST", "accounts", {"name": "mai", "password": PASSWORD,
                                                   "grants": [{"role": "viewer", "area": area}]})
            assert answer.status == 400, area
            assert made.person().ask("GET", "events", area=area).status == 401
            assert root.ask("GET", "events", area=area).status == 400
        for query in ({"limit": "0"}, {"limit": "1x"}, {"cursor": "1.2"}, {"from": "yesterday"}, {"subject": "zz"}):
            assert root.ask("GET", "events", **query).status == 400, query
        assert [account["name"] for account in root.get("accounts")["accounts"]] == ["root"]


@test("bodies that are too long and clients that are too slow harm nobody else")
def _():
    with alone() as made:
        root = made.root()
        long = socket.create_connection(("127.0.0.1", made.port))
        long.sendall(f"PUT /api/v1/session/password HTTP/1.1\r\nHost: h\r\nContent-Length: {2 << 20}\r\n\r\n".encode())
        assert b"HTTP/1.1 413" in long.recv(100)
        long.close()
        slow = [socket.create_connection(("127.0.0.1", made.port)) for _ in range(20)]
        for one in slow:
            one.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{")
        assert root.get("session")["name"] == "root"
        for one in slow:
            one.close()


@test("a dashboard that starts before the collector finds the archive when it is there")
def _():
    with gate(with_broker=True) as box:
        archive = Archive(box.folder, box.broker)
        made = Dashboard(box.folder, archive).start()
        try:
            manager = made.add(made.root(), "manager", ("manager", ""))
            assert manager.ask("GET", "gates").status == 503
            assert made.person().ask("GET", "health").status == 503
            archive.start()
            # Each worker finds it by itself.
            wait_until(lambda: (manager.ask("GET", "gates").json or {}).get("gates"), "the gate", 20)
        finally:
            made.stop()
            archive.stop()


@test("plain HTTP is for loopback, or behind a proxy that says who comes")
def _():
    with folder() as path:
        made = Dashboard(path, options={"http.address": "0.0.0.0"})
        try:
            made.start()
            raise AssertionError("it started")
        except AssertionError as error:
            assert "without TLS" in str(error), error
        made.options["http.plain"] = "behind-proxy"
        made.start()
        try:
            root = made.root()
            login = {"name": "root", "password": "wrong " * 3}
            for _ in range(6):
                made.person().ask("POST", "session", login, {"X-Forwarded-For": "10.9.9.9, 10.1.1.1"})
            lines = root.get("audit", action="login_failed")["entries"]
            assert lines[0]["address"] == "10.1.1.1"
            assert "Secure" in made.person().ask("POST", "session", {"name": "root", "password": PASSWORD}).headers.get(
                "Set-Cookie", "Secure")
        finally:
            made.stop()


def raw(made, head, body=b""):
    """A request as no library would send it; the status."""
    with socket.create_connection(("127.0.0.1", made.port)) as line:
        line.sendall(b"%s\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (
            head, made.port, len(body), body))
        return int(line.makefile("rb").readline().split()[1])


def login_head(*lines):
    return b"\r\n".join((b"POST /api/v1/session HTTP/1.1", b"Content-Type: application/json") + lines)


WRONG = json.dumps({"name": "nobody", "password": "wrong " * 3}).encode()


@test("only the trusted proxy's last word tells who comes, whatever the client sent before")
def _():
    for trusted, wanted in (("127.0.0.1", "10.1.1.1"), ("10.0.0.1", "127.0.0.1")):
        with alone(**{"http.plain": "behind-proxy", "http.trusted-proxy": trusted}) as made:
            root = made.root()
            head = login_head(b"X-Forwarded-For: 10.9.9.9", b"X-Forwarded-For: 10.8.8.8, 10.1.1.1")
            assert raw(made, head, WRONG) == 401
            assert root.get("audit", action="login_failed")["entries"][0]["address"] == wanted
            # What is no address tells nothing, and the log of it can still be read.
            assert raw(made, login_head(b"X-Forwarded-For: \xff\xfe"), WRONG) == 401
            lines = root.get("audit", action="login_failed")["entries"]
            assert [line["address"] for line in lines] == ["127.0.0.1", wanted]


@test("metrics are for this machine, unless everyone may read them")
def _():
    with alone(**{"http.plain": "behind-proxy"}) as made:
        assert raw(made, b"GET /metrics HTTP/1.1") == 200
        assert raw(made, b"GET /metrics HTTP/1.1\r\nX-Forwarded-For: 127.0.0.1") == 403
    with alone(**{"http.plain": "behind-proxy", "http.metrics": "everyone"}) as made:
        assert raw(made, b"GET /metrics HTTP/1.1\r\nX-Forwarded-For: 10.1.1.1") == 200


def samples(text):
    """Of a body in Prometheus' text format: each sample's value, by name and labels; every name has its help and its type before."""
    told, found = {}, {}
    for line in text.splitlines():
        if line.startswith("# "):
            _, what, name, _ = line.split(" ", 3)
            told.setdefault(name, []).append(what)
            continue
        name, value = line.rsplit(" ", 1)
        assert told[name.partition("{")[0]] == ["HELP", "TYPE"], line
        assert name not in found, line
        found[name] = float(value)
    assert told.keys() == {name.partition("{")[0] for name in found}, told
    return found


@test("metrics tell how many gates are up and how many people are inside, as Prometheus wants it")
def _():
    with plant() as (box, archive, made, root):
        pass_once(box)
        wait_until(lambda: root.ask("GET", "/metrics").body.decode().count("stile_people_inside 1"), "the person inside")
        body = root.ask("GET", "/metrics").body.decode()
        found = samples(body)
        assert [found[f'stile_gates{{state="{state}"}}'] for state in ("online", "stopped", "offline", "unknown")] == [1, 0, 0, 0]
        assert found["stile_dashboard_archive_up"] == 1
        if promtool := shutil.which("promtool"):
            checked = subprocess.run([promtool, "check", "metrics"], input=body, capture_output=True, text=True)
            assert (checked.returncode, checked.stderr) == (0, ""), checked.stderr
    with alone() as made:
        found = samples(made.root().ask("GET", "/metrics").body.decode())
        assert found["stile_dashboard_archive_up"] == 0 and "stile_people_inside" not in found, found


@test("behind a proxy with a Host of its own the page's own address is where log-ins come from")
def _():
    with alone(**{"http.plain": "behind-proxy", "http.url": "https://gates.example/"}) as made:
        made.root()
        right = json.dumps({"name": "root", "password": PASSWORD}).encode()
        assert raw(made, login_head(b"Origin: https://gates.example"), right) == 200
        for origin in (b"https://gates.example.evil", b"http://gates.example", b"https://evil", b"null"):
            assert raw(made, login_head(b"Origin: " + origin), right) == 403, origin


@test("whoever logs out or changes their password watches no longer")
def _():
    with plant() as (_, _, made, root):
        mai = made.add(root, "mai", ("guard", ""))
        stream = mai.stream()
        stream.wait("hello")
        assert mai.ask("PUT", "session/password", {"old": PASSWORD, "new": PASSWORD + "!"}).status == 204
        assert stream.is_over.wait(10)
        stream = mai.stream()
        stream.wait("hello")
        assert mai.ask("DELETE", "session").status == 204
        assert stream.is_over.wait(10)


@test("what the audit log cannot say in full does not happen, and the log is verified beside the dashboard, too")
def _():
    def verify(path):
        return subprocess.run([BUILD / "stile-dashboard", "verify-audit", path], capture_output=True, text=True)
    with alone() as made:
        root = made.root()
        grants = [{"role": "guard", "area": f"{'o' * 32}/{'s' * 32}/gate-{number:027}"} for number in range(16)]
        assert root.ask("POST", "accounts", {"name": "mai", "password": PASSWORD, "grants": grants}).status == 201
        assert root.get("audit", action="account_create")["entries"][0]["detail"]["grants"] == grants
        assert verify(made.folder / "accounts.db").returncode == 0  # while it is used
        made.stop()
        said = verify(made.folder / "accounts.db")
        assert said.returncode == 0 and "all as they were written" in said.stdout, said
        with contextlib.closing(sqlite3.connect(made.folder / "accounts.db")) as db, db:
            db.execute("UPDATE line SET actor = 'eve' WHERE number = 2")
        said = verify(made.folder / "accounts.db")
        assert said.returncode == 1 and "line 2 of" in said.stdout, said
        said = verify(made.folder / "nothing.db")
        assert said.returncode == 1 and "No such file" in said.stderr and not (made.folder / "nothing.db").exists()
        made.start()


@test("the register of places says who is equipped, who is active and who was reminded, by division and by area")
def _():
    with plant() as (box, archive, made, root):
        pass_once(box)
        manager = made.add(root, "mai", ("manager", ""))
        other = made.add(root, "binh", ("manager", "hn"))
        viewer = made.add(root, "xem", ("viewer", ""))
        wait_until(lambda: manager.get("totals")["entries_today"] == 1, "the passage", 20)
        csv = ("site,name,category,owner,division,in_scope\n"
               "acme/plant,Nhà máy ACME,factory,Ông An,Hà Nội/Ba Đình,\n"
               "hn/cho,Chợ Bưởi,market,,Hà Nội/Tây Hồ,yes\n"
               "hn/cho-2,<img src=x onerror=alert(1)>,market,=cmd(),Hà Nội/Tây Hồ,no\n")
        bad = csv + "hn,x,,,,\nhn/y,,,,,\nhn/z,z,,,/a,\n"
        said = manager.ask("POST", "places", bad, commit=1).json
        assert not said["committed"] and said["refused"] == 3 and said["complaints"][0].startswith("row 5: site:"), said
        assert manager.get("places")["places"] == []
        assert manager.ask("POST", "places", "name\nx\n").status == 400
        assert manager.ask("POST", "places", csv).json == {"committed": False, "all": 3, "refused": 0, "complaints": []}
        assert manager.ask("POST", "places", csv, commit=1).json["committed"]
        places = {place["site"]: place for place in manager.get("places")["places"]}
        assert {site: place["state"] for site, place in places.items()} == {
            "acme/plant": "active", "hn/cho": "not_equipped", "hn/cho-2": "not_equipped"}, places
        assert places["acme/plant"]["entries_today"] == 1 and places["acme/plant"]["online"] == 1
        assert places["hn/cho-2"]["name"] == "<img src=x onerror=alert(1)>" and not places["hn/cho-2"]["in_scope"]

        for number in range(3):
            assert not manager.get("places")["places"][1]["escalated"]
            assert manager.ask("POST", "places/hn/cho/reminders", {"note": f"called {number}"}).status == 204
        assert manager.ask("POST", "places/hn/cho/reminders", {"note": ""}).status == 400
        assert manager.ask("POST", "places/hn/none/reminders", {"note": "x"}).status == 404
        reminded = manager.get("places/hn/cho/reminders")["reminders"]
        assert [one["note"] for one in reminded] == ["called 2", "called 1", "called 0"] and reminded[0]["by"] == "mai"
        assert manager.get("places")["places"][1]["escalated"]

        coverage = manager.get("coverage")
        assert coverage["total"] == {"division": "", "registered": 3, "in_scope": 2, "equipped": 1, "active": 1,
                                     "silent": 0, "entries": 1, "exits": 0, "reminders": 3, "escalated": 1}, coverage
        assert [row["division"] for row in manager.get("coverage", division="Hà Nội")["divisions"]] == [
            "Hà Nội/Ba Đình", "Hà Nội/Tây Hồ"]
        assert [place["site"] for place in manager.get("places", division="Hà Nội/Tây Hồ", limit=1)["places"]] == ["hn/cho"]

        # Another area's manager sees and changes their own only; others nothing.
        assert [place["site"] for place in other.get("places")["places"]] == ["hn/cho", "hn/cho-2"]
        assert other.get("coverage")["total"]["registered"] == 2
        assert other.ask("PUT", "places/acme/plant", {"name": "x"}).status == 403
        assert other.ask("DELETE", "places/acme/plant").status == 403
        assert other.ask("GET", "places/acme/plant/reminders").status == 403
        said = other.ask("POST", "places", "site,name\nacme/other,x\n", commit=1).json
        assert not said["committed"] and "not in your area" in said["complaints"][0]
        assert viewer.ask("GET", "places").status == viewer.ask("GET", "coverage").status == 403

        assert other.ask("PUT", "places/hn/cho", {"name": "Chợ", "division": "Hà Nội"}).status == 204
        assert other.get("places")["places"][0]["name"] == "Chợ" and other.get("places")["places"][0]["reminders"] == 3
        assert other.ask("PUT", "places/hn/cho", {"name": ""}).status == 400
        assert other.ask("PUT", "places/hn", {"name": "x"}).status == 404
        assert other.ask("DELETE", "places/hn/cho").status == 204
        assert other.ask("DELETE", "places/hn/cho").status == 404
        actions = {line["action"] for line in root.get("audit")["entries"]}
        assert {"places_import", "place_remind", "place_change", "place_delete"} <= actions, actions


@test("how a gate fared is kept by the hour, and told to whoever may see the gate")
def _():
    with plant() as (_box, archive, made, root):
        viewer, other = made.add(root, "vi", ("viewer", "acme/plant")), made.add(root, "oz", ("viewer", "hn"))
        wait_until(lambda: sum(hour["reports"] for hour in viewer.get(f"gates/{GATE}/health", days=1)["hours"]) >= 3, "three reports", 30)
        said = viewer.get(f"gates/{GATE}/health")
        assert said["gate"] == GATE and 1 <= len(said["hours"]) <= 2, said
        assert said["hours"][-1]["health"]["access_points"][0]["camera"]["state"] == "running", said
        assert other.ask("GET", f"gates/{GATE}/health").status == 404
        assert viewer.ask("GET", f"gates/{GATE}/health", days=0).status == 400
        assert viewer.ask("GET", f"gates/{GATE}/health", days=32).status == 400


@test("every answer of all the tests above was as config/openapi.json says")
def _():
    with folder() as path:
        page = path / "page"
        (page / "assets").mkdir(parents=True)
        (page / "openapi.json").write_bytes((ROOT / "config/openapi.json").read_bytes())
        (page / "index.html").write_text("<!doctype html><title>x</title>")
        made = Dashboard(path).start()
        try:
            root = made.root()
            assert root.get("openapi.json")["openapi"] == "3.1.0"
            assert root.ask("PUT", "session/password", {"old": PASSWORD, "new": PASSWORD + "!"}).status == 204
            assert root.ask("GET", "/metrics").body.startswith(b"# HELP")
            assert b"<!doctype" in root.ask("GET", "/live").body
            assert root.ask("GET", "/live").headers["Cache-Control"] == "no-cache"
        finally:
            made.stop()
    said = subprocess.run(["node", ROOT / "tests/schema/answers.mjs"], input="\n".join(map(json.dumps, ANSWERS)),
                          capture_output=True, text=True)
    print(said.stdout, end="")
    assert said.returncode == 0, said.stderr


if __name__ == "__main__":
    sys.exit(run())
