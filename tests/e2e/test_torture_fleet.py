"""A fleet and its centre under torture: what every journal holds is in the centre's table, once, in order.

Runs in a network of its own (tests/lib/network.py). SEED repeats a run as far as processes are. The long form, a
million events: EVENTS=1000000 (`make torture-long`).
"""

import contextlib
import json
import os
import pathlib
import random
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import network  # noqa: E402
import torture  # noqa: E402
from centre import Centre, SmallBroker  # noqa: E402
from mischief import Mischief  # noqa: E402
from stile import BUILD, Subscriber, folder, wait_until  # noqa: E402
from tap import run, skip_all, test  # noqa: E402

SEED = int(os.environ.get("SEED", "20261125"))
EVENTS = int(os.environ.get("EVENTS", "0"))
IS_LONG = EVENTS > 0
REAL, SIMULATED = 3, 97
STORM = 1000
QUIET = {"uplink.health-s": 3600, "uplink.reconnect-max-s": 60}  # an idle line has nothing but its keep-alive


@contextlib.contextmanager
def centre(hosts):
    """Folder, broker, collector."""
    with folder() as path:
        broker = SmallBroker(path, ("127.0.0.1", *hosts)).start()
        collector = Centre(path, broker).start()
        try:
            collector.wait_connected()  # else what is sent before that is sent again
            yield path, broker, collector
        finally:
            collector.stop()
            broker.close()


def hosts_of(count):
    return [f"10.77.{number}.1" for number in range(1, count + 1)]


def people():
    """How the simulated gates' people come. CI: a school's morning in 90 s. Long: shift after shift, to the number."""
    if IS_LONG:
        return ["--pattern", "shift", "--speed", "40", "--rows", EVENTS // SIMULATED + 1, "--backlog", 500]
    return ["--pattern", "school", "--speed", "60", "--scale", "0.25", "--duration", "90", "--backlog", 40]


@test("one seed tells one story, and its digest is that of the rows told")
def _():
    options = ["--seed", "7", "--begin", "1795651428821348", "--rows", "301", "--backlog", "100", "--clock-error", "90",
               "--clock-jump", "3600", "--pattern", "school"]
    stories = {}
    for gate in ("1", "2"):
        command = [BUILD / "fleet", *options, "--tell", gate]
        stories[gate] = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert subprocess.run(command, capture_output=True, text=True).stdout == stories[gate]
    rows = [line.split("\t") for line in stories["1"].splitlines()]
    assert [int(row[0]) for row in rows] == list(range(1, 302))
    assert len({row[1] for row in rows}) == 301, "ids repeat"
    assert {row[3] for row in rows} == {"AccessGranted", "AccessTaken", "AccessNotTaken", "AccessDenied"}
    assert all(row[9] == str(int(row[0]) - 1) for row in rows if row[3] in ("AccessTaken", "AccessNotTaken"))
    assert stories["1"] != stories["2"]


@test("a simulated gate answers commands, refuses a retained one, and sends rows again on cmd/sync")
def _():
    with centre([]) as (path, broker, collector), contextlib.closing(torture.Fleet(
            path, broker.port, "--gates", 1, "--rows", 1000, "--backlog", 50, "--speed", 0.01)) as fleet:
        root = "stile/v1/acme/plant/sim-1"
        outcomes = Subscriber(broker, f"{root}/res/#")
        wait_until(lambda: fleet.latest.get("acked") == 50, "the backlog to be acknowledged", 30)
        epoch = next(iter(collector.journals()))[1]

        def command(leaf, data, *options):
            soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 30))
            event = {"specversion": "1.0", "type": "stile.command.v1", "id": "1", "source": "/test",
                     "data": {"actor": "guard", "reason": "test", "not_after": soon, "nonce": os.urandom(8).hex(), **data}}
            broker.publish(f"{root}/cmd/{leaf}", json.dumps(event), *options, "-D", "publish", "response-topic",
                           f"{root}/res/test")
            return event["data"]["nonce"]

        def outcome(nonce):
            return wait_until(lambda: next((one["data"] for one in outcomes.leaf("test")
                                            if one["data"].get("nonce") == nonce), None), "the outcome")

        try:
            assert outcome(command("access", {"access_point": "entry"}))["outcome"] == "done"
            assert outcome(command("access", {"access_point": "entry"}, "-r"))["refusal"] == "retained"
            assert outcome(command("sync", {"epoch": epoch, "from": 11}))["outcome"] == "done"
            wait_until(lambda: fleet.latest["resent"] == 40, "rows 11 to 50 again")
            assert outcome(command("sync", {"epoch": epoch[:-1] + "x", "from": 11}))["outcome"] == "refused"
            assert len(collector.journals()[root, epoch]) == 50
        finally:
            outcomes.close()


