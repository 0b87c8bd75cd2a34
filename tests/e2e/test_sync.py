"""The centre's registry: from a manifest at the broker to a person who passes, and one who does not any more."""

import contextlib
import datetime
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from registry_centre import Centre  # noqa: E402
from stile import SLOW, Gate, Subscriber, gate, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

ROOT = Gate.ROOT


@contextlib.contextmanager
def site(count, options=None):
    """A gate that believes a centre, and the centre with so many people, each with a code."""
    with gate(with_broker=True, start=False) as box:
        centre = Centre(box.folder, box.broker)
        try:
            box.options.update({"manager centre.key": centre.public, "manager centre.roles": "registry",
                                **(options or {})})
            box.write_config()
            box.start()
            box.wait_seeing()
            key = (box.folder / "key").read_bytes()
            for i in range(count):
                centre.put_holder(f"w-{i:05d}")
                centre.put_code(key, f"w-{i:05d}", f"CODE-{i:05d}")
            yield box, centre
        finally:
            centre.close()


def registry(box):
    return box.status()["registry"]


def wait_version(box, version, timeout=60):
    wait_until(lambda: registry(box).get("version") == version, f"registry {version}: {registry(box)}", timeout)


def show(box, code, event, **fields):
    box.take_away()
    after = box.head()
    box.scene.show(code)
    found = box.wait_event(event, after=after, **fields)
    box.scene.clear()
    return found


@test("10,000 people arrive, one of them passes, and a change blocks them at once")
def _():
    with site(10000) as (box, centre):
        status = Subscriber(box.broker, f"{ROOT}/status")
        try:
            box.enrol("guard", "GUARD-0001")
            centre.issue()
            wait_version(box, centre.version, 120)
            wait_until(lambda: registry(box)["credentials"] == 10001, "the count")
            assert "pending" not in registry(box)
            show(box, "CODE-04711", "AccessGranted", holder="w-04711")
            wait_until(lambda: status.messages and status.messages[-1][1]["data"].get("registry", {}).get("version") ==
                       centre.version, "the status", 30)
            centre.remember()
            sent = len(centre.sent)
            centre.put_block("w-04711", is_silent=True)
            centre.issue()
            wait_version(box, centre.version)
            assert len(centre.sent) - sent == 1, centre.sent[sent:]
            assert registry(box)["blocked_version"] == centre.version
            box.wait_event("AccessNotTaken")
            show(box, "CODE-04711", "AccessDenied", reason="blocked")
            box.wait_event("SilentAlarm", reason="blocked")
            show(box, "GUARD-0001", "AccessGranted", holder="guard")
            shown = box.ctl("status").stdout
            assert str(centre.version) in shown, shown
        finally:
            status.close()


@test("kill -9 of either process in the middle costs what was on its way, and no half registry is ever seen")
def _():
    with site(3000) as (box, centre):
        centre.delay_s = 0.02
        centre.issue()
        wait_until(lambda: len(centre.sent) > 60, "a third of it", 60)
        box.kill()
        box.start(uplink=False)
        assert registry(box)["credentials"] == 0 and "version" not in registry(box), registry(box)
        assert registry(box)["pending"]["buckets"] > 200
        wait_until(lambda: len(centre.sent) > 150, "two thirds of it", 60)
        box.uplink.kill()
        box.uplink.wait()
        assert registry(box)["credentials"] == 0
        box.start_uplink()
        wait_version(box, centre.version, 120)
        wait_until(lambda: registry(box)["credentials"] == 3000, "the count")
        # What had come did not come again: but for the batches that were on their way.
        assert len(centre.sent) <= 258 + 4 * 8, len(centre.sent)


@test("a manifest that is said again on one connection makes nothing come twice")
def _():
    with site(3000) as (box, centre):
        centre.delay_s = 0.02
        manifest = centre.issue()
        for sent in range(20, 180, 8):
            wait_until(lambda sent=sent: len(centre.sent) > sent, "more of it", 60)
            centre.publish("manifest", manifest, "-r")
        wait_version(box, centre.version, 120)
        assert len(centre.sent) <= 258 + 8, len(centre.sent)


