"""One gate, end to end: a scene in front of its camera, simulated lines, a real journal."""

import contextlib
import json
import os
import pathlib
import resource
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from stile import BUILD, SLOW, Local, gate, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

CARD = "001099000123|012345678|Nguyễn Văn An|01021999|Nam|Số 1 Đường Láng, Láng Thượng, Đống Đa, Hà Nội|15042021"


def names(events):
    return [event["event"] for event in events]


@test("an enrolled code opens the lane after its record, and the sensor makes it taken")
def _():
    with gate() as box, box.local() as watcher:
        box.enrol("an", "WORKER-0001")
        watcher.ok("line-watch")
        box.scene.show("WORKER-0001")
        granted = box.wait_event("AccessGranted", access_point="entry")
        assert granted["holder"] == "an" and granted["credential_class"] == "code", granted
        while (moved := watcher.next()["line"]) != {**moved, "name": "entry.pass-line", "on": True}:
            pass
        box.pass_through()
        taken = box.wait_event("AccessTaken")
        assert taken["grant_seq"] == granted["seq"] and taken["subject"] == granted["subject"], taken
        assert box.status()["registry"]["inside"] == 1
        wait_until(lambda: not box.line("entry.pass-line"), "the end of the pulse")


@test("a code that stays in view is one presentation, and shown again later a new one")
def _():
    with gate() as box:
        box.scene.show("SOMEBODY")
        first = box.wait_event("AccessDenied")
        frames_seen = box.status()["access_points"][0]["camera"]["frames"]
        wait_until(lambda: box.status()["access_points"][0]["camera"]["frames"] > frames_seen + 30, "30 more frames", 20)
        assert names(box.events(first["seq"])) == []
        box.scene.clear()
        frames_seen = box.status()["access_points"][0]["camera"]["frames"]
        wait_until(lambda: box.status()["access_points"][0]["camera"]["frames"] > frames_seen + 40 * SLOW, "empty frames", 30)
        box.scene.show("SOMEBODY")
        box.wait_event("AccessDenied", after=first["seq"], reason="unknown_credential")
        point = box.status()["access_points"][0]
        assert point["codes"] == 2 and point["stages"] == {"region": 2}, point


@test("whoever holds up a code that cannot be read is helped by lamps and display until it is read")
def _():
    with gate() as box, box.local() as lamps, box.local() as display:
        display.ok("aim-watch")
        lamps.ok("line-watch")
        box.scene.show_torn("WORKER-0001")
        hint = display.next()["aim"]
        assert hint["access_point"] == "entry" and hint["hint"] in ("closer", "farther", "hold-still"), hint
        assert box.status()["access_points"][0]["aim"] == hint["hint"]
        lit = set()
        while lit != {"entry.green-line", "entry.red-line"}:
            lit |= {line["name"] for line in [lamps.next()["line"]] if line["on"]}
        assert names(box.events()) == ["Started"], box.events()
        box.scene.show("WORKER-0001")
        while hint["hint"] is not None:
            hint = display.next()["aim"]
        box.wait_event("AccessDenied", reason="unknown_credential")
        assert "aim" not in box.status()["access_points"][0]
        wait_until(lambda: box.status()["access_points"][0]["same_frames"] > 0, "frames that show nothing new")


@test("an unknown code is refused with its reason, a red lamp and no relay")
def _():
    with gate() as box, box.local() as watcher:
        watcher.ok("line-watch")
        box.scene.show("STRANGER-77")
        denied = box.wait_event("AccessDenied")
        assert denied["reason"] == "unknown_credential" and "holder" not in denied, denied
        moved = watcher.next()["line"]
        while moved["name"] != "entry.red-line":
            assert moved["name"] != "entry.pass-line", moved
            moved = watcher.next()["line"]
        assert "STRANGER-77" not in box.log_text()


@test("a citizen card opens for the holder who is enrolled with its number")
def _():
    with gate() as box:
        box.ok("holder-put", holder={"id": "an", "name": "Nguyễn Văn An"})
        box.ok("credential-add", holder="an", national_id="001099000123")
        box.scene.show(CARD)
        granted = box.wait_event("AccessGranted")
        assert granted["credential_class"] == "cccd" and "inconsistent" not in granted, granted
        assert "001099000123" not in box.log_text() and "Nguyễn" not in box.log_text()


