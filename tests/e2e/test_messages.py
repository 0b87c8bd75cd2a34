"""Everything that a real gate says in a long day, judged by the schemas of config/schema."""

import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from orders import make_order, order  # noqa: E402
from stile import Collector, Gate, Subscriber, gate, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

PAST, FUTURE = "2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
PAYMENT = ("00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN"
           "63049E6F")


def judge(messages, folder):
    """What tests/schema/captured.mjs says of (topic, message, is retained)."""
    path = folder / "captured"
    path.write_text("".join(json.dumps({"topic": topic, "message": message}) + "\n" for topic, message, _ in messages))
    done = subprocess.run(["node", ROOT / "tests" / "schema" / "captured.mjs", path], capture_output=True, text=True,
                          timeout=60)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def show(box, code, event, **fields):
    before = box.head()
    box.scene.show(code)
    row = box.wait_event(event, after=before, **fields)
    box.scene.clear()
    return row


def enrol_people(box):
    box.enrol("an", "WORKER-AN")
    box.enrol("binh", "WORKER-BINH")
    box.enrol("late", "WORKER-LATE", valid_until=PAST)
    box.enrol("early", "WORKER-EARLY", valid_from=FUTURE)
    box.enrol("out", "WORKER-OUT", blocked=True)
    box.enrol("watched", "WORKER-WATCHED", blocked=True, silent=True)
    box.ok("credential-add", holder="an", code="HELP-AN", duress=True)
    box.ok("credential-add", holder="an", code="LOST-AN")
    box.ok("credential-revoke", code="LOST-AN")
    box.ok("schedule-put", schedule={"id": "never", "periods": []})
    box.ok("level-put", level={"id": "nights", "access_points": ["entry"], "schedule": "never"})
    box.ok("level-put", level={"id": "elsewhere", "access_points": ["exit"]})
    box.enrol("owl", "WORKER-OWL", levels=[{"level": "nights"}])
    box.enrol("guest", "WORKER-GUEST", levels=[{"level": "elsewhere"}])


def refuse_many(box):
    for code, reason in (("NOBODY", "unknown_credential"), ("WORKER-LATE", "expired"),
                         ("WORKER-EARLY", "not_yet_valid"), ("WORKER-OUT", "blocked"), ("LOST-AN", "revoked"), ("WORKER-OWL", "outside_schedule"),
                         ("WORKER-GUEST", "wrong_access_point"), (PAYMENT, "not_a_pass"), ("ST1:AAAA", "unreadable"),
                         ("WORKER-AN", "passback"), ("SO1:AN:12345678", "unknown_credential"),
                         ("HC1:AAAA", "not_a_pass"),
                         ("https://example.org/menu", "not_a_pass"), ("WIFI:S:guests;;", "not_a_pass"),
                         ("001099012345|012345678|Nguyen Van An|01011999|Nam|Ha Noi|01012021", "unknown_credential")):
        show(box, code, "AccessDenied", reason=reason)
    show(box, "WORKER-WATCHED", "SilentAlarm")


def let_pass(box):
    show(box, "WORKER-AN", "AccessGranted")
    box.pass_through()
    box.wait_event("AccessTaken")
    show(box, "WORKER-BINH", "AccessGranted")
    box.wait_event("AccessNotTaken")
    box.ok("forgive")
    show(box, "HELP-AN", "Duress")
    box.pass_through()
    box.drive("exit.button-line", True)
    box.drive("exit.button-line", False)
    box.wait_event("AccessGranted", reason="exit_button")
    box.pass_through("exit")


def sound_alarms(box):
    box.scene.is_stalled = True
    box.wait_event("Fault", reason="camera", timeout=20)
    box.scene.is_stalled = False
    box.wait_event("FaultCleared", reason="camera", timeout=20)
    box.drive("entry.tamper-line", True)
    box.wait_event("Tamper")
    box.drive("entry.tamper-line", False)
    before = box.head()
    box.drive("entry.sensor-line", True)
    box.wait_event("ForcedOpen")
    box.wait_event("OpenTooLong")
    box.drive("entry.sensor-line", False)
    box.wait_event("DoorNormal", after=before)
    box.drive("fire.line", False)
    box.wait_event("FireRelease")
    box.drive("fire.line", True)
    box.drive("fire.reset-line", True)
    box.drive("fire.reset-line", False)
    box.wait_event("FireReset")


