"""The gate's outside world in a guest: a camera that shows what we want, and GPIO lines that we read and drive.

    with Guest(programs=["build/stiled"]) as guest:
        guest.gpio_setup({17: "RELAY", 27: "PASSED"})
        guest.camera_setup(640, 480, "YUYV")
        guest.camera_show(frames.qr("hello", 640, 480, "YUYV"))
        gate = guest.start("gate", "stiled", "--config", guest.write("stiled.conf", CONFIG))
        wait_until(lambda: guest.gpio_value(17) == 1, 10, "the relay is on")
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import frames  # noqa: E402
from machine import HOST, GuestError, Machine, wait_until  # noqa: E402

__all__ = ["CAMERA", "HOST", "Guest", "GuestError", "wait_until"]

CAMERA = "/dev/video0"
_SCREEN = "/dev/video10"  # what is written here is what the camera sees
_TOOLS = ("v4l2-ctl", "gpiodetect", "gpioget", "gpioset", "gpiomon", "gpioinfo")

# CVT timings at 30 fps are found for most sizes; where there are none, a standard's own.
_STANDARD_TIMINGS = {
    (640, 480): "width=640,height=480,interlaced=0,polarities=0,pixelclock=25175000,"
                "hfp=16,hs=96,hbp=48,vfp=10,vs=2,vbp=33",
}

_LOAD_VIVID = ("modprobe vivid n_devs=1 node_types=0x101 num_inputs=1 input_types=0x3 num_outputs=1 output_types=0x1 "
               "vid_cap_nr=0 vid_out_nr=10 ccs_cap_mode=0 ccs_out_mode=0")
_GPIO = "/sys/kernel/config/gpio-sim/gate"


class Guest(Machine):
    """A machine with a camera and a GPIO chip, once they are set up; see Machine for programs and commands."""

    def __init__(self, programs=(), **options):
        super().__init__([*_TOOLS, *programs], **options)
        self._format = None
        self._scene = None
        self._feeder = None
        self.gpio_chip = None    # /dev/gpiochipN, after gpio_setup()
        self.gpio_folder = None  # and in sysfs, with a folder for each line: sim_gpioN/value, sim_gpioN/pull

    def boot(self):
        """As Machine.boot(); the hardware comes back as new, and has to be set up again."""
        self._format = self._scene = self._feeder = self.gpio_chip = self.gpio_folder = None
        super().boot()

    # GPIO ------------------------------------------------------------------------------------------------

    def gpio_setup(self, names, label="pinctrl-bcm2835", lines=54):
        """Make a chip like the Pi's (or make it anew), with names for some lines: {offset: name}; returns its path."""
        naming = "\n".join(f"mkdir $C/bank0/line{offset} && echo {name} >$C/bank0/line{offset}/name"
                           for offset, name in names.items())
        answer = self.run(f"""set -e
            modprobe gpio-sim
            C={_GPIO}
            if [ -d $C ]; then
                echo 0 >$C/live
                find $C/bank0 -mindepth 1 -type d -exec rmdir {{}} +
                rmdir $C/bank0 $C
            fi
            mkdir -p $C/bank0
            echo {label} >$C/bank0/label
            echo {lines} >$C/bank0/num_lines
            {naming}
            echo 1 >$C/live
            cat $C/bank0/chip_name $C/dev_name""")
        chip, device = answer.split()
        self.gpio_chip = f"/dev/{chip}"
        self.gpio_folder = f"/sys/devices/platform/{device}/{chip}"
        return self.gpio_chip

    def gpio_value(self, offset):
        """Level of a line as a meter would show it: what a program drives it to; without one, its pull."""
        return int(self.run(f"cat {self._line(offset)}/value"))

    def gpio_pull(self, offset, pull):
        """Drive an input from outside: "pull-up" or "pull-down"."""
        self.run(f"echo {pull} >{self._line(offset)}/pull")

    def _line(self, offset):
        if self.gpio_folder is None:
            raise GuestError("there is no GPIO chip yet: call gpio_setup() first")
        return f"{self.gpio_folder}/sim_gpio{offset}"

    # Camera ----------------------------------------------------------------------------------------------

    def camera_setup(self, width, height, fourcc):
        """Make the camera give frames of this size and format; no program may be streaming from it.

        The program under test must then ask for exactly this: in any other size or format it gets noise.
        """
        if fourcc not in frames.FORMATS:
            raise ValueError(f"no frames can be made in the format {fourcc}, only in {', '.join(frames.FORMATS)}")
        self._stop_feeder()
        self.run(f"test -e {CAMERA} || {_LOAD_VIVID}")
        try:
            self._configure(width, height, fourcc)
        except GuestError as error:
            raise GuestError(f"the camera does not become {width}x{height} {fourcc}; if the device is busy, "
                             f"a program still streams from it:\n{error}") from None
        self._format, self._scene = (width, height, fourcc), None
        self._check_format()

    def camera_show(self, scene):
        """Show a scene in a loop: frames as bytes, or a raw file of frames, in the format that was set up.

        A scene of the same length replaces the last one without a gap. Otherwise the camera gives noise for some
        frames, as it does whenever nothing is shown.
        """
        if self._format is None:
            raise GuestError("there is no camera yet: call camera_setup() first")
        if not isinstance(scene, bytes):
            with open(scene, "rb") as file:
                scene = file.read()
        size = frames.frame_bytes(*self._format)
        if not scene or len(scene) % size:
            raise ValueError(f"{len(scene)} bytes are not whole frames of {self._format}, which have {size}")
        same_length = self._scene is not None and len(self._scene) == len(scene)
        self._scene = scene
        new = self.write("run/scene.raw", scene)
        if same_length and self._is_feeding():
            self.run(f"dd if={new} of=/run/scene.raw bs=1M conv=notrunc 2>/dev/null")
            return
        self._stop_feeder()
        self.run(f"cp {new} /run/scene.raw")
        self._start_feeder()

    def camera_hide(self):
        """Show nothing: the camera gives noise."""
        self._stop_feeder()
        self._scene = None

    def camera_unbind(self):
        """Take the camera away, as if its cable were pulled: reads fail and the device node is gone."""
        self.run("echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind")
        wait_until(lambda: not self._has_camera(), 10, f"{CAMERA} is gone")
        self._stop_feeder()

    def camera_bind(self):
        """Plug the camera in again, with the format and the scene that it had."""
        scene = self._scene
        self.run("echo vivid.0 >/sys/bus/platform/drivers/vivid/bind")
        try:
            wait_until(self._has_camera, 10, f"{CAMERA} is back")
        except TimeoutError as error:
            raise GuestError(f"{error}: a program that keeps the old one open keeps its name, too") from None
        self.camera_setup(*self._format)
        if scene is not None:
            self.camera_show(scene)

    def camera_capture(self, count=1, skip=4):
        """Frames that the camera gives now, as bytes, for when no program has it.

        The first ones are skipped, for they may be older than the scene.
        """
        self.run(f"v4l2-ctl -d {CAMERA} --stream-mmap --stream-skip={skip} --stream-count={count} "
                 "--stream-to=/run/captured.raw 2>&1 && cp /run/captured.raw /host/run/captured.raw")
        return (self.share / "run/captured.raw").read_bytes()

    def _has_camera(self):
        return self.attempt(f"test -e {CAMERA}")[0] == 0

    def _configure(self, width, height, fourcc):
        """Plug the screen into the camera and give both the same picture."""
        timings = _STANDARD_TIMINGS.get((width, height), f"cvt,width={width},height={height},fps=30,interlaced=0")
        shape = f"width={width},height={height},pixelformat={fourcc}"
        self.run(f"""set -e
            v4l2-ctl -d {CAMERA} --set-dv-bt-timings {timings} --set-ctrl osd_text_mode=2
            v4l2-ctl -d {_SCREEN} --set-dv-bt-timings {timings}
            # Since 6.12 a menu of what the input is plugged into, before a switch on the input.
            v4l2-ctl -d {CAMERA} --set-ctrl hdmi_000_0_is_connected_to=2 2>/dev/null ||
                v4l2-ctl -d {CAMERA} --set-ctrl loop_video=1
            v4l2-ctl -d {CAMERA} --set-fmt-video={shape}
            v4l2-ctl -d {_SCREEN} --set-fmt-video-out={shape}""")

    def _check_format(self):
        """The driver may adjust what it is asked for instead of refusing it."""
        width, height, fourcc = self._format
        for device, option in ((CAMERA, "--get-fmt-video"), (_SCREEN, "--get-fmt-video-out")):
            answer = self.run(f"v4l2-ctl -d {device} {option}")
            if f"{width}/{height}" not in answer or f"'{fourcc}'" not in answer:
                raise GuestError(f"{device} does not take {width}x{height} {fourcc}; it has:\n{answer}")

    def _is_feeding(self):
        return self._feeder is not None and self._feeder.exit_status is None

    def _start_feeder(self):
        width, height, fourcc = self._format
        self._feeder = self.start("feeder", "v4l2-ctl", "-d", _SCREEN, "--stream-out-mmap", "--stream-loop",
                                  "--stream-from=/run/scene.raw",
                                  f"--set-fmt-video-out=width={width},height={height},pixelformat={fourcc}")
        # It prints a mark for every frame.
        self._feeder.wait_for_log(r"[<>]")

    def _stop_feeder(self):
        if self._feeder is not None:
            self._feeder.kill()
            self._feeder = None