@test("a grant that nobody uses is not taken")
def _():
    with gate() as box:
        box.enrol("an", "WORKER-0001")
        box.scene.show("WORKER-0001")
        granted = box.wait_event("AccessGranted")
        left = box.wait_event("AccessNotTaken")
        assert left["grant_seq"] == granted["seq"] and box.status()["registry"]["inside"] == 0


@test("each refusal has its own reason")
def _():
    cases = {
        "expired": {"valid_until": "2020-01-01T00:00:00Z"},
        "not_yet_valid": {"valid_from": "2099-01-01T00:00:00Z"},
        "blocked": {"blocked": True},
        "wrong_access_point": {"levels": [{"level": "elsewhere"}]},
    }
    with gate() as box:
        box.ok("level-put", level={"id": "elsewhere", "access_points": ["back-door"]})
        for number, (reason, fields) in enumerate(cases.items()):
            box.enrol(f"holder-{number}", f"CODE-{reason}", **fields)
            box.scene.show(f"CODE-{reason}")
            box.wait_event("AccessDenied", reason=reason, holder=f"holder-{number}")
        box.enrol("gone", "CODE-revoked")
        assert box.ok("credential-revoke", code="CODE-revoked")["revoked"] == 1
        box.scene.show("CODE-revoked")
        box.wait_event("AccessDenied", reason="revoked")


@test("hard anti-passback refuses a second entry until the exit or forgiveness")
def _():
    with gate(options={"rules.passback": "hard"}) as box:
        box.enrol("an", "WORKER-0001")
        box.scene.show("WORKER-0001")
        granted = box.wait_event("AccessGranted")
        box.pass_through()
        box.wait_event("AccessTaken", after=granted["seq"])
        box.scene.show("OTHER")
        last = box.wait_event("AccessDenied", reason="unknown_credential")
        wait_until(lambda: time.sleep(1.2) or True, "the hold-off")  # the code must be out of view that long
        box.scene.show("WORKER-0001")
        denied = box.wait_event("AccessDenied", after=last["seq"], reason="passback")
        box.ok("forgive", holder="an")
        box.take_away()
        box.scene.show("WORKER-0001")
        box.wait_event("AccessGranted", after=denied["seq"])


@test("the exit button opens the exit and is recorded")
def _():
    with gate() as box:
        box.drive("exit.button-line", True)
        granted = box.wait_event("AccessGranted", access_point="exit")
        assert granted["reason"] == "exit_button", granted
        wait_until(lambda: box.line("exit.pass-line"), "the exit's relay")
        box.pass_through("exit")
        box.wait_event("AccessTaken", access_point="exit", grant_seq=granted["seq"])


@test("a broken fire loop releases everything, also over a restart, until the key is turned")
def _():
    with gate() as box:
        assert box.line("entry.release-line") and box.line("exit.release-line")
        box.drive("fire.line", False)
        box.wait_event("FireRelease")
        assert not box.line("entry.release-line") and not box.line("exit.release-line")
        box.drive("fire.line", True)
        assert box.status()["fire"]["state"] == "holding"
        box.kill()
        box.start()
        assert box.status()["fire"]["state"] == "holding" and not box.line("entry.release-line")
        box.drive("fire.reset-line", True)
        box.wait_event("FireReset")
        wait_until(lambda: box.line("entry.release-line"), "the hold")


@test("commands open, lock and unlock, each with its row, and only once")
def _():
    with gate() as box:
        assert box.command("AccessDoor", "entry", nonce="nonce-0001")["outcome"] == "done"
        row = box.wait_event("AccessDoor")
        assert row["detail"] == "guard: test", row
        box.wait_event("AccessGranted", reason="command")
        again = box.command("AccessDoor", "entry", nonce="nonce-0001")
        assert again == {"outcome": "refused", "refusal": "replayed"}, again
        box.command("LockDown")
        box.wait_event("LockDown")
        states = {point["id"]: point["state"] for point in box.status()["access_points"]}
        assert states == {"entry": "locked_down", "exit": "closed"}, states
        assert box.command("AccessDoor", "entry")["refusal"] == "out_of_service"
        box.enrol("an", "WORKER-0001")
        box.scene.show("WORKER-0001")
        box.wait_event("AccessDenied", reason="out_of_service")
        box.command("LockDownRelease")
        box.command("LockOpen", "entry")
        wait_until(lambda: not box.line("entry.release-line"), "the open lane")
        box.command("LockOpenRelease", "entry")
        refused = box.ok("command", name="LockDown", actor="guard", reason="late", origin="local",
                         not_after="2026-01-01T00:00:00Z", nonce="nonce-0002")
        assert refused["refusal"] == "stale", refused
        assert [event["reason"] for event in box.events() if event["event"] == "CommandRefused"] == [
            "replayed", "out_of_service", "stale"]