def table(faults, mischief, report, counts):
    print(f"# seed {SEED}; {counts['gates']} gates, {counts['rows']} events "
          f"({counts['real']} of real gates), {counts['seconds']:.0f} s of faults")
    for kind, number in sorted(faults.items()):
        print(f"#   {kind:24} {number:7}")
    print(f"#   {'session cut (simulated)':24} {report['cuts']:7}")
    for kind, number in sorted(mischief.items()):
        print(f"#   {kind + ' messages':24} {number:7}")
    for what, number in sorted(counts["tally"].items()):
        print(f"#   centre: {what:16} {number:7}")
    print(f"#   resent by simulated gates {report['resent']}, connections {report['connections']}, "
          f"broker's state not written {counts['unsaved']} times, put away {counts['put_away']}")
    print(f"#   settled {counts['settle']:.1f} s after the last fault; 0 lost, 0 twice, order kept", flush=True)


@test(f"{REAL + SIMULATED} gates under faults of every kind: 0 lost, 0 twice, order kept")
def _():
    chance = random.Random(SEED)
    count = REAL + 1
    with contextlib.ExitStack() as stack:
        path, broker, collector = stack.enter_context(centre(hosts_of(count)))
        lines = [stack.enter_context(contextlib.closing(network.Line(number, number == count)))
                 for number in range(1, count + 1)]
        boxes = stack.enter_context(torture.real_gates(path, REAL, broker, lambda number: lines[number - 1]))
        fleet = stack.enter_context(contextlib.closing(torture.Fleet(
            path, broker.port, "--gates", SIMULATED, "--seed", SEED, "--cut-every", 40, "--clock-error", 120,
            "--clock-jump", 3600, "--reconnect-max", 5, "--settle", 240, *people(), inside=lines[-1].inside,
            host=lines[-1].here)))
        mischief = stack.enter_context(contextlib.closing(Mischief(broker, random.Random(SEED + 1))))
        faults = torture.Faults(chance, collector, broker, boxes, lines)
        begin = time.monotonic()
        faults.rage(lambda: fleet.latest.get("quiet"), 1.0)
        healthy = time.monotonic()
        assert mischief.thread.is_alive(), "mischief came to an end by itself"
        mischief.close()
        for box in boxes:
            box.stop_people()
        report = fleet.report(300)
        torture.wait_settled(boxes, 120)
        settle = time.monotonic() - healthy
        collector.stop()  # it says what it did
        journals = collector.journals()
        real = sum(torture.check_real(box, journals) for box in boxes)
        rows = real + torture.check_fleet(report, journals)
        assert not journals, f"nobody's rows: {list(journals)[:3]}"
        tally = collector.tally()
        assert tally["losses"] == tally["not contiguous"] == 0, tally
        assert all(faults.done[kind] for kind in faults.kinds), faults.done
        table(faults.done, mischief.done, report, {
            "gates": REAL + SIMULATED, "rows": rows, "real": real, "seconds": healthy - begin, "settle": settle,
            "tally": tally, "put_away": broker.put_away, "unsaved": broker.unsaved()})


