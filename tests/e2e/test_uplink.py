"""The second process: journal → MQTT and commands back, with a real mosquitto in between."""

import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from orders import order  # noqa: E402
from stile import Collector, Gate, Subscriber, gate, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

ROOT = Gate.ROOT


def press_exit(box, times=1):
    for _ in range(times):
        box.drive("exit.button-line", True)
        box.drive("exit.button-line", False)


def wait_stored(box, collector):
    """The journal's rows, as soon as the collector has them all."""
    rows = box.events()
    wait_until(lambda: all((row["epoch"], row["seq"]) in collector.rows for row in rows),
               "the collector to have it all", 30)
    return rows


@test("every row of the journal reaches the broker once the collector has it, and nothing about persons")
def _():
    with gate(with_broker=True) as box:
        collector = Collector(box.broker, ROOT)
        try:
            box.enrol("nguyen-van-an", "WORKER-0001")
            box.scene.show("WORKER-0001")
            box.wait_event("AccessGranted")
            press_exit(box, 3)
            box.wait_event("AccessNotTaken")
            for row in wait_stored(box, collector):
                sent = collector.rows[(row["epoch"], row["seq"])]
                for field in ("event", "reason", "access_point", "direction", "credential_class", "subject"):
                    assert sent.get(field) == row.get(field), (field, sent, row)
                assert "holder" not in sent and "detail" not in sent, sent
            wait_until(lambda: box.status()["journal"]["outbox"] == 0, "the watermark")
            assert "nguyen-van-an" not in json.dumps(list(collector.messages))
        finally:
            collector.close()


@test("the outage of a broker loses nothing: the backlog comes in order, marked historical")
def _():
    with gate(with_broker=True) as box:
        collector = Collector(box.broker, ROOT)
        wait_stored(box, collector)
        box.broker.stop()
        collector.close()
        known = dict(collector.rows)
        before = box.head()
        press_exit(box, 20)
        wait_until(lambda: box.head() >= before + 20, "rows during the outage")
        wait_until(lambda: time.sleep(6) or True, "rows to become old")  # historical is what is 5 s older
        box.broker.start()
        collector = Collector(box.broker, ROOT)
        collector.rows.update(known)
        try:
            wait_stored(box, collector)
            order_of_arrival = [message[1]["data"]["seq"] for message in collector.messages]
            first_seen = list(dict.fromkeys(order_of_arrival))
            assert first_seen == sorted(first_seen), first_seen
            assert any(row.get("historical") for row in collector.rows.values())
        finally:
            collector.close()


@test("status is retained, says online, and the will says offline when the process dies")
def _():
    with gate(with_broker=True) as box:
        wait_until(lambda: box.status()["broker"]["state"] == "connected", "the connection")
        late = Subscriber(box.broker, f"{ROOT}/status")
        try:
            first = wait_until(lambda: late.messages, "the retained status")[0]
            assert first[1]["data"]["state"] == "online", first
            box.uplink.kill()
            box.uplink.wait()
            wait_until(lambda: late.messages[-1][1]["data"]["state"] == "offline", "the will", 30)
            box.start_uplink()
            wait_until(lambda: late.messages[-1][1]["data"]["state"] == "online", "the return", 20)
            box.uplink.terminate()
            assert box.uplink.wait(5) == 0
            wait_until(lambda: late.messages[-1][1]["data"]["state"] == "stopped", "the farewell")
        finally:
            late.close()


@test("a command opens the lane, is journaled, and its outcome comes back with its correlation")
def _():
    with gate(with_broker=True) as box:
        wait_until(lambda: box.status()["broker"]["state"] == "connected", "the connection")
        outcome = order("access", box, access_point="entry")
        assert outcome["outcome"] == "done", outcome
        box.wait_event("AccessDoor", access_point="entry")
        box.wait_event("AccessGranted", reason="command")
        assert order("lockdown", box)["outcome"] == "done"
        box.wait_event("LockDown")
        assert order("release", box, release="LockDown")["outcome"] == "done"
        box.wait_event("LockDownRelease")
        assert order("lockopen", box, access_point="entry")["outcome"] == "done"
        box.wait_event("LockOpen", access_point="entry")


@test("stale, replayed and retained commands are refused and journaled")
def _():
    with gate(with_broker=True) as box:
        wait_until(lambda: box.status()["broker"]["state"] == "connected", "the connection")
        late = order("access", box, access_point="entry", not_after="2026-01-01T00:00:00Z")
        assert (late["outcome"], late["refusal"]) == ("refused", "stale"), late
        assert order("access", box, access_point="entry", nonce="nonce-0001")["outcome"] == "done"
        again = order("access", box, access_point="entry", nonce="nonce-0001")
        assert (again["outcome"], again["refusal"]) == ("refused", "replayed"), again
        box.uplink.terminate()
        box.uplink.wait(5)
        event = {"specversion": "1.0", "id": "retained-1", "source": "/test", "type": "stile.command.v1",
                 "data": {"actor": "manager", "reason": "test", "nonce": "nonce-0002", "access_point": "entry",
                          "not_after": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 50))}}
        box.broker.publish(f"{ROOT}/cmd/access", json.dumps(event), "-r")
        box.start_uplink()
        box.wait_event("CommandRefused", reason="retained", timeout=20)
        doors = [row for row in box.events() if row["event"] == "AccessDoor"]
        assert len(doors) == 1, doors


@test("health is published with rates and percentiles")
def _():
    with gate(with_broker=True) as box:
        listener = Subscriber(box.broker, f"{ROOT}/health")
        try:
            health = wait_until(lambda: listener.messages, "health", 20)[0][1]["data"]
            assert health["access_points"][0]["id"] == "entry", health
        finally:
            listener.close()


@test("a restart of the gate is survived by the uplink, and the other way round")
def _():
    with gate(with_broker=True) as box:
        collector = Collector(box.broker, ROOT)
        try:
            wait_stored(box, collector)
            box.kill()
            box.start(uplink=False)
            press_exit(box)
            wait_stored(box, collector)
            box.uplink.kill()
            box.uplink.wait()
            press_exit(box)
            box.start_uplink()
            wait_stored(box, collector)
        finally:
            collector.close()


@test("with uplink.ack = puback the broker's word moves the watermark")
def _():
    with gate(with_broker=True, options={"uplink.ack": "puback"}) as box:
        press_exit(box, 3)
        wait_until(lambda: box.head() >= 4 and box.status()["journal"]["outbox"] == 0, "the watermark", 20)


if __name__ == "__main__":
    sys.exit(run())
