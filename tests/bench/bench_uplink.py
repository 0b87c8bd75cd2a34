"""From a gate's backlog to the archive: what each part takes, as a ratio to a floor of the same run.

stile-uplink drains a backlog; the floor is `mosquitto_pub -l` of the same payloads to the same broker and the same
subscriber. The collector stores into SQLite; the floor is the same collector over an archive that stores nothing.
Runs alternate, ROUNDS of each, and the medians are compared. Nothing here passes or fails.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from stile import BUILD, Archive, Broker, Gate, folder, stop_process, wait_until  # noqa: E402

ROWS = int(os.environ.get("ROWS", "100000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
PARTS = BUILD / "tests" / "bench" / "uplink_parts"
PART = 50000
TOPIC = f"{Gate.ROOT}/entry"


def client(program, broker, *arguments, **options):
    return subprocess.Popen([program, "-V", "5", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", *arguments],
                            **options)


def subscriber(broker, path):
    """Ends by itself when it has ROWS; the time is taken then."""
    with open(path, "wb") as out:
        process = client("mosquitto_sub", broker, "-t", TOPIC, "-C", str(ROWS), "-F", "%p", stdout=out)
    time.sleep(0.5)  # it says nothing when it is subscribed; not part of what is measured
    return process


def publish(broker, payloads):
    """In one go after the other: `mosquitto_pub -l` ends early, without a word, when more than 65,535 lines are under
    way, because it waits for a message number that comes twice."""
    command = f'for part in "$0".part-*; do mosquitto_pub -V 5 -h 127.0.0.1 -p {broker.port} -q 1 -t {TOPIC} -l <"$part"; done'
    return subprocess.Popen(["sh", "-c", command, payloads])


def split(payloads):
    subprocess.run(["split", "-l", str(PART), payloads, f"{payloads}.part-"], check=True)


def resident(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def backlog_gate(path, broker, ack):
    path.mkdir()
    (path / "nothing").mkdir()
    camera = {"camera": "replay", "camera-source": path / "nothing", "camera-rate": 2}
    box = Gate(path, broker, {"uplink.ack": ack, "uplink.in-flight": 1000}, entry=camera, has_exit=False)
    subprocess.run([PARTS, "journal", path / "journal.db", str(ROWS)], check=True)
    return box.start(uplink=False)


def drain(path, broker):
    """stile-uplink with the whole backlog before it; the broker's answers settle it. Seconds, and its memory."""
    box = backlog_gate(path, broker, "puback")
    try:
        heard = subscriber(broker, path / "heard")
        begun = time.monotonic()
        box.start_uplink()
        memory = []
        while heard.poll() is None:
            memory.append(resident(box.uplink.pid))
            time.sleep(0.05)
        seconds = time.monotonic() - begun
        return seconds, [memory[min(5, len(memory) - 1)], memory[len(memory) // 2], memory[-1]]
    finally:
        box.close()


def floor_of_drain(path, broker, payloads):
    heard = subscriber(broker, path)
    begun = time.monotonic()
    sender = publish(broker, payloads)
    heard.wait()
    seconds = time.monotonic() - begun
    sender.wait()
    return seconds


def collect(path, broker, payloads, kind, batch=100):
    collector = subprocess.Popen([PARTS, "collect", str(broker.port), str(ROWS), kind, path, str(batch)],
                                 stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL)
    try:
        assert collector.stdout.readline() == "ready\n"
        sender = publish(broker, payloads)
        result = json.loads(collector.stdout.readline())
        sender.wait()
        return result
    finally:
        stop_process(collector)


def whole(path, broker):
    """Everything real: backlog → stile-uplink → mosquitto → stile-collector → acknowledged."""
    archive = Archive(path.parent, broker).start()
    box = backlog_gate(path, broker, "collector")
    try:
        begun = time.monotonic()
        box.start_uplink()
        memory = []

        def is_done():
            memory.append(resident(archive.process.pid))
            return box.status()["journal"]["outbox"] == 0
        wait_until(is_done, "the watermark", 600)
        seconds = time.monotonic() - begun
        stored = archive.query("SELECT count(*) FROM entry")[0][0]
        assert stored >= ROWS, stored
        return seconds, [memory[0], memory[len(memory) // 2], memory[-1]]
    finally:
        box.close()
        archive.stop()


def line(name, seconds, floor=None, memory=None):
    ratio = f"{floor / seconds:8.2f}" if floor else " " * 8
    text = ", ".join(f"{value:.1f}" for value in memory) if memory else ""
    print(f"{name:46}{ROWS / seconds:10.0f}{ratio}   {text}", flush=True)


def main():
    with folder() as path:
        broker = Broker(path).start()
        drains, floors, nulls, stores = [], [], [], []
        try:
            for number in range(ROUNDS):
                drains.append(drain(path / f"gate-{number}", broker))
                payloads = path / f"gate-{number}" / "heard"
                split(payloads)
                floors.append(floor_of_drain(path / "floor", broker, payloads))
                nulls.append(collect(path / "unused", broker, payloads, "null"))
                stores.append(collect(path / f"store-{number}.db", broker, payloads, "sqlite"))
            larger = collect(path / "larger.db", broker, payloads, "sqlite", 1000)
            seconds, memory = whole(path / "whole", broker)
        finally:
            broker.stop()
    print(f"{ROWS} entries, {ROUNDS} rounds")
    print(f"{'':46}{'rows/s':>10}{'× floor':>8}   MiB at start, middle, end")
    floor = statistics.median(floors)
    middle = sorted(drains)[len(drains) // 2]
    line("mosquitto_pub -l, to one subscriber", floor)
    line("stile-uplink drains a backlog, the same", middle[0], floor, middle[1])
    null = sorted(nulls, key=lambda one: one["seconds"])[len(nulls) // 2]
    store = sorted(stores, key=lambda one: one["seconds"])[len(stores) // 2]
    line("collector, nothing stored, batch 100", null["seconds"], None, null["mib"])
    line("collector, SQLite, batch 100", store["seconds"], null["seconds"], store["mib"])
    line("collector, SQLite, batch 1000", larger["seconds"], null["seconds"], larger["mib"])
    line("backlog → uplink → broker → archive → settled", seconds, floor, memory)
    print(f"processor seconds of the collector: nothing stored {null['cpu_s']}, SQLite {store['cpu_s']}")


if __name__ == "__main__":
    sys.exit(main())
