"""The centre's end: stiled, stile-uplink, mosquitto and stile-collector, any of which may die."""

import contextlib
import json
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from stile import Archive, Broker, Gate, Subscriber, folder, gate, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

GATE = "acme/plant/gate-1"
EPOCH = "018f0000-0000-7000-8000-0000000000ee"


def press_exit(box, times=1):
    for _ in range(times):
        box.drive("exit.button-line", True)
        box.drive("exit.button-line", False)


def journal_of(box):
    return {(GATE, row["epoch"].replace("-", ""), row["seq"]): row["event"] for row in box.events()}


def wait_equal(box, archive, timeout=60):
    """Until the archive has the journal, and nothing is left to acknowledge."""
    wait_until(lambda: archive.rows() == journal_of(box), "the archive to equal the journal", timeout)
    wait_until(lambda: box.status()["journal"]["outbox"] == 0, "the watermark", timeout)


@contextlib.contextmanager
def centre(box, **options):
    archive = Archive(box.folder, box.broker, **options)
    try:
        yield archive.start()
    except Exception:
        print("# " + "\n# ".join(archive.log_text().splitlines()[-30:]))
        raise
    finally:
        archive.stop()


@contextlib.contextmanager
def alone(**options):
    """A broker and a collector, and gates that the test plays itself."""
    with folder() as path:
        broker = Broker(path).start()
        archive = Archive(path, broker, **options)
        archive.broker = broker
        try:
            yield archive.start()
        except Exception:
            print("# " + "\n# ".join(archive.log_text().splitlines()[-30:]))
            raise
        finally:
            archive.stop()
            broker.stop()


def entry(seq, name="gate-9", **data):
    return json.dumps({
        "specversion": "1.0", "source": f"/stile/acme/plant/{name}", "type": "stile.entry.v1", "subject": "entry",
        "id": f"01a20b82-970d-705a-8d0f-{seq:012x}", "time": "2026-11-24T03:03:58.959Z",
        "datacontenttype": "application/json",
        "data": {"epoch": EPOCH, "seq": seq, "event": "AccessTaken", "access_point": "entry",
                 "decided": {"offline": False, "clock": "synchronised"}, **data}})


def status(head, oldest, acked=0, name="gate-9"):
    return json.dumps({
        "specversion": "1.0", "source": f"/stile/acme/plant/{name}", "type": "stile.status.v1",
        "id": "01a20b82-970d-705a-8d0f-125a0fc6ba98", "datacontenttype": "application/json",
        "data": {"state": "online", "boot": "x", "epoch": EPOCH, "software": "0.1.0", "head": head, "acked": acked,
                 "oldest": oldest, "clock": "synchronised"}})


def say(archive, leaf, payload, *options, name="gate-9"):
    archive.broker.publish(f"stile/v1/acme/plant/{name}/{leaf}", payload, *options)


@test("every row of the journal is in the archive, as it was, and the gate is told")
def _():
    with gate(with_broker=True) as box, centre(box) as archive:
        press_exit(box, 5)
        box.wait_event("AccessNotTaken")
        wait_equal(box, archive)
        rows = archive.query("SELECT seq, event, reason, direction, access_point, clock FROM entry ORDER BY seq")
        for row, stored in zip(box.events(), rows):
            assert stored == (row["seq"], row["event"], row.get("reason"), row.get("direction"),
                              row.get("access_point"), row.get("clock")), (row, stored)
        assert archive.stop() == 0


@test("kill -9 of collector and broker under traffic: the archive equals the journal")
def _():
    with gate(with_broker=True) as box, centre(box) as archive:
        for victim in ("collector", "broker", "collector", "both"):
            press_exit(box, 10)
            if victim != "broker":
                archive.kill()
            if victim != "collector":
                box.broker.process.kill()
                box.broker.process.wait()
            press_exit(box, 10)
            if victim != "collector":
                box.broker.start()
            if victim != "broker":
                archive.start()
        press_exit(box, 5)
        wait_equal(box, archive, 120)
        assert archive.query("SELECT count(*) FROM loss") == [(0,)]
        assert archive.query("SELECT count(*), count(DISTINCT stream || ' ' || seq) FROM entry")[0][0] == box.head()


