#!/usr/bin/env python3
"""The programs as built, with a real kernel's camera and GPIO lines, a real disk, and the broker as it ships."""

import itertools
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from gate import CHIP, FIRE, PASS, RED, RELEASE, gate  # noqa: E402
from rig import CAMERA  # noqa: E402
from tap import run, test  # noqa: E402

CARD = "001099000123||Nguyễn Văn An|01021999|Nam|Số 1 Đường Láng, Hà Nội|15042021"
AN, BINH, STRANGER = "WORKER-0001-AN", "WORKER-0002-BINH", "STRANGER-0003"
# What an entry on the wire has in common with its row, besides CloudEvents' id and time.
FIELDS = ("epoch", "seq", "event", "access_point", "direction", "reason", "credential_class", "subject", "grant_seq",
          "late", "no_sensor", "passback_soft", "inconsistent")


def run_contract(box, program, **environment):
    """A contract's own tests, shown as part of ours."""
    settings = " ".join(f"{key}={value}" for key, value in {"CMOCKA_MESSAGE_OUTPUT": "TAP", **environment}.items())
    status, output = box.guest.attempt(f"{settings} {program}", timeout=120)
    # cmocka calls a skipped test not ok, which TAP takes for one that failed.
    results = [re.sub(r"^not ok (\d+) # SKIP (.*)", r"ok \1 - \2 # SKIP", line) for line in output.splitlines()
               if re.match(r"1\.\.|(not )?ok \d", line)]
    print("\n".join(f"    {line}" for line in results), flush=True)
    assert status == 0, f"{program} ended with {status}:\n{output}"
    assert any(line.startswith("ok") and "# SKIP" not in line for line in results), f"nothing tested:\n{output}"


@test("libgpiod fulfils the lines' contract on a chip of the kernel")
def _(box):
    run_contract(box, "test_lines_gpiod", STILE_TEST_GPIO_CHIP=CHIP, STILE_TEST_GPIO_SYSFS=box.guest.gpio_folder)


def _camera_contract(width, height, fourcc):
    @test(f"V4L2 fulfils the cameras' contract, {fourcc} at {width}x{height}")
    def _(box):
        box.set_camera(width, height, fourcc)
        box.show(AN)
        run_contract(box, "test_camera_v4l2", STILE_TEST_CAMERA=CAMERA, STILE_TEST_CAMERA_FORMAT=fourcc,
                     STILE_TEST_CAMERA_WIDTH=width, STILE_TEST_CAMERA_HEIGHT=height)


_camera_contract(640, 480, "NV12")
_camera_contract(1280, 720, "YUYV")


def _lets_pass_who_may(width, height, fourcc):
    @test(f"codes open or do not, edges make passages taken, {fourcc} at {width}x{height}")
    def _(box):
        started = box.restart(width, height, fourcc)
        if started["seq"] == 1:
            box.enrol("an", AN)
            box.enrol("binh", BINH)
        pulses = box.pulses()

        box.show(AN)
        an = box.wait_event("AccessGranted", after=started["seq"], holder="an", access_point="entry")
        box.wait(lambda: box.pulses() == pulses + 1, 10, "the relay is on")
        box.pass_through()
        taken = box.wait_event("AccessTaken", after=an["seq"])
        assert (taken["grant_seq"], taken["subject"]) == (an["seq"], an["subject"]), taken
        box.wait(lambda: box.level(PASS) == 0, 10, "the pulse is over")

        box.show(BINH)
        binh = box.wait_event("AccessGranted", after=taken["seq"], holder="binh")
        box.wait(lambda: box.pulses() == pulses + 2, 10, "the relay is on")
        assert binh["subject"] != an["subject"]
        not_taken = box.wait_event("AccessNotTaken", after=binh["seq"])
        assert (not_taken["grant_seq"], not_taken["subject"]) == (binh["seq"], binh["subject"]), not_taken

        box.show(STRANGER)
        denied = box.wait_event("AccessDenied", after=not_taken["seq"], reason="unknown_credential")
        assert "holder" not in denied, denied
        box.wait(lambda: box.level(RED) == 1, 10, "the lamp is red")
        assert box.pulses() == pulses + 2 and box.level(PASS) == 0


for _fourcc, _size in itertools.product(("NV12", "YUYV"), ((640, 480), (1280, 720))):
    _lets_pass_who_may(*_size, _fourcc)


@test("a printed pass, a phone's proof, a citizen card and a health certificate open the lane")
def _(box):
    started = box.restart(640, 480, "YUYV")
    pulses, last = box.pulses(), started["seq"]
    key, public = box.issuer.phone()
    bound = box.issuer.issue("khoa", "--level", "all", "--phone-key", public)
    box.ctl("holder", "add", "card", "--name", "Nguyễn Văn An")
    box.ctl("credential", "add", "--holder", "card", "--national-id", "001099000123")
    shown = [("site_pass", "hoa", lambda: box.issuer.issue("hoa", "--site", "plant", "--level", "all")),
             ("site_pass", "khoa", lambda: box.issuer.prove(bound, key)),
             ("cccd", "card", lambda: CARD),
             ("health_cert", None, box.signer.sign)]
    for number, (kind, holder, make) in enumerate(shown, 1):
        box.show(make())
        granted = box.wait_event("AccessGranted", after=last, credential_class=kind)
        assert granted.get("holder") == holder, granted
        box.wait(lambda number=number: box.pulses() == pulses + number, 10, "the relay is on")
        box.pass_through()
        last = box.wait_event("AccessTaken", after=granted["seq"], grant_seq=granted["seq"])["seq"]
    box.show(bound)
    box.wait_event("AccessDenied", after=last, reason="proof_missing")
    assert box.pulses() == pulses + len(shown)


