"""The demo: a gate on this machine, with pictures for a camera and a simulated lane, as a guard would watch it.

Everything lives in build/demo and ends with the demo. KEEP=1 in the environment keeps it running until Ctrl-C.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from issuer import Issuer  # noqa: E402
from dashboard import Dashboard  # noqa: E402
from stile import BUILD, Archive, Broker, Gate, Subscriber, free_port, wait_until  # noqa: E402

FOLDER = BUILD / "demo"
HOLD_MS = 4500
SCENES = [  # who shows what to the camera
    ("a worker shows her badge", "STILE-DEMO-7F3A-WORKER"),
    ("a guest shows a printed pass that the office signed", None),
    ("a man shows his citizen card", "001099000123||Nguyễn Văn An|01021999|Nam|Số 1 Đường Láng, Hà Nội|15042021"),
    ("somebody shows last year's badge", "STILE-DEMO-11C2-EXPIRED"),
    ("somebody shows a payment code", "00020101021138540010A00000072701240006970436011001234567890208QRIBFTTA5303704"
                                      "5802VN63041234"),
]
WORDS = {
    "AccessGranted": "may pass", "AccessDenied": "may not pass", "AccessTaken": "walked through",
    "AccessNotTaken": "did not walk through", "Started": "gate started", "Fault": "fault", "FaultCleared": "fault over",
}
REASONS = {"unknown_credential": "not known here", "not_a_pass": "not a pass", "expired": "no longer valid", "exit_button": "exit button"}
COLOUR = {"AccessGranted": "32", "AccessTaken": "32", "AccessDenied": "31", "AccessNotTaken": "33"}
ICON = {"AccessGranted": "✔", "AccessTaken": "→", "AccessDenied": "✘", "AccessNotTaken": "↩"}


class Screen:
    def __init__(self):
        self.begin = time.monotonic()
        self.lock = threading.Lock()
        self.has_colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def say(self, text, colour=None):
        if colour and self.has_colour:
            text = f"\033[{colour}m{text}\033[0m"
        with self.lock:
            print(f"{time.monotonic() - self.begin:6.2f} s  {text}", flush=True)


def render(name, payload=None):
    arguments = [BUILD / "demo-render"] + ([payload] if payload else [])
    (FOLDER / "pictures" / name).write_bytes(subprocess.run(arguments, check=True, stdout=subprocess.PIPE).stdout)


def make_pictures():
    """The gate has never heard of the guest: it knows the office's public key."""
    (FOLDER / "pictures").mkdir(parents=True)
    office = Issuer(FOLDER, "office").trust()
    guest = office.issue("khach-hoa", "--name", "Lê Thị Hoa", "--site", "plant", "--level", "all", "--badge",
                         FOLDER / "badge.pdf")
    for number, (_, payload) in enumerate(SCENES):
        render(f"{number}-a-nobody.pgm")
        render(f"{number}-b-code.pgm", payload or guest)


def show_lines(gate, screen, watcher):
    """Relays and lamps as they move, and a person's legs: whoever may pass walks through a second later."""
    names = {"entry.pass-line": "relay", "entry.green-line": "green lamp", "entry.red-line": "red lamp"}
    try:
        while True:
            line = watcher.next().get("line")
            if not line or line["name"] not in names:
                continue
            screen.say(f"      lane: {names[line['name']]} {'on' if line['on'] else 'off'}", "2")
            if line["name"] == "entry.pass-line" and line["on"]:
                threading.Timer(1.0, lambda: gate.pass_through("entry")).start()
    except (OSError, ValueError, ConnectionError):
        return  # the demo is over


def show_events(screen, follower, seen):
    try:
        while True:
            event = follower.next().get("event")
            if not event or event["event"] not in WORDS:
                continue
            reason = event.get("reason", "")
            words = WORDS[event["event"]] + (f": {REASONS.get(reason, reason)}" if reason else "")
            who = f" ({event['holder']})" if "holder" in event else ""
            screen.say(f"{ICON.get(event['event'], '·')} {event.get('access_point', 'gate')}: {words}{who}",
                       COLOUR.get(event["event"]))
            seen.append(event)
    except (OSError, ValueError, ConnectionError):
        return


class Shown(Subscriber):
    """Shows each entry as the broker delivers it, and counts them."""

    def __init__(self, broker, root, screen):
        self.screen = screen
        self.rows = set()
        super().__init__(broker, f"{root}/entry", self._show)

    def _show(self, topic, event, _retained):
        data = {key: event["data"].get(key) for key in ("seq", "event", "reason", "subject") if key in event["data"]}
        self.screen.say(f"      mqtt: {topic} {json.dumps(data)}", "2")
        self.rows.add((event["data"]["epoch"], event["data"]["seq"]))


