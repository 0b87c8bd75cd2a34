"""A gate behind a line of 64 kbit/s each way: the site's registry comes, entries go, and neither waits long for the other.

Shipped programs at both ends, TLS between them, in a network of its own (tests/lib/network.py). What is promised is
measured in bytes of the line, which a busy machine does not change. The long form: PEOPLE=50000.
"""

import contextlib
import os
import pathlib
import re
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import mqtt  # noqa: E402
import network  # noqa: E402
from centre import SmallBroker  # noqa: E402
from registry_site import Site  # noqa: E402
from stile import Gate, folder, wait_until  # noqa: E402
from tap import run, skip_all, test  # noqa: E402

PEOPLE = int(os.environ.get("PEOPLE", "2000"))
RATE, BYTES_A_SECOND = "64kbit", 8000
PASSAGE_S = 1
WAIT_BYTES = 6 * BYTES_A_SECOND  # of two batches of parts, each of 3 s at the most
BATCH = 8  # parts that may be on their way
MANIFEST = 12000
OVERHEAD = 1.3  # of TCP, TLS and MQTT around small parts, and of what else is said


class Tap:
    """What the centre says to the gate about the registry, as the broker hears it."""

    def __init__(self, broker):
        self.parts = []  # their bytes, in order
        self.client = mqtt.Client("127.0.0.1", broker.port, "tap", timeout=None)
        self.client.subscribe(f"{Gate.ROOT}/registry/+")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with contextlib.suppress(OSError, ValueError):
            while True:
                topic, payload, *_ = self.client.receive()
                if not topic.endswith("/manifest"):
                    self.parts.append(payload)

    def close(self):
        self.client.socket.shutdown(socket.SHUT_RDWR)  # ends the reading, which holds what close() wants
        self.client.close()


