"""Raw camera frames: a QR code on a light background, or nothing, in the pixel formats that the gate reads.

All formats carry the same luma, and neutral colour, so what a camera gives back can be compared by luma().
"""

import subprocess

LIGHT = 220
DARK = 30
_NEUTRAL = 128
_QUIET_ZONE = 4  # modules of light that ISO/IEC 18004 demands around a code

# FourCC -> the frame around a luma plane. Planar formats put colour behind it, packed ones between its samples.
_PACKERS = {
    "GREY": lambda luma: luma,
    "NV12": lambda luma: luma + bytes([_NEUTRAL]) * (len(luma) // 2),
    "YU12": lambda luma: luma + bytes([_NEUTRAL]) * (len(luma) // 2),
    "YUYV": lambda luma: _packed(luma, 0),
    "UYVY": lambda luma: _packed(luma, 1),
}
FORMATS = tuple(_PACKERS)


def empty(width, height, fourcc):
    """One frame of a scene with nothing in it."""
    return _PACKERS[fourcc](bytes([LIGHT]) * (width * height))


def qr(payload, width, height, fourcc, module_px=None, level="M"):
    """One frame with a code of the payload (text or bytes) in its middle.

    module_px is the side of a module; by default the largest that leaves the code four fifths of the height.
    """
    code = _modules(payload, level)
    side = len(code) + 2 * _QUIET_ZONE
    module_px = module_px or max(1, min(width, height) * 4 // 5 // side)
    if side * module_px > min(width, height):
        raise ValueError(f"a code of {side} modules at {module_px} px does not fit in {width}x{height}")
    return _PACKERS[fourcc](_centred(code, width, height, module_px))


def write_people(folder, codes, width, height):
    """Pictures for the replay camera: each code in turn, and nobody between two of them."""
    folder.mkdir()
    for number, code in enumerate(codes):
        for kind, frame in (("a-code", qr(code, width, height, "GREY")), ("b-nobody", empty(width, height, "GREY"))):
            (folder / f"{number}-{kind}.pgm").write_bytes(b"P5\n%d %d\n255\n" % (width, height) + frame)


def frame_bytes(width, height, fourcc):
    """Size of a frame."""
    return len(_PACKERS[fourcc](bytes(width * height)))


def luma(frame, width, height, fourcc):
    """The luma plane of a frame."""
    if fourcc in ("YUYV", "UYVY"):
        return frame[fourcc == "UYVY":2 * width * height:2]
    return frame[:width * height]


def write(path, *frames):
    """Write frames to a raw file, one after the other; returns the path."""
    with open(path, "wb") as out:
        for frame in frames:
            out.write(frame)
    return path


def _modules(payload, level):
    """The code as rows of booleans, True where dark."""
    data = payload.encode() if isinstance(payload, str) else payload
    # Binary payloads may hold a zero byte, at which the mode that looks for the shortest coding would stop.
    mode = [] if data.isascii() and b"\0" not in data else ["-8"]
    text = subprocess.run(["qrencode", "-t", "ASCII", "-m", "0", "-l", level, *mode, "-o", "-"],
                          input=data, capture_output=True, check=True).stdout.decode("ascii")
    # Two characters a module.
    return [[character == "#" for character in line[::2]] for line in text.splitlines()]


def _centred(code, width, height, module_px):
    side = len(code) * module_px
    left, top = (width - side) // 2, (height - side) // 2
    blank = bytes([LIGHT]) * width
    rows = [blank] * top
    for modules in code:
        dots = b"".join(bytes([DARK if dark else LIGHT]) * module_px for dark in modules)
        row = blank[:left] + dots + blank[left + side:]
        rows += [row] * module_px
    rows += [blank] * (height - len(rows))
    return b"".join(rows)


def _packed(samples, offset):
    frame = bytearray([_NEUTRAL]) * (2 * len(samples))
    frame[offset::2] = samples
    return bytes(frame)