def command(box):
    assert order("access", box, access_point="entry")["outcome"] == "done"
    assert order("lockdown", box)["outcome"] == "done"
    show(box, "WORKER-BINH", "AccessDenied", reason="out_of_service")
    assert order("release", box, release="LockDown")["outcome"] == "done"
    assert order("lockopen", box, access_point="entry")["outcome"] == "done"
    assert order("release", box, release="LockOpen")["outcome"] == "done"
    assert order("access", box, access_point="entry", not_after=PAST)["refusal"] == "stale"
    assert order("access", box, access_point="entry", nonce="nonce-0001")["outcome"] == "done"
    assert order("access", box, access_point="entry", nonce="nonce-0001")["refusal"] == "replayed"


def confuse(box):
    """What is wrong with these is the point: their outcomes are judged, they are not."""
    assert order("access", box, access_point="no such")["refusal"] == "bad_request"
    assert order("dance", box)["refusal"] == "unsupported"


def be_cut_off(box, collector):
    box.broker.stop()
    before = box.head()
    for _ in range(3):
        box.drive("exit.button-line", True)
        box.drive("exit.button-line", False)
    wait_until(lambda: box.head() >= before + 3, "rows during the outage")
    collector.close()
    wait_until(lambda: time.sleep(3.5) or True, "rows to become old")
    box.broker.start()


def wait_collected(box):
    wait_until(lambda: box.status()["journal"]["outbox"] == 0, "the collector to have it all", 30)


@test("every message of a long day is as its schema wants it: passages, refusals, alarms, commands, outage, restart")
def _():
    options = {"rules.passback": "hard", "rules.lockout-codes": 0}
    with gate(with_broker=True, start=False, options=options) as box:
        box.points["entry"].update({"tamper-line": 17, "open-too-long-ms": 1000})
        box.write_config()
        everything, collector = Subscriber(box.broker), Collector(box.broker, Gate.ROOT)
        try:
            box.start()
            box.wait_seeing()
            enrol_people(box)
            let_pass(box)
            refuse_many(box)
            sound_alarms(box)
            command(box)
            wait_collected(box)
            asked_wrongly = len(everything.messages)
            confuse(box)
            ours = [m for m in everything.messages[asked_wrongly:] if "/cmd/" not in m[0]]
            messages = everything.messages[:asked_wrongly] + ours
            be_cut_off(box, collector)
            everything.close()
            everything, collector = Subscriber(box.broker), Collector(box.broker, Gate.ROOT)
            wait_collected_by(collector, box)
            messages += everything.messages
            more = len(everything.messages)
            box.stop()
            box.start()
            wait_collected_by(collector, box)
            box.uplink.kill()
            box.uplink.wait()
            wait_until(lambda: everything.leaf("status")[-1]["data"]["state"] == "offline", "the will", 30)
            messages += everything.messages[more:]
        finally:
            everything.close()
            collector.close()
        said = judge(messages, box.folder)
        assert not said["complaints"], "\n".join(said["complaints"])
        count = {key: f"{len(said['seen'][key])} of {len(said['seen'][key]) + len(said['unseen'][key])}"
                 for key in said["seen"]}
        print(f"# {len(messages)} messages; events {count['event']}, reasons {count['reason']}, classes "
              f"{count['credential_class']}; not seen: {', '.join(said['unseen']['event'])}", flush=True)
        assert {"entry", "status", "birth", "health", "ack", "cmd/access", "cmd/release", "res/stile-test"} <= set(
            said["leaves"]), said["leaves"]
        assert len(said["seen"]["event"]) >= 22 and len(said["seen"]["reason"]) >= 15, said["seen"]
        states = [m["data"]["state"] for topic, m, _ in messages if topic.endswith("/status")]
        assert {"online", "stopped", "offline"} <= set(states), states
        assert any(m["data"].get("historical") for topic, m, _ in messages if topic.endswith("/entry"))


def wait_collected_by(collector, box):
    rows = box.events()
    wait_until(lambda: all((row["epoch"], row["seq"]) in collector.rows for row in rows[-3:]), "the last rows", 30)


@test("a message that the gate would never send is told from those that it does")
def _():
    with gate(with_broker=True) as box:
        listener = Subscriber(box.broker, f"{Gate.ROOT}/entry")
        try:
            entry = wait_until(lambda: listener.messages, "an entry")[0]
            spoilt = json.loads(json.dumps(entry))
            spoilt[1]["data"]["holder"] = "an"
            assert not judge([entry], box.folder)["complaints"]
            assert len(judge([entry, spoilt, (f"{Gate.ROOT}/cmd/access", make_order(), False)],
                             box.folder)["complaints"]) == 2
        finally:
            listener.close()


if __name__ == "__main__":
    sys.exit(run())
