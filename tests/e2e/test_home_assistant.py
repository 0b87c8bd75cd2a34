"""Discovery for Home Assistant: what is announced, what its templates make of our messages, and buttons that work."""

import contextlib
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from stile import Gate, Subscriber, gate, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

TOPIC = "homeassistant/device/stile_acme_plant_gate-1/config"
WILL = {"data": {"state": "offline", "reason": "connection_lost"}}


def render(template, message=None):
    done = subprocess.run(["/usr/bin/python3", ROOT / "tests" / "lib" / "render.py"], text=True, capture_output=True,
                          input=json.dumps({"template": template, "message": message}) + "\n", timeout=30)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextlib.contextmanager
def announced(mode):
    """A gate with a tamper contact, its discovery message, and a subscriber to all that it says."""
    with gate(with_broker=True, start=False, options={"uplink.home-assistant": mode, "uplink.ack": "puback"}) as box:
        box.points["entry"]["tamper-line"] = 17
        box.write_config()
        config, said = Subscriber(box.broker, TOPIC), Subscriber(box.broker, f"{Gate.ROOT}/#")
        try:
            box.start()
            box.wait_seeing()
            wait_until(lambda: config.messages, "the discovery message")
            yield box, config.messages[0][1], said
        finally:
            config.close()
            said.close()


def state(box, said, discovery, name, wanted, timeout=25):
    """Waits until the entity shows what is wanted of the newest status."""
    template = discovery["cmps"][name]["value_template"]
    seen = [0, None]

    def shows():
        statuses = said.leaf("status")
        if len(statuses) != seen[0]:
            seen[:] = [len(statuses), render(template, statuses[-1])]
        return seen[1] == wanted
    wait_until(shows, f"{name} to be {wanted}", timeout)


@test("nothing is announced unless it is asked for")
def _():
    with gate(with_broker=True) as box:
        everything = Subscriber(box.broker, "#")
        try:
            wait_until(lambda: everything.leaf("status"), "the status")
            assert not [m for m in everything.messages if m[0].startswith("homeassistant/")], everything.messages
        finally:
            everything.close()


@test("the discovery message is well-formed, retained, and points at topics of this gate")
def _():
    for mode in ("show", "control"):
        with announced(mode) as (box, discovery, _):
            path = box.folder / "discovery"
            path.write_text(json.dumps(discovery))
            judged = subprocess.run(["node", ROOT / "tests" / "schema" / "discovery.mjs", path], capture_output=True,
                                    text=True, timeout=60)
            assert judged.returncode == 0, judged.stdout + judged.stderr
            discovery["cmps"]["connectivity"].pop("unique_id")
            path.write_text(json.dumps(discovery))
            assert subprocess.run(["node", ROOT / "tests" / "schema" / "discovery.mjs", path], capture_output=True,
                                  timeout=60).returncode == 1
            buttons = [name for name, one in discovery["cmps"].items() if one["p"] == "button"]
            assert len(buttons) == (6 if mode == "control" else 0), buttons
            unique = [one.get("unique_id") for one in discovery["cmps"].values()]
            assert len(set(unique)) == len(unique)
            late = Subscriber(box.broker, TOPIC)
            try:
                assert wait_until(lambda: late.messages, "the retained message")[0][2]
            finally:
                late.close()


@test("its templates read our status: who is inside, fire, tamper, modes, and the will")
def _():
    with announced("show") as (box, discovery, said):
        wait_until(lambda: said.leaf("status"), "the status")
        available = discovery["availability"][0]["value_template"]
        assert render(available, said.leaf("status")[-1]) == "online"
        assert render(available, WILL) == "offline"
        for name, one in discovery["cmps"].items():
            if one["p"] != "event":
                expected = "OFF" if name in ("connectivity", "fire") else ""
                assert render(one["value_template"], WILL) == expected, name
        for name, wanted in (("connectivity", "ON"), ("fire", "OFF"), ("inside", "0"), ("entry_mode", "normal"),
                             ("entry_tamper", "OFF"), ("entry_door", "OFF"), ("backlog", "0")):
            state(box, said, discovery, name, wanted)
        assert "exit_tamper" not in discovery["cmps"]
        box.drive("entry.tamper-line", True)
        box.drive("fire.line", False)
        state(box, said, discovery, "entry_tamper", "ON")
        state(box, said, discovery, "fire", "ON")
        state(box, said, discovery, "entry_mode", "released")


@test("its template makes an event of each entry, and none of what an outage kept back")
def _():
    with announced("show") as (box, discovery, said):
        box.scene.show("NOBODY")
        box.wait_event("AccessDenied")
        entity = discovery["cmps"]["entry"]
        entry = wait_until(lambda: [one for one in said.leaf("entry") if one["data"]["event"] == "AccessDenied"],
                           "the entry")[0]
        event = json.loads(render(entity["value_template"], entry))
        assert event == {"event_type": "AccessDenied", "seq": entry["data"]["seq"], "access_point": "entry",
                         "direction": "entry", "reason": "unknown_credential", "credential_class": "code"}, event
        for one in said.leaf("entry"):
            if not one["data"].get("historical"):
                assert json.loads(render(entity["value_template"], one))["event_type"] in entity["event_types"]
        entry["data"]["historical"] = True
        assert render(entity["value_template"], entry) == ""
        assert render(entity["value_template"], [entry, entry]) == ""


@test("what its buttons send is carried out by the gate")
def _():
    with announced("control") as (box, discovery, said):
        wait_until(lambda: said.leaf("status"), "the status")
        for name, event in (("entry_open", "AccessDoor"), ("lock_down", "LockDown"),
                            ("end_lock_down", "LockDownRelease"), ("lock_open", "LockOpen"), ("end_lock_open", "LockOpenRelease"),
                            ("exit_open", "AccessDoor")):
            button, before = discovery["cmps"][name], box.head()
            box.broker.publish(button["command_topic"], render(button["command_template"]))
            box.wait_event(event, after=before)
        assert not [row for row in box.events() if row["event"] == "CommandRefused"]
        assert any("home-assistant: button" in row.get("detail", "") for row in box.events())


@test("clear takes back what was announced")
def _():
    with announced("show") as (box, _, _):
        box.options["uplink.home-assistant"] = "clear"
        box.write_config()
        config = Subscriber(box.broker, TOPIC)
        try:
            wait_until(lambda: [m for m in config.messages if m[2]], "the retained message")
            box.uplink.terminate()
            box.uplink.wait(5)
            box.start_uplink()
            wait_until(lambda: config.messages[-1][1] is None, "the empty message")
        finally:
            config.close()
        late = Subscriber(box.broker, "homeassistant/#")
        try:
            assert not late.messages, late.messages
        finally:
            late.close()


if __name__ == "__main__":
    sys.exit(run())