@test("a collector that comes late asks for what the gate sent before, and has it without waiting for a resend")
def _():
    with gate(with_broker=True) as box:
        press_exit(box, 5)
        wait_until(lambda: box.status()["broker"]["state"] == "connected", "the connection")
        with centre(box) as archive:
            wait_equal(box, archive, 45)


@test("what is late comes several rows in a message, in order, once the collector has said that it takes them")
def _():
    with gate(with_broker=True, options={"uplink.in-flight": 5}) as box:
        press_exit(box, 30)
        last = box.events()[-1]["time"]
        late = time.mktime(time.strptime(last[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone + 5
        wait_until(lambda: time.time() > late, "rows to be late")
        heard = Subscriber(box.broker, f"stile/v1/{GATE}/entry")
        try:
            with centre(box) as archive:
                wait_equal(box, archive, 45)
                late_to = box.head()
                press_exit(box)
                wait_equal(box, archive)
            messages = [message if isinstance(message, list) else [message] for message in heard.leaf("entry")]
            order = [[event["data"]["seq"] for event in message] for message in messages]
            first_seen = list(dict.fromkeys(seq for seqs in order for seq in seqs))
            assert first_seen == sorted(first_seen), order
            assert any(len(seqs) > 1 for seqs in order), order
            assert all(seqs == list(range(seqs[0], seqs[-1] + 1)) for seqs in order), order
            assert all(len(seqs) == 1 for seqs in order if seqs[0] > late_to), order
        finally:
            heard.close()


@test("a row that is missing holds the acknowledgement back, is asked for by cmd/sync, and is final when the gate has it no more")
def _():
    with alone() as archive:
        heard = Subscriber(archive.broker, "stile/v1/acme/plant/gate-9/#")
        try:
            for seq in (1, 2, 5, 4, 5):
                say(archive, "entry", entry(seq))
            ask = wait_until(lambda: heard.leaf("cmd/sync"), "cmd/sync", 20)[0]
            assert ask["type"] == "stile.command.v1" and ask["data"]["epoch"] == EPOCH, ask
            assert ask["data"]["from"] == 3 and ask["data"]["actor"] == "collector", ask
            assert heard.leaf("ack")[-1] == {"epoch": EPOCH, "seq": 2, "batch": 100}, heard.leaf("ack")
            say(archive, "status", status(head=5, oldest=4))
            wait_until(lambda: heard.leaf("ack")[-1]["seq"] == 5, "the loss to be final", 20)
            assert archive.query("SELECT first, last, reason FROM loss") == [(3, 3, "not_held")]
            assert "rows are lost" in archive.log_text()
        finally:
            heard.close()


@test("what cannot be read is set aside with its reason, and does not hold up what can")
def _():
    hostile = {
        "bad_json": "{", "wrong_source": entry(1, name="gate-1"), "wrong_type": status(1, 1),
        "bad_field": entry(-1), "retained": None}
    with alone() as archive:
        for reason, payload in hostile.items():
            say(archive, "entry", payload or entry(7), *(["-r"] if reason == "retained" else []))
        archive.broker.publish("stile/v1/acme/plant/GATE/entry", entry(1))
        for seq in range(1, 4):
            say(archive, "entry", entry(seq, newer={"than": "us"}))
        wait_until(lambda: len(archive.rows()) == 3, "the good rows", 20)
        wait_until(lambda: len(archive.query("SELECT * FROM refusal")) == 6, "the refused", 20)
        reasons = {row[0] for row in archive.query("SELECT reason FROM refusal")}
        assert reasons == set(hostile) | {"bad_topic"}, reasons
        assert json.loads(archive.query("SELECT more FROM entry")[0][0]) == {"newer": {"than": "us"}}


@test("what a gate says of itself is kept, the last of each kind; a gate that falls silent is offline and what it said stays")
def _():
    with gate(with_broker=True) as box, centre(box) as archive:
        def heard():
            rows = archive.query("SELECT state, status, health FROM heard")
            return rows[0] if rows else (None, None, None)
        wait_until(lambda: heard()[0] == "online" and heard()[2], "status and health", 20)
        _, status_text, health_text = heard()
        assert json.loads(status_text)["access_points"][0]["id"] == "entry", status_text
        assert json.loads(health_text)["journal"]["lost"] == 0, health_text
        box.uplink.send_signal(signal.SIGKILL)
        box.uplink.wait()
        wait_until(lambda: heard()[0] == "offline", "the will", 20)
        assert json.loads(heard()[1])["software"] == json.loads(status_text)["software"]


@test("who stayed from when to when follows from the rows of all gates of a site, in whatever order they come")
def _():
    def passage(seq, direction, minute, name):
        row = json.loads(entry(seq, name, direction=direction, subject=32 * "a"))
        return json.dumps({**row, "time": f"2026-11-24T03:{minute:02}:00.000Z"})

    with alone() as archive:
        say(archive, "entry", passage(1, "entry", 10, "gate-1"), name="gate-1")
        say(archive, "entry", passage(2, "entry", 40, "gate-1"), name="gate-1")
        stays = "SELECT (entered - (SELECT min(at) FROM entry)) / 60000000, (left_at - entered) / 60000000, left_assumed FROM visit"
        wait_until(lambda: archive.query(stays + " ORDER BY entered") == [(0, 30, 1), (30, None, 0)], "two stays", 20)
        say(archive, "entry", passage(1, "exit", 20, "gate-2"), name="gate-2")
        wait_until(lambda: archive.query(stays + " ORDER BY entered") == [(0, 10, 0), (30, None, 0)], "the exit", 20)
        assert archive.query("SELECT sum(entries), sum(exits) FROM tally") == [(2, 1)]


@test("while the archive cannot be written nothing is acknowledged, and afterwards nothing is missing")
def _():
    with gate(with_broker=True) as box, centre(box) as archive:
        wait_equal(box, archive)
        archive.stop()
        limit = archive.file.stat().st_size + 8192

        def full_disk():
            import resource
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        acked = box.status()["journal"]["acked"]
        archive.start(preexec_fn=full_disk)
        press_exit(box, 40)
        wait_until(lambda: "archive fails" in archive.log_text(), "the fault", 30)
        stored = len(archive.rows())
        assert box.status()["journal"]["acked"] <= stored, (acked, stored)
        assert archive.process.poll() is None, "a full disk is no reason to end"
        import resource
        resource.prlimit(archive.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wait_until(lambda: "archive works again" in archive.log_text(), "the end of the fault", 30)
        wait_equal(box, archive, 90)


@test("SIGHUP connects anew and takes over what may change; SIGTERM commits what was taken and ends at once")
def _():
    with alone() as archive:
        said = archive.log_text().count("feed connected")
        archive.options["collector.batch-ms"] = 10000
        archive.options["archive.file"] = archive.folder / "other.db"
        archive.write_config()
        archive.process.send_signal(signal.SIGHUP)
        wait_until(lambda: archive.log_text().count("feed connected") > said, "the connection", 20)
        assert "section=archive key=file" in archive.log_text()
        heard = Subscriber(archive.broker, "stile/v1/acme/plant/gate-9/ack")
        try:
            say(archive, "entry", entry(1))
            begun = time.monotonic()
            assert archive.stop() == 0
            assert time.monotonic() - begun < 5, "10 s is how long the row would have waited"
            taken = int(archive.log_text().rsplit("collected", 1)[1].split("entries=")[1].split()[0])
            assert len(archive.rows()) == taken, (archive.rows(), taken)
        finally:
            heard.close()


if __name__ == "__main__":
    sys.exit(run())
