"""Commands of the network: signed and unsigned, replayed, flooded, late; options changed and rows sent again from afar."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from stile import BUILD, Collector, Gate, Subscriber, folder, gate, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

ROOT = Gate.ROOT
NAME = ROOT.removeprefix("stile/v1/")


class Manager:
    """A machine that holds private keys, and is no gate."""

    def __init__(self, path):
        self.folder = path
        self.environment = {**os.environ, "STILE_KEYS": str(path / "keys")}

    def ctl(self, *arguments):
        return subprocess.run([BUILD / "stilectl", *map(str, arguments)], env=self.environment, check=True,
                              capture_output=True, timeout=60)

    def make_key(self, name):
        self.ctl("key", "new", name)
        public = self.folder / f"{name}.pem"
        self.ctl("key", "export-public", name, "--out", public)
        return public

    def sign(self, name, leaf, *operands, of=NAME, **data):
        """The bytes of a signed command; `data` goes into its data."""
        path = self.folder / "command.cose"
        self.ctl("sign-command", leaf, *operands, "--key", name, "--gate", of, "--reason", "test", "--lifetime", 50,
                 "--data", json.dumps(data), "--out", path)
        return path.read_bytes()


@contextlib.contextmanager
def managed(roles="access lockdown release sync config", **options):
    """A gate with its broker and one manager, mai."""
    with folder() as path:
        manager = Manager(path)
        key = manager.make_key("mai")
        wanted = {"manager mai.key": key, "manager mai.roles": roles, **options.pop("options", {})}
        with gate(with_broker=True, options=wanted, **options) as box:
            wait_connected(box)
            yield box, manager


def wait_connected(box):
    wait_until(lambda: box.status()["broker"]["state"] == "connected", "the connection", 20)


def send(box, leaf, payload, *options, client="stile-test"):
    """Publishes bytes and returns the outcome."""
    replies = f"{ROOT}/res/{client}"
    listener = Subscriber(box.broker, replies)
    try:
        publish(box.broker, leaf, payload, "-D", "publish", "response-topic", replies, *options)
        return wait_until(lambda: [message[1] for message in listener.messages], "the outcome", 20)[0]["data"]
    finally:
        listener.close()


def publish(broker, leaf, payload, *options):
    subprocess.run(["mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1",
                    "-t", f"{ROOT}/cmd/{leaf}", "-s", *options], input=payload, check=True)


def send_signed(box, leaf, payload):
    return send(box, leaf, payload, "-D", "publish", "content-type", "application/cose")


def event(seconds=20, **data):
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    return json.dumps({"specversion": "1.0", "id": os.urandom(8).hex(), "source": "/test", "type": "stile.command.v1",
                       "data": {"actor": "guard", "reason": "test", "nonce": os.urandom(8).hex(), "not_after": until,
                                **data}}).encode()


def refusal(outcome):
    return outcome["outcome"], outcome.get("refusal")


def rows(box, name):
    return [row for row in box.events() if row["event"] == name]


@test("a signed command is carried out, and its row names the manager")
def _():
    with managed(options={"commands.signatures": "required"}) as (box, manager):
        outcome = send_signed(box, "access", manager.sign("mai", "access", "entry"))
        assert (outcome["outcome"], outcome["command"]) == ("done", "AccessDoor"), outcome
        assert len(outcome["nonce"]) == 32, outcome
        row = box.wait_event("AccessDoor", access_point="entry")
        assert row["detail"] == "[mai] mai: test", row
        box.wait_event("AccessGranted", reason="command")


@test("where signatures are required, unsigned commands are refused and journaled")
def _():
    with managed(options={"commands.signatures": "required"}) as (box, _manager):
        assert refusal(send(box, "access", event(access_point="entry"))) == ("refused", "unauthorised")
        box.wait_event("CommandRefused", reason="unauthorised")
        assert not rows(box, "AccessDoor")
        assert box.command("AccessDoor", "entry")["outcome"] == "done"  # whoever stands here needs none


@test("what a stranger signed, or for another gate or leaf, or beyond a role, or was tampered with, is refused")
def _():
    with managed(roles="access") as (box, manager):
        manager.make_key("stranger")
        cases = [
            ("access", manager.sign("stranger", "access", "entry"), "untrusted_issuer"),
            ("access", manager.sign("mai", "access", "entry", of="acme/plant/gate-2"), "bad_signature"),
            ("lockopen", manager.sign("mai", "access", "entry"), "bad_signature"),
            ("lockdown", manager.sign("mai", "lockdown"), "unauthorised"),
            ("config", manager.sign("mai", "config", set={"rules.passback": "hard"}), "unauthorised"),
            ("access", manager.sign("mai", "access", "entry").replace(b"entry", b"exit\x20"), "bad_signature"),
            ("access", b"\xd2\x84\x40", "unreadable"),
        ]
        for leaf, payload, reason in cases:
            assert refusal(send_signed(box, leaf, payload)) == ("refused", reason), (leaf, reason)
            box.wait_event("CommandRefused", reason=reason)
        assert not rows(box, "AccessDoor") and not rows(box, "LockOpen")


@test("a command is not carried out again after kill -9, nor after the file of nonces was cut off")
def _():
    with managed() as (box, manager):
        payload = manager.sign("mai", "access", "entry")
        assert send_signed(box, "access", payload)["outcome"] == "done"
        assert refusal(send_signed(box, "access", payload)) == ("refused", "replayed")
        box.kill()
        box.start(uplink=False)
        wait_connected(box)
        assert refusal(send_signed(box, "access", payload)) == ("refused", "replayed")
        second = event(50, access_point="entry", nonce="nonce-0002")
        assert send(box, "access", second)["outcome"] == "done"
        box.kill()
        nonces = box.folder / "nonces"
        nonces.write_bytes(nonces.read_bytes() + b"17954856")  # a power cut within a line
        box.start(uplink=False)
        wait_connected(box)
        assert refusal(send(box, "access", second)) == ("refused", "replayed")
        assert refusal(send_signed(box, "access", payload)) == ("refused", "replayed")
        assert len(rows(box, "AccessDoor")) == 2
        box.kill()
        nonces.write_text("nonsense\n")
        box.start(uplink=False)
        wait_connected(box)
        assert refusal(send(box, "access", second)) == ("refused", "stale")


@test("whenever the gate dies, a command is carried out once at the most")
def _():
    with managed(options={"commands.per-minute": 600}) as (box, _manager):
        for tenths_ms in (0, 5, 10, 20, 40, 80, 160, 320):
            nonce = f"nonce-{tenths_ms:04}"
            payload = event(50, access_point="entry", actor=nonce, nonce=nonce)
            publish(box.broker, "access", payload)
            time.sleep(tenths_ms / 10000)  # into the middle of it, wherever that is
            box.kill()
            box.start(uplink=False)
            wait_connected(box)
            again = refusal(send(box, "access", payload))
            assert again in (("done", None), ("refused", "replayed")), again
            assert refusal(send(box, "access", payload)) == ("refused", "replayed")
            doors = [row for row in rows(box, "AccessDoor") if row["detail"].startswith(nonce)]
            assert len(doors) <= 1, doors
            assert len(doors) == 1 or again[0] == "refused", "done, and no row"


@test("a flood is refused, told once, and the gate goes on")
def _():
    with managed(options={"commands.per-minute": 3}) as (box, _manager):
        answers = [refusal(send(box, "lockdown", event())) for _ in range(3)]
        assert answers == [("done", None)] * 3, answers
        listener = Subscriber(box.broker, f"{ROOT}/res/flood")
        try:
            lines = b"\n".join(event() for _ in range(100))  # more at once, and the bus has no room for answers
            subprocess.run(["mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(box.broker.port), "-q", "1",
                            "-t", f"{ROOT}/cmd/lockdown", "-l", "-D", "publish", "response-topic",
                            f"{ROOT}/res/flood"], input=lines, check=True)
            wait_until(lambda: len(listener.messages) >= 100, "the answers", 30)
        finally:
            listener.close()
        reasons = {message[1]["data"].get("refusal") for message in listener.messages}
        assert "too_many" in reasons and reasons <= {"too_many", "unavailable", None}, reasons
        told = [row for row in rows(box, "CommandRefused") if row["reason"] == "too_many"]
        assert len(told) == 1, told
        assert len(rows(box, "LockDown")) <= 5
        box.drive("exit.button-line", True)
        box.wait_event("AccessGranted", access_point="exit")
        assert box.command("LockDownRelease")["outcome"] == "done"  # here there is no limit


@test("a gate that was offline does not carry out what is old when it returns")
def _():
    with managed() as (box, manager):
        box.uplink.terminate()
        box.uplink.wait(5)
        publish(box.broker, "access", event(2, access_point="entry"), "-r")
        publish(box.broker, "lockopen", event(50, access_point="entry"))  # nobody is there: it is gone
        publish(box.broker, "lockdown", manager.sign("mai", "lockdown"), "-r",
                "-D", "publish", "content-type", "application/cose")
        box.start_uplink()
        wait_until(lambda: len([row for row in rows(box, "CommandRefused") if row["reason"] == "retained"]) == 2,
                   "both refusals", 20)
        for name in ("AccessDoor", "LockOpen", "LockDown"):
            assert not rows(box, name), name


@test("options are changed and unset from afar, survive a restart, and nothing else is touched")
def _():
    with managed() as (box, manager):
        def config(**data):
            return send_signed(box, "config", manager.sign("mai", "config", **data))

        def overridden():
            return box.status()["overrides"]["options"]

        wanted = {"rules.passback": "hard", "access-point entry.pulse-ms": "600"}
        assert config(set=wanted)["outcome"] == "done"
        row = box.wait_event("ConfigChanged")
        assert row["detail"].startswith("[mai] mai: rules.passback=hard"), row
        assert overridden() == wanted
        box.kill()
        box.start(uplink=False)
        wait_connected(box)
        assert overridden() == wanted
        for name, value, word in (("rules.passback", "harder", "one of: off, soft, hard"),
                                  ("store.retention-days", "0", "0 is out of range: 1 to 365"),
                                  ("access-point entry.window-ms", "500", "[access-point entry] window-ms: must not be"),
                                  ("gate.id", "gate-2", "from afar"), ("commands.per-minute", "600", "from afar"),
                                  ("uplink.port", "1", "from afar"), ("rules.time-zone", "UTC", "restart"),
                                  ("rules.nonsense", "1", "no such option"), ("manager mai.roles", "sync", "option")):
            outcome = config(set={"store.retention-days": "20", name: value} if name != "store.retention-days"
                             else {name: value})
            assert refusal(outcome) == ("refused", "bad_request"), (name, outcome)
            assert name.split(".")[1] in outcome["message"] and word in outcome["message"], (name, outcome)
        assert overridden() == wanted
        assert refusal(send(box, "config", event(set={"rules.passback": "off"}))) == ("refused", "unauthorised")
        assert config(unset=["rules.passback"])["outcome"] == "done"
        assert overridden() == {"access-point entry.pulse-ms": "600"}


@test("rows are sent again from where the collector asks, acknowledged or not")
def _():
    with managed() as (box, manager):
        collector = Collector(box.broker, ROOT)
        try:
            wait_until(lambda: box.status()["journal"]["outbox"] == 0 and collector.rows, "the watermark", 20)
            epoch = box.ok("hello")["epoch"]
            before = len(collector.messages)
            assert send(box, "sync", event(epoch=epoch, **{"from": 1}))["outcome"] == "done"
            wait_until(lambda: 1 in [message[1]["data"]["seq"] for message in list(collector.messages)[before:]],
                       "the first row again", 20)
            box.wait_event("SyncRequested")
            foreign = epoch[:-1] + ("0" if epoch[-1] != "0" else "1")
            assert refusal(send(box, "sync", event(epoch=foreign, **{"from": 1}))) == ("refused", "stale_epoch")
            signed = manager.sign("mai", "sync", epoch=epoch, **{"from": 1000000})
            assert refusal(send_signed(box, "sync", signed)) == ("refused", "out_of_range")
            wait_until(lambda: box.status()["journal"]["outbox"] == 0, "the watermark after it", 20)
        finally:
            collector.close()


@test("doctor names managers, keys that cannot be used, and options that are overridden")
def _():
    with managed() as (box, manager):
        def findings():
            report = subprocess.run([BUILD / "stilectl", "--config", box.config, "doctor", "--json"],
                                    capture_output=True, text=True, timeout=60)
            lines = [json.loads(line) for line in report.stdout.splitlines()]
            return {line["check"]: (line["result"], line["message"]) for line in lines}

        assert findings()["managers"] == ("ok", "1 key")
        payload = manager.sign("mai", "config", set={"rules.passback": "soft"})
        assert send_signed(box, "config", payload)["outcome"] == "done"
        assert findings()["overrides"] == ("ok", "changed from afar: rules.passback = soft")
        box.options["manager mai.key"] = manager.folder / "keys" / "mai.pem"
        box.write_config()
        result, message = findings()["managers"]
        assert result == "fail" and "a private key" in message, message
        box.daemon.send_signal(signal.SIGHUP)  # whom it obeyed before, it obeys
        wait_until(lambda: "private key" in box.log_text(), "the complaint")
        assert send_signed(box, "access", manager.sign("mai", "access", "entry"))["outcome"] == "done"


@test("what a gate would refuse is not signed")
def _():
    with folder() as path:
        manager = Manager(path)
        manager.make_key("mai")
        for arguments, word in ((("open", "entry"), "no such command"), (("access",), "access_point: is missing"),
                                (("release",), "release: LockOpen or LockDown"),
                                (("access", "entry", "--lifetime", "61"), "its time"),
                                (("config", "--data", "[]"), "--data: a JSON object"),
                                (("sync", "--data", "{}"), "epoch: is missing")):
            done = subprocess.run([BUILD / "stilectl", "sign-command", *arguments, "--key", "mai", "--gate", NAME,
                                   "--reason", "test"], env=manager.environment, capture_output=True, timeout=60)
            assert done.returncode == 2 and done.stdout == b"" and word in done.stderr.decode(), done


@test("SIGHUP takes managers in and out")
def _():
    with managed() as (box, manager):
        other = manager.make_key("other")
        payload = manager.sign("other", "access", "entry")
        assert refusal(send_signed(box, "access", payload)) == ("refused", "untrusted_issuer")
        box.options.update({"manager other.key": other, "manager other.roles": "access"})
        del box.options["manager mai.key"], box.options["manager mai.roles"]
        box.write_config()
        box.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: "configuration reloaded" in box.log_text(), "the reload")
        assert send_signed(box, "access", payload)["outcome"] == "done"
        assert refusal(send_signed(box, "access", manager.sign("mai", "access", "entry"))) == ("refused",
                                                                                              "untrusted_issuer")


@test("a key that cannot be used is read, and complained of, once; who was obeyed is obeyed")
def _():
    with managed() as (box, manager):
        pathlib.Path(box.options["manager mai.key"]).write_text("no key\n")
        box.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: "configuration reloaded" in box.log_text(), "the reload")
        assert box.log_text().count("manager's key cannot be used") == 1, box.log_text()
        assert send_signed(box, "access", manager.sign("mai", "access", "entry"))["outcome"] == "done"
        box.stop()
        box.start()
        assert box.log_text().count("manager's key cannot be used") == 2, box.log_text()
        wait_connected(box)
        payload = manager.sign("mai", "access", "entry")
        assert refusal(send_signed(box, "access", payload)) == ("refused", "untrusted_issuer")


if __name__ == "__main__":
    sys.exit(run())