def has_said_all(broker, box):
    """Nothing is new since its last status: it will keep silent."""
    shown = subprocess.run(["mosquitto_sub", "-V", "5", "-p", str(broker.port), "-t", f"{box.root}/status", "-C", "1"],
                           capture_output=True, text=True, timeout=30).stdout
    data = json.loads(shown)["data"]
    return data["state"] == "online" and data["head"] == data["acked"] == box.head()


def wait_for_ping(line, port):
    """The worst moment for an idle line to die: just after the keep-alive."""
    wait_until(lambda: line.silence(port) > 6, "a silent line", 60)
    wait_until(lambda: 0 < line.silence(port) < 0.5, "a ping", 60)
    wait_until(lambda: line.silence(port) > 0.5, "its answer", 60)


@test("the real uplink notices a half-open line within 15 s, idle or busy")
def _():
    with contextlib.ExitStack() as stack:
        path, broker, collector = stack.enter_context(centre(hosts_of(1)))
        line = stack.enter_context(contextlib.closing(network.Line(1)))
        box = stack.enter_context(torture.real_gates(path, 1, broker, lambda _: line, QUIET))[0]
        times = {}
        for state in ("busy", "idle"):
            if state == "idle":
                box.stop_people()
            wait_until(lambda: box.status()["broker"]["state"] == "connected", "the connection", 60)
            if state == "idle":
                torture.wait_settled([box], 120)
                wait_until(lambda: has_said_all(broker, box), "the last status", 30)
                wait_for_ping(line, broker.tls_port)
            line.cut()
            begin = time.monotonic()
            wait_until(lambda: box.status()["broker"]["state"] != "connected", "the uplink to notice", 60)
            times[state] = time.monotonic() - begin
            line.heal()
            healed = time.monotonic()
            wait_until(lambda: box.status()["broker"]["state"] == "connected", "the connection", 90)
            times[f"{state}, back after healing"] = time.monotonic() - healed
        print("# " + "; ".join(f"{what}: {seconds:.1f} s" for what, seconds in times.items()))
        assert times["busy"] <= 15 and times["idle"] <= 15, times


@test("the collector notices a half-open line within 15 s, idle as it is")
def _():
    with contextlib.ExitStack() as stack:
        path = stack.enter_context(folder())
        line = stack.enter_context(contextlib.closing(network.Line(1)))
        broker = stack.enter_context(contextlib.closing(SmallBroker(path, ("127.0.0.1", line.here)).start()))
        broker.certify("gate", "acme", "plant", "collector")
        certificate = broker.certificates / "gate.acme.plant.collector"
        collector = Centre(path, broker, {
            "broker.host": line.here, "broker.port": broker.tls_port, "broker.tls": "yes",
            "broker.ca-file": broker.certificates / "ca.crt", "broker.certificate-file": f"{certificate}.crt",
            "broker.private-key-file": f"{certificate}.key"})
        collector.launcher = line.inside
        collector.start()
        stack.callback(collector.stop)
        collector.wait_connected()
        wait_for_ping(line, broker.tls_port)
        line.cut()
        begin = time.monotonic()
        wait_until(lambda: "feed lost" in collector.log_text(), "the collector to notice", 60)
        took = time.monotonic() - begin
        print(f"# noticed after {took:.1f} s")
        assert took <= 15, took


@test(f"a storm of {STORM} gates that lost their broker together settles")
def _():
    with centre([]) as (path, broker, collector), contextlib.closing(torture.Fleet(
            path, broker.port, "--gates", STORM, "--seed", SEED, "--pattern", "steady", "--duration", 3600,
            "--settle", 200)) as fleet:
        back = torture.storm(fleet, broker, STORM, 120)
        report = fleet.report(300)
        rows = torture.check_fleet(report, collector.journals())
        print(f"# all {STORM} back {back:.1f} s after the broker; {rows} events, settled {report['settle_ms'] / 1000:.1f} s "
              f"after the last of them, {report['resent']} resent")


if __name__ == "__main__":
    reason = network.obstacle()
    if reason:
        sys.exit(skip_all(f"needs network namespaces, nftables and tc: {reason}"))
    network.enter()
    print(f"# SEED={SEED}", flush=True)
    sys.exit(run())
