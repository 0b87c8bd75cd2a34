"""The whole gate: from frame to relay, and what the daemon costs, idle and busy.

Ratios are to the median decode of the same run, of frames that were looked at (`make bench-scan` has it beside a zbar pass).
"""

import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import frames  # noqa: E402
from stile import HEIGHT, WIDTH, gate, wait_until  # noqa: E402

SCANS = int(os.environ.get("SCANS", "100"))
HOLDERS = 10
TICK = os.sysconf("SC_CLK_TCK")


def cost(pid, seconds):
    """CPU share over some seconds, and resident memory in MiB."""
    def cpu():
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK
    begin, begin_cpu = time.monotonic(), cpu()
    time.sleep(seconds)
    share = (cpu() - begin_cpu) / (time.monotonic() - begin)
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return share, pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main():
    pictures = {"camera": "replay", "camera-rate": 30, "replay-hold-ms": 700, "window-ms": 500, "pulse-ms": 50}
    with gate(start=False, entry=pictures, options={"decode.hold-off-ms": 500}, has_exit=False) as box:
        folder = box.folder / "pictures"
        folder.mkdir()
        box.points["entry"]["camera-source"] = folder
        box.write_config()
        box.start()
        box.wait_seeing()
        idle, idle_rss = cost(box.daemon.pid, 5)
        for number in range(HOLDERS):
            box.enrol(f"holder-{number}", f"BENCH-{number:04d}-0123456789")
            image = frames.qr(f"BENCH-{number:04d}-0123456789", WIDTH, HEIGHT, "GREY")
            hidden = folder / f".{number}-a.pgm"
            hidden.write_bytes(b"P5\n%d %d\n255\n" % (WIDTH, HEIGHT) + image)
            hidden.rename(folder / f"{number}-a.pgm")
        busy, busy_rss = cost(box.daemon.pid, 5)
        wait_until(lambda: box.status()["access_points"][0]["scan_to_relay_us"]["count"] >= SCANS, "the scans", 600)
        entry = box.status()["access_points"][0]
        decode, relay = entry["decode_us"], entry["scan_to_relay_us"]
    print(f"frames {WIDTH}x{HEIGHT}, 30 a second, {relay['count']} openings")
    print(f"{'':24}{'µs':>10}{'  × decode':>14}")
    for name, value in (("decode p50", decode["p50"]), ("scan to relay p50", relay["p50"]),
                        ("scan to relay p95", relay["p95"]), ("scan to relay p99", relay["p99"])):
        print(f"{name:24}{value:10}{value / decode['p50']:14.2f}")
    print(f"stiled, empty scene: {idle * 100:.0f} % of a core, {idle_rss:.0f} MiB; "
          f"a code in every frame: {busy * 100:.0f} %, {busy_rss:.0f} MiB")


if __name__ == "__main__":
    main()