class Passages:
    """Somebody leaves every second; and how long each row of it waited for the centre, in seconds and in bytes of the
    line."""

    def __init__(self, box, line):
        self.box, self.line = box, line
        self.written, self.waits = {}, {}  # seq → (when, bytes carried by then); → the same, from there to the watermark
        self.is_over = False
        self.threads = [threading.Thread(target=target) for target in (self._leave, self._watch)]
        for thread in self.threads:
            thread.start()

    def _leave(self):
        while not self.is_over:
            for is_on in (True, False):
                self.box.drive("exit.button-line", is_on)
            self.box.pass_through("exit")
            time.sleep(PASSAGE_S)  # their pace

    def _watch(self):
        with self.box.local() as local:
            while not self.is_over:
                now, carried, journal = time.monotonic(), self.line.carried(), local.ok("status")["journal"]
                for seq in range(max(self.written, default=0) + 1, journal["head"] + 1):
                    self.written[seq] = (now, carried)
                for seq in self.written.keys() - self.waits.keys():
                    if seq <= journal["acked"]:
                        when, bytes_then = self.written[seq]
                        self.waits[seq] = (now - when, carried - bytes_then)
                time.sleep(0.05)  # a look, not a wait

    def longest(self, first):
        """Of the rows from `first` on: how many, and the most seconds and bytes; who still waits counts as well."""
        now, carried = time.monotonic(), self.line.carried()
        waits = [self.waits.get(seq) or (now - when, carried - then) for seq, (when, then) in list(self.written.items())
                 if seq >= first]
        return len(waits), max(wait[0] for wait in waits), max(wait[1] for wait in waits)

    def close(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()


class World:
    """A centre with a registry, and a gate beyond a slow line that believes it; nothing has been sent yet."""

    def __init__(self, stack):
        path = stack.enter_context(folder())
        self.line = stack.enter_context(contextlib.closing(network.Line(1)))
        self.broker = SmallBroker(path, ("127.0.0.1", self.line.here)).start()
        stack.callback(self.broker.close)
        self.site = Site(path, self.broker, site_key=path / "key")
        self.box = Gate(path, self.broker, {
            **self.broker.gate_options(self.line.here, "acme", "plant", "gate-1"), "uplink.health-s": 30,
            "manager centre.key": self.site.path / "centre.pub", "manager centre.roles": "registry"})
        self.box.launchers["stile-uplink"] = self.line.inside
        stack.callback(self.box.close)
        self.box.start(uplink=False)
        self.box.wait_seeing()
        self.site.collector.start()
        stack.callback(self.site.collector.stop)
        self._import_people(path / "people.csv")
        self.line.slow(RATE)
        self.tap = stack.enter_context(contextlib.closing(Tap(self.broker)))
        self.passages = stack.enter_context(contextlib.closing(Passages(self.box, self.line)))

    def _import_people(self, csv):
        """And waits until they are published: a gate then hears of one registry only."""
        csv.write_text("id,name,code\n" + "".join(f"w-{n:05d},Nguyễn Văn {n},7400{n:05d}\n" for n in range(PEOPLE)))
        self.site.ctl("holder", "import", csv)
        published = re.compile(r"registry published .*records=(\d+)")
        wait_until(lambda: any(int(records) >= 2 * PEOPLE for records in
                               published.findall(self.site.collector.log_text())), "the publication", 60)

    def registry(self):
        return self.box.status()["registry"]

    def is_connected(self):
        return self.box.status()["broker"]["state"] == "connected"

    def show(self, code, event, **fields):
        after = self.box.head()
        self.box.scene.show(code)
        self.box.wait_event(event, after=after, **fields)
        self.box.scene.clear()


@contextlib.contextmanager
def world():
    with contextlib.ExitStack() as stack:
        yield World(stack)


@test(f"half of a registry of {PEOPLE} people comes over {RATE}/s, and entries are acknowledged between its parts")
def _(made):
    made.box.start_uplink()
    wait_until(made.is_connected, "the connection", 60)
    first = made.box.head() + 1
    wait_until(lambda: "pending" in made.registry(), "the manifest", 60)
    whole = made.registry()["pending"]["buckets"]
    begin, carried = time.monotonic(), made.line.carried()
    wait_until(lambda: len(made.tap.parts) > whole / 2, "half of it", 60 + PEOPLE / 20)
    took, carried = time.monotonic() - begin, made.line.carried() - carried
    count, seconds, waited = made.passages.longest(first)
    print(f"# {len(made.tap.parts)} parts of {whole} buckets: {carried} bytes in {took:.1f} s; {count} rows meanwhile, "
          f"acknowledged at the latest after {seconds:.1f} s, {waited} bytes of the line")
    assert made.registry()["credentials"] == 0, "half a registry is no registry"
    assert count >= 4
    assert waited <= WAIT_BYTES, f"a row waited behind {waited} bytes"


@test("the line is cut there, half-open: what had come does not come again, and the rest does")
def _(made):
    made.line.cut()
    wait_until(lambda: not made.is_connected(), "the uplink to notice", 60)
    came = len(made.tap.parts)
    carried, begin = made.line.carried(), time.monotonic()
    made.line.heal()
    wait_until(made.is_connected, "the connection", 60)
    first = made.box.head() + 1
    wait_until(lambda: made.registry()["credentials"] == PEOPLE, "the registry", 60 + PEOPLE / 20)
    took, carried = time.monotonic() - begin, made.line.carried() - carried
    parts = made.tap.parts[:]
    largest = max(map(len, parts))
    new = set(parts) - set(parts[:came])
    lacking, twice = sum(map(len, new)), len(parts) - came - len(new)
    count, seconds, waited = made.passages.longest(first)
    print(f"# after the cut {carried} bytes in {took:.1f} s; of {sum(map(len, set(parts)))} bytes of parts {lacking} "
          f"had not been sent, {twice} parts were sent twice; {count} new rows, acknowledged at the latest after "
          f"{seconds:.1f} s, {waited} bytes of the line")
    assert twice <= 2 * BATCH, "it began anew"
    # What was on its way comes twice more, by the broker and by being asked for; the manifest is retained and told.
    assert carried <= OVERHEAD * (lacking + 2 * BATCH * largest + 3 * MANIFEST), "more than the rest of it came"
    assert waited <= WAIT_BYTES, f"a row waited behind {waited} bytes"
    made.show("740000042", "AccessGranted", holder="w-00042")


@test("what the outage kept back is acknowledged, too")
def _(made):
    head = made.box.head()
    wait_until(lambda: made.box.status()["journal"]["acked"] >= head, "the watermark", 60)


@test("somebody is blocked at the centre: what changed comes alone, and the gate refuses them")
def _(made):
    carried, sent, begin = made.line.carried(), len(made.tap.parts), time.monotonic()
    made.site.ctl("holder", "block", "w-00042")
    version = made.registry()["version"]
    wait_until(lambda: made.registry()["version"] > version, "the block", 60)
    carried = made.line.carried() - carried
    print(f"# {carried} bytes in {time.monotonic() - begin:.1f} s, {len(made.tap.parts) - sent} parts")
    made.show("740000042", "AccessDenied", holder="w-00042", reason="blocked")
    made.show("740000043", "AccessGranted", holder="w-00043")


if __name__ == "__main__":
    reason = network.obstacle()
    if reason:
        sys.exit(skip_all(f"needs network namespaces, nftables and tc: {reason}"))
    network.enter()
    sys.exit(run(world()))