@test("SIGTERM stops within a second, turns everything off and says so in the journal")
def _():
    with gate() as box:
        begin = time.monotonic()
        box.daemon.terminate()
        assert box.daemon.wait(10) == 0
        assert time.monotonic() - begin < 1 * SLOW, "too slow"
        assert not box.socket.exists()
        box.start()
        assert names(box.events())[-2:] == ["Stopped", "Started"] or "Stopped" in names(box.events())


@test("SIGHUP takes live options up and keeps the old ones when the file is bad")
def _():
    with gate() as box:
        box.points["entry"]["window-ms"] = 600
        box.write_config()
        box.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: "configuration reloaded" in box.log_text(), "the reload")
        box.enrol("an", "WORKER-0001")
        box.scene.show("WORKER-0001")
        granted = box.wait_event("AccessGranted")
        box.wait_event("AccessNotTaken", after=granted["seq"], timeout=2)
        box.config.write_text("[gate]\nnonsense = 1\n")
        box.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: "not reloaded" in box.log_text(), "the refusal")
        assert "gate.conf:2: nonsense: unknown key" in box.log_text()
        assert box.status()["gate"]["id"] == "gate-1"


@test("status says how much of its budget the journal uses")
def _():
    with gate(options={"store.budget-mb": "3"}) as box:
        journal = wait_until(lambda: box.status()["journal"]["bytes"] and box.status()["journal"], "the first look")
        assert journal["budget_bytes"] == 3 << 20 and journal["dropped"] == 0, journal
        assert 0 < journal["bytes"] < 1 << 20 and journal["bytes"] % 1024 == 0, journal


@test("a bad configuration stops the start and names file, line and key")
def _():
    with gate(start=False) as box:
        box.config.write_text(box.config.read_text() + "pulse-ms = 1\n")
        checked = subprocess.run([BUILD / "stiled", "--check-config", "--config", box.config], capture_output=True,
                                 text=True)
        assert checked.returncode == 2 and "pulse-ms: " in checked.stderr, checked.stderr


@test("the sequence goes on after a kill, and a grant before it is in the journal")
def _():
    with gate() as box:
        box.enrol("an", "WORKER-0001")
        box.scene.show("WORKER-0001")
        granted = box.wait_event("AccessGranted")
        epoch = granted["epoch"]
        box.kill()
        box.scene.clear()
        box.start()
        rows = box.events()
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        assert granted in rows and rows[-1]["epoch"] == epoch


@test("a damaged journal is set aside and a new one begun, with a Fault")
def _():
    with gate() as box:
        box.stop()
        journal = box.folder / "journal.db"
        content = bytearray(journal.read_bytes())
        content[:512] = os.urandom(512)
        journal.write_bytes(content)
        box.start()
        assert "set aside" in box.log_text()
        assert len(list(box.folder.glob("journal.db.damaged-*"))) >= 1
        assert box.wait_event("Fault")["reason"] == "database"


@test("a disk that takes no more rows is said, and the rows come later, in order")
def _():
    for policy, is_open in (("closed", False), ("open", True)):
        with gate(options={"record.on-failure": policy}) as box:
            box.enrol("an", "WORKER-0001")
            before = box.head()
            _limit_file_size(box.daemon.pid, 1)
            box.scene.show("WORKER-0001")
            wait_until(lambda: box.status()["journal"]["waiting"] > 0, "rows that wait")
            wait_until(lambda: box.line("entry.pass-line") == is_open, "the policy")
            assert "journal refuses records" in box.log_text()
            _limit_file_size(box.daemon.pid, None)
            late = box.wait_event("AccessGranted", after=before, timeout=20)
            assert late["late"] is True, late
            box.wait_event("FaultCleared", after=before, reason="database")
            rows = box.events()
            assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))