@test("a manifest that is older, forged or another site's is refused, and the registry stays")
def _():
    with site(5) as (box, centre):
        old = centre.issue()
        wait_version(box, centre.version)
        centre.put_block("w-00003")
        centre.issue()
        wait_version(box, centre.version)
        version, refused = centre.version, registry(box).get("refused", 0)
        for attack in (old, b"nonsense", old[:-1]):
            refused += 1
            centre.publish("manifest", attack, "-r")
            wait_until(lambda: registry(box).get("refused") == refused, "the refusal")
        centre.aad = b"stile/v1/acme/elsewhere/registry"
        centre.issue()
        wait_until(lambda: registry(box).get("refused") == refused + 1, "the refusal")
        assert registry(box)["version"] == version
        show(box, "CODE-00003", "AccessDenied", reason="blocked")


@test("what is the centre's is changed at the centre")
def _():
    with site(5) as (box, centre):
        centre.issue()
        wait_version(box, centre.version)
        changed = {"id": "w-00001", "name": "Other"}  # the version shows before the adoption has tidied up
        wait_until(lambda: box.ask("holder-put", holder=changed)["error"]["reason"] != "busy", "the adoption's end")
        answer = box.ask("holder-put", holder=changed)
        assert answer["error"]["reason"] == "managed", answer
        assert box.ask("holder-remove", holder="w-00001")["error"]["reason"] == "managed"
        assert box.ask("credential-revoke", code="CODE-00001")["error"]["reason"] == "managed"
        box.ok("credential-add", holder="w-00001", code="LOCAL-0001")
        show(box, "LOCAL-0001", "AccessGranted", holder="w-00001")


@test("a registry that is too old refuses entries where policy says so, and a Fault says it")
def _():
    """What is shown first is another code than what is shown then: the reader holds off the same."""
    with site(5, {"sync.stale-after-h": 1, "sync.stale": "deny"}) as (box, centre):
        box.wait_event("Fault", reason="registry_stale")
        box.enrol("guard", "GUARD-0001")
        show(box, "GUARD-0001", "AccessDenied", reason="registry_stale")
        centre.issue()
        wait_version(box, centre.version)
        box.wait_event("FaultCleared", reason="registry_stale")
        show(box, "CODE-00001", "AccessGranted", holder="w-00001")


@test("an entry says how old the registry was when it was decided, and says the same whenever it is sent")
def _():
    with site(5) as (box, centre):
        entries = Subscriber(box.broker, f"{ROOT}/entry")
        try:
            def pass_with(code, holder):
                seq = show(box, code, "AccessGranted", holder=holder)["seq"]
                box.pass_through()
                box.wait_event("AccessTaken", grant_seq=seq)
                return seq

            def issued():
                text = registry(box)["issued"]
                return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))

            def age_since(moment, seq):
                row = next(row for row in box.events(seq - 1) if row["seq"] == seq)
                decided = datetime.datetime.fromisoformat(row["time"].replace("Z", "+00:00"))
                return int(decided.timestamp()) - int(moment.timestamp())

            box.enrol("guard", "GUARD-0001")
            ages = {pass_with("GUARD-0001", "guard"): None}
            centre.issue(age_s=7200)
            wait_version(box, centre.version)
            seq, old = pass_with("CODE-00001", "w-00001"), issued()
            ages[seq] = age_since(old, seq)
            assert 7200 <= ages[seq] < 7200 + 600 * SLOW, ages
            centre.issue()
            wait_version(box, centre.version)
            assert issued() > old
            seq = pass_with("CODE-00002", "w-00002")
            ages[seq] = age_since(issued(), seq)
            assert ages[seq] < 7200, ages

            def told(after):
                """What was said of each grant since then, once all have come."""
                said = {}
                for payload in entries.leaf("entry")[after:]:
                    said.setdefault(payload["data"]["seq"], set()).add(payload["data"]["decided"].get("registry_age_s"))
                return said if ages.keys() <= said.keys() else None
            assert {seq: {age} for seq, age in ages.items()}.items() <= wait_until(lambda: told(0), "entries").items()
            # Nobody acknowledged: all comes again. What the rules did not decide has no age.
            box.uplink.kill()
            box.uplink.wait()
            box.kill()
            after = len(entries.leaf("entry"))
            box.start()
            said = wait_until(lambda: told(after), "the entries again", 30)
            wanted = {seq: {ages.get(seq)} for seq in said}
            assert said == wanted, (said, wanted)
        finally:
            entries.close()


@test("commands get through while a registry comes in, and its parts hold up no entry")
def _():
    with site(3000) as (box, centre):
        centre.issue()
        wait_until(lambda: len(centre.sent) > 20, "the beginning")
        box.command("AccessDoor", "entry")
        box.wait_event("AccessGranted", reason="command")
        wait_version(box, centre.version, 120)


if __name__ == "__main__":
    sys.exit(run())
