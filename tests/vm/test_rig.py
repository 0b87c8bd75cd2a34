#!/usr/bin/env python3
"""Self-test of the rig: does the guest's camera show what we feed it, do its GPIO lines do what we say?

Without this, a gate that fails in test_gate.py may be a rig that fails.
"""

import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import frames  # noqa: E402
from rig import CAMERA, HOST, Guest, GuestError, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

RELAY, PASSED = 17, 27


@test("the guest boots")
def _(guest):
    assert " guest " in guest.run("uname -a")


@test("a command's output and status come back byte for byte")
def _(guest):
    text = "two\nlines, 'quotes\" $and `ticks`, ổi, no newline"
    path = guest.write("odd.txt", text)
    assert guest.attempt(f"cat {path}; exit 7") == (7, text)
    assert guest.attempt("true") == (0, "")
    assert len(guest.run("head -c 300000 /dev/zero | tr '\\0' x")) == 300000


@test("a command that takes too long is killed, and the next one works")
def _(guest):
    started = time.monotonic()
    try:
        guest.run("echo begun; sleep 60", timeout=1)
        raise AssertionError("sleep 60 ended early")
    except GuestError as error:
        assert "still busy" in str(error) and "begun" in str(error), error
    assert time.monotonic() - started < 15
    assert guest.run("echo again") == "again\n"


@test("logs and exit statuses of programs are read")
def _(guest):
    script = 'echo "$WORD, again"; echo >&2 "to stderr"; exit 3'
    program = guest.start("speaker", "sh", "-c", script, env={"WORD": "a b"})
    assert program.wait() == 3
    assert program.log == "a b, again\nto stderr\n"
    sleeper = guest.start("sleeper", "sleep", 1000)
    assert sleeper.exit_status is None
    assert sleeper.stop() == 128 + 15


def _gives_what_is_shown(width, height, fourcc):
    @test(f"the camera gives what is shown, {fourcc} at {width}x{height}")
    def _(guest):
        guest.camera_setup(width, height, fourcc)
        for scene in frames.qr("STILE 1", width, height, fourcc), frames.empty(width, height, fourcc):
            guest.camera_show(scene)
            captured = guest.camera_capture()
            assert frames.luma(captured, width, height, fourcc) == frames.luma(scene, width, height, fourcc)


for _fourcc in "NV12", "YUYV":
    for _size in (640, 480), (1280, 720):
        _gives_what_is_shown(*_size, _fourcc)


@test("the camera plays every frame of a film")
def _(guest):
    first, second = frames.qr("ONE", 640, 480, "GREY"), frames.qr("TWO", 640, 480, "GREY")
    guest.camera_setup(640, 480, "GREY")
    guest.camera_show(frames.write(guest.share / "film.raw", *[first] * 5, *[second] * 5))
    captured = guest.camera_capture(count=15)
    seen = {captured[start:start + len(first)] for start in range(0, len(captured), len(first))}
    assert seen == {first, second}


@test("the camera goes with unbind and returns with bind")
def _(guest):
    scene = frames.qr("STILE 2", 640, 480, "NV12")
    guest.camera_setup(640, 480, "NV12")
    guest.camera_show(scene)
    guest.camera_unbind()
    assert guest.attempt(f"v4l2-ctl -d {CAMERA} --get-fmt-video")[0] != 0
    guest.camera_bind()
    assert guest.camera_capture() == scene


@test("an output is seen from outside and falls with its process")
def _(guest):
    chip = guest.gpio_setup({RELAY: "RELAY", PASSED: "PASSED"})
    assert "pinctrl-bcm2835" in guest.run("gpiodetect") and guest.gpio_value(RELAY) == 0
    # libgpiod 1 leaves at once unless told to wait for a signal, and libgpiod 2 always stays.
    holder = guest.start("gpioset", "gpioset", *_by_version(guest, ["--mode=signal", chip], ["--chip", chip]), "17=1")
    wait_until(lambda: guest.gpio_value(RELAY) == 1, 10, "the output is on")
    assert holder.kill() == 128 + 9
    wait_until(lambda: guest.gpio_value(RELAY) == 0, 10, "the output is off again")


@test("an input gives an edge when it is pulled")
def _(guest):
    chip = guest.gpio_setup({PASSED: "PASSED"})
    guest.gpio_pull(PASSED, "pull-down")
    where = _by_version(guest, [chip], ["--chip", chip])
    monitor = guest.start("gpiomon", "gpiomon", "--num-events=1", *where, PASSED)
    wait_until(lambda: "gpiomon" in guest.run("gpioinfo"), 10, "gpiomon watches the line")
    guest.gpio_pull(PASSED, "pull-up")
    assert monitor.wait() == 0
    assert "rising" in monitor.log.lower(), monitor.log


@test("a listener on the host's loopback is reached")
def _(guest):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        port = listener.getsockname()[1]
        client = guest.start("client", "sh", "-c", f"echo question | nc {HOST} {port}")
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(20)
            assert connection.recv(100) == b"question\n"
            connection.sendall(b"answer\n")
    client.wait_for_log("^answer$")


@test("the kernel complains of nothing")
def _(guest):
    for trouble in "BUG:", "Oops", "Call Trace", "Kernel panic", "Out of memory":
        assert trouble not in guest.console(), guest.console()


@test("synced data outlives a power cut")
def _(guest):
    guest.run("echo kept >/data/file && sync")
    guest.power_cut()
    guest.boot()
    assert guest.run("cat /data/file") == "kept\n"


def _by_version(guest, one, two):
    return one if "v1." in guest.run("gpioset --version") else two


if __name__ == "__main__":
    sys.exit(run(Guest(disk_mb=32)))