def _limit_file_size(pid, limit):
    """What a full disk is to a process: writes past the limit fail (EFBIG; SIGXFSZ is ignored by stiled)."""
    infinite = resource.RLIM_INFINITY
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (infinite if limit is None else limit, infinite))


@test("a camera that dies, stalls or was never there is a Fault, and comes back by itself")
def _():
    with gate() as box:
        box.scene.is_stalled = True
        fault = box.wait_event("Fault", reason="camera", access_point="entry")
        assert "no frame" in fault["detail"], fault
        box.scene.is_stalled = False
        back = box.wait_event("FaultCleared", after=fault["seq"], reason="camera", timeout=20)
        children = pathlib.Path(f"/proc/{box.daemon.pid}/task").glob("*/children")
        child = next(int(pid) for path in children for pid in path.read_text().split())
        os.kill(child, signal.SIGKILL)
        box.wait_event("Fault", after=back["seq"], reason="camera")
        box.wait_event("FaultCleared", after=back["seq"], reason="camera", timeout=20)
        assert box.log_text().count("camera lost") == 2
        # The command of an exec camera may hold a password.
        assert box.scene.path not in box.log_text() and box.scene.path not in json.dumps(box.status())


@test("the local socket refuses nonsense by name and survives it")
def _():
    with gate() as box:
        bad = {"do": "holder-put", "holder": {"id": "Not An Id", "name": "x"}}
        with box.local() as local:
            assert local.ask("holder-put", holder=bad["holder"])["error"]["message"].startswith("id: ")
            assert local.ask("nonsense")["error"]["reason"] == "bad_request"
            assert local.ask("ack", epoch="no", seq=1)["error"]["reason"] == "stale_epoch"
        for garbage in (b"not json\n", b"[1]\n", b'{"id":1,"id":2,"do":"status"}\n', b"x" * 300000, b"\x00\xff\n"):
            local = Local(box.socket)
            try:
                with contextlib.suppress(ConnectionError):  # what is too long may be hung up on before its end
                    local.socket.sendall(garbage)
                assert local.next()["error"]["reason"] == "bad_request"
            finally:
                local.close()
        assert box.status()["gate"]["id"] == "gate-1"


@test("an import is all or nothing, and ends with its connection")
def _():
    with gate() as box:
        with box.local() as local:
            local.ok("import-begin")
            local.ok("holder-put", holder={"id": "one", "name": "One"})
            local.ok("credential-add", holder="one", code="IMPORTED-1")
            assert box.ask("holder-put", holder={"id": "x", "name": "X"})["error"]["reason"] == "busy"
            box.scene.show("IMPORTED-1")
            box.wait_event("AccessDenied", reason="unknown_credential")
        wait_until(lambda: box.ok("holders")["holders"] == [], "the rollback")
        with box.local() as local:
            local.ok("import-begin")
            local.ok("holder-put", holder={"id": "two", "name": "Hai"})
            local.ok("import-commit")
        assert [holder["id"] for holder in box.ok("holders")["holders"]] == ["two"]


@test("follow pushes every row in order, those before it and those to come")
def _():
    with gate() as box, box.local() as local:
        local.ok("follow", after=0)
        for _ in range(5):
            box.drive("exit.button-line", True)
            box.drive("exit.button-line", False)
        seen = []
        while len(seen) < 6:
            seen.append(local.next()["event"]["seq"])
        assert seen == list(range(1, 7)), seen


@test("the databases are 0600 and hold no code in clear")
def _():
    with gate() as box:
        box.enrol("an", "WORKER-SECRET-0001")
        box.stop()
        for name in ("journal.db", "registry.db", "key"):
            assert (box.folder / name).stat().st_mode & 0o777 == 0o600, name
        for path in box.folder.glob("*.db*"):
            assert b"WORKER-SECRET" not in path.read_bytes(), path
        with sqlite3.connect(box.folder / "journal.db") as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


if __name__ == "__main__":
    sys.exit(run())