def enrol(gate):
    gate.ok("holder-put", holder={"id": "tran-thi-binh", "name": "Trần Thị Bình"})
    gate.ok("credential-add", holder="tran-thi-binh", code=SCENES[0][1])
    gate.ok("holder-put", holder={"id": "nguyen-van-an", "name": "Nguyễn Văn An"})
    gate.ok("credential-add", holder="nguyen-van-an", national_id="001099000123")
    gate.ok("holder-put", holder={"id": "le-minh-duc", "name": "Lê Minh Đức", "valid_until": "2025-12-31T17:00:00Z"})
    gate.ok("credential-add", holder="le-minh-duc", code=SCENES[3][1])


def open_centre(broker):
    """stile-collector and stile-dashboard; the link makes whoever opens it the administrator."""
    archive = Archive(FOLDER, broker).start()
    dashboard = Dashboard(FOLDER, archive, {
        "http.page": BUILD / "page", "http.port": free_port(), "site.utc-offset-min": -time.timezone // 60,
        "broker.host": "127.0.0.1", "broker.port": broker.port, "broker.tls": "no", "broker.name": "desk"})
    return archive, dashboard.start()


def ask_dashboard(dashboard):
    """What the dashboard makes of it, asked as its page does, by an account that the link has made."""
    root = dashboard.root()
    return dashboard.add(root, "demo", ("manager", "")).get("totals")


def summarise(gate, archive, dashboard, seen):
    status = gate.status()
    totals = ask_dashboard(dashboard)
    entry = status["access_points"][0]
    counts = {name: sum(event["event"] == name for event in seen)
              for name in ("AccessGranted", "AccessTaken", "AccessDenied")}
    print(f"""
What happened: {counts['AccessGranted']} granted, {counts['AccessTaken']} walked through, \
{counts['AccessDenied']} refused; {status['registry']['inside']} inside now.
Record:        {status['journal']['head']} rows in the journal, {len(archive.rows())} in the \
collector's archive, {status['journal']['outbox']} waiting.
Dashboard:     {totals['inside']} inside, {totals['entries_today']} entries and {totals['denied_today']} denials today, \
{totals['gates']['online']} gate online. KEEP=1 make demo leaves it open to your browser.
Speed:         reading a frame takes {entry['decode_us']['p50'] / 1000:.1f} ms (median), from frame to relay \
{entry['scan_to_relay_us']['p50'] / 1000:.0f} ms.
Passes:        the guest's badge is badge.pdf, made by stilectl pass issue; the gate has only the office's public key.
Look around:   {FOLDER.relative_to(ROOT) if FOLDER.is_relative_to(ROOT) else FOLDER} holds configuration, databases and log.""")
    return (counts == {"AccessGranted": 3, "AccessTaken": 3, "AccessDenied": 2} and totals["inside"] == 3
            and totals["denied_today"] == 2)


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    make_pictures()
    screen = Screen()
    keep = os.environ.get("KEEP") == "1"
    broker = Broker(FOLDER).start()
    entry = {"camera": "replay", "camera-source": FOLDER / "pictures", "camera-rate": 15, "replay-hold-ms": HOLD_MS // 2,
             "replay-loop": "yes" if keep else "no"}
    gate = Gate(FOLDER, broker, entry=entry, options={"store.folder": FOLDER,
                                                                   "trust.issuers-folder": FOLDER / "issuers"})
    seen, shown, archive, dashboard = [], None, None, None
    try:
        screen.say("a private mosquitto, stiled (camera: pictures, lane: simulated), stile-uplink, stile-collector and "
                   "stile-dashboard start")
        shown = Shown(broker, gate.ROOT, screen)
        archive, dashboard = open_centre(broker)
        screen.say(f"dashboard: {dashboard.link.read_text().strip()}", "36")
        screen.say("           (the link makes you its administrator, once; give yourself the role manager to see the gate)")
        gate.start()
        enrol(gate)
        with gate.local() as watcher, gate.local() as follower:
            watcher.ok("line-watch")
            follower.ok("follow", after=0)
            for work in ((show_lines, gate, screen, watcher), (show_events, screen, follower, seen)):
                threading.Thread(target=work[0], args=work[1:], daemon=True).start()
            screen.say("people come: " + "; then ".join(scene for scene, _ in SCENES))
            while keep:
                time.sleep(1)
            wait_until(lambda: sum(event["event"] == "AccessDenied" for event in seen) >= 2, "the last person", 50)
            wait_until(lambda: len(archive.rows()) >= gate.head(), "the collector")
            wait_until(lambda: gate.status()["journal"]["outbox"] == 0, "the acknowledgement")
            is_good = summarise(gate, archive, dashboard, seen)
    except KeyboardInterrupt:
        is_good = True
    finally:
        for part in (dashboard, archive):
            if part:
                part.stop()
        if shown:
            shown.close()
        gate.close()
        broker.stop()
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