@test("a broken fire loop frees the lane, until it is whole and the key is turned")
def _(box):
    pulses, before = box.pulses(), box.last_seq()
    assert box.level(RELEASE) == 1
    box.guest.gpio_pull(FIRE, "pull-up")
    released = box.wait_event("FireRelease", after=before)
    assert box.level(RELEASE) == 0 and box.status()["fire"]["state"] == "released"
    box.turn_key()
    box.guest.gpio_pull(FIRE, "pull-down")
    box.wait(lambda: box.status()["fire"]["state"] == "holding", 20, "the loop is whole")
    assert box.level(RELEASE) == 0
    box.turn_key()
    box.wait_event("FireReset", after=released["seq"])
    box.wait(lambda: box.level(RELEASE) == 1, 10, "the lane is held again")
    assert box.pulses() == pulses


@test("a camera that is torn off is a fault, and when it is back codes open again")
def _(box):
    started = box.restart(640, 480, "YUYV")
    box.unplug_camera()
    fault = box.wait_event("Fault", after=started["seq"], reason="camera", access_point="entry")
    assert box.point()["camera"]["state"] == "lost"
    box.guest.camera_bind()
    box.plug_camera()
    cleared = box.wait_event("FaultCleared", after=fault["seq"], reason="camera", access_point="entry")
    pulses = box.pulses()
    box.show(AN)
    box.wait_event("AccessGranted", after=cleared["seq"], holder="an")
    box.wait(lambda: box.pulses() == pulses + 1, 10, "the relay is on")


@test("kill -9 while the relay is on switches it off, and the journal goes on without a gap")
def _(box):
    started = box.restart(640, 480, "NV12", pulse_ms=5000, window_ms=8000)
    pulses = box.pulses()
    box.show(AN)
    granted = box.wait_event("AccessGranted", after=started["seq"], holder="an")
    # In one go, so that it is the kill that switches the relay off, not the end of the pulse.
    value, process = f"{box.guest.gpio_folder}/sim_gpio{PASS}/value", box.daemon.pid
    levels = box.guest.run(f"""
        until read on <{value} && [ $on = 1 ]; do :; done
        kill -9 {process}
        while [ -d /proc/{process} ]; do :; done
        echo $on $(cat {value})""").split()
    assert levels == ["1", "0"], levels
    assert box.level(RELEASE) == 0
    assert box.daemon.wait() == 128 + 9
    before = box.rows()
    assert granted in before

    box.show(BINH)
    started = box.start()
    binh = box.wait_event("AccessGranted", after=started["seq"], holder="binh")
    box.wait(lambda: box.pulses() == pulses + 2, 10, "the relay is on again")
    box.pass_through()
    box.wait_event("AccessTaken", after=binh["seq"], grant_seq=binh["seq"])
    rows = box.rows()
    assert rows[:len(before)] == before
    assert [(row["epoch"], row["seq"]) for row in rows] == [(started["epoch"], seq + 1) for seq in range(len(rows))]


@test("the broker has every row of the journal as it is, and the gate knows that the collector has them")
def _(box):
    rows = box.rows()
    box.wait(lambda: len(box.collector.entries) >= len(rows), 60, "the collector has everything")
    for row in rows:
        message = box.collector.entries[row["epoch"], row["seq"]]
        assert {key: message["data"].get(key) for key in FIELDS} == {key: row.get(key) for key in FIELDS}, message
        assert (message["id"], message["time"]) == (row["id"], row["time"]), message
        assert message["data"]["decided"]["clock"] == row["clock"], message
        assert "holder" not in message["data"] and "detail" not in message["data"], message
    box.wait(lambda: box.status()["journal"]["acked"] == len(rows), 30, "everything is acknowledged")
    assert len(box.collector.entries) == len(rows)
    online = box.collector.leaf("status")[-1]
    assert (online["state"], online["epoch"]) == ("online", rows[0]["epoch"]), online


@test("the relay was on once for every grant, never else")
def _(box):
    grants = [row for row in box.rows() if row["event"] == "AccessGranted"]
    assert box.pulses() == len(grants) > 0, f"{box.pulses()} pulses, {len(grants)} grants"


@test("the kernel complains of nothing")
def _(box):
    for trouble in "BUG:", "Oops", "Call Trace", "Kernel panic", "Out of memory":
        assert trouble not in box.guest.console(), box.guest.console()


if __name__ == "__main__":
    sys.exit(run(gate()))
