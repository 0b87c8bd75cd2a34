#!/usr/bin/env python3
"""pins.h is the one source of the reference build's pins: table and drawing must say the same, and the
header must be a real Raspberry Pi's."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter, namedtuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from tap import Skip, bail_out, run, test  # noqa: E402

HARDWARE = pathlib.Path(__file__).resolve().parents[2] / "hardware"
SVG = "{http://www.w3.org/2000/svg}"

# The 40-pin header of every Pi since the B+.
HEADER = {3: 2, 5: 3, 7: 4, 8: 14, 10: 15, 11: 17, 12: 18, 13: 27, 15: 22, 16: 23, 18: 24, 19: 10, 21: 9, 22: 25,
          23: 11, 24: 8, 26: 7, 27: 0, 28: 1, 29: 5, 31: 6, 32: 12, 33: 13, 35: 19, 36: 16, 37: 26, 38: 20, 40: 21}
POWER = {1: "3V3", 17: "3V3", 2: "5V", 4: "5V", **dict.fromkeys((6, 9, 14, 20, 25, 30, 34, 39), "GND")}
# The header's lines that have the same name in Debian's and in Raspberry Pi OS's device tree for the Pi 4.
SAME_NAME = {5, 6, 12, 13, *range(16, 28)}

Pin = namedtuple("Pin", "name section key line header what active_low bias")


def read_pins():
    source = (HARDWARE / "pins.h").read_text()
    body = source[source.index("#define REFERENCE_PINS"):].replace("\\\n", " ")
    rows = re.findall(r'PIN\(\s*(\w+),\s*"([^"]*)",\s*"([^"]*)",\s*"([^"]*)",\s*(\d+),\s*"([^"]*)",\s*'
                      r'(true|false),\s*"([^"]*)"\s*\)', body)
    assert len(rows) == body.count("PIN("), "a row of pins.h is not understood"
    return [Pin(*row[:4], int(row[4]), *row[5:]) for row in rows]


def gpio(pin):
    return int(pin.line.removeprefix("GPIO"))


def drawn(ident):
    """The words of the drawing's group with that id."""
    found = [e for e in drawing.iter() if e.get("id") == ident]
    assert len(found) == 1, f"{len(found)} elements with id {ident}"
    return [text.text for text in found[0].iter(f"{SVG}text")]


def table_rows():
    table = (HARDWARE / "pinmap.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table
            if line.startswith("| ") and "GPIO" in line]
    return {row[0]: row[1:] for row in rows if re.fullmatch(r"[A-Z_]+", row[0])}


@test("pins.h compiles, and as often as it is included")
def _():
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Skip("no C compiler")
    program = ('#include <stdbool.h>\n#include "pins.h"\n#include "pins.h"\n'
               "struct pin { const char *name, *section, *key, *line; int header; const char *what; bool low;"
               " const char *bias; };\n"
               "#define ROW(n, s, k, l, h, w, a, b) { #n, s, k, l, h, w, a, b },\n"
               "const struct pin pins[] = { REFERENCE_PINS(ROW) };\n")
    with tempfile.TemporaryDirectory(prefix="stile-pins-") as folder:
        done = subprocess.run([compiler, "-std=gnu17", "-Wall", "-Wextra", "-Werror", f"-I{HARDWARE}", "-x", "c", "-c",
                               "-o", f"{folder}/pins.o", "-"], input=program, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


@test("every pin is on the header where it says")
def _():
    for pin in pins:
        assert re.fullmatch(r"GPIO\d+", pin.line), pin
        assert HEADER.get(pin.header) == gpio(pin), f"{pin.name}: pin {pin.header} is GPIO{HEADER.get(pin.header)}"


@test("no name, line, header pin or configuration key is used twice")
def _():
    for field in (lambda p: p.name, lambda p: p.line, lambda p: p.header, lambda p: (p.section, p.key)):
        twice = [value for value, count in Counter(map(field, pins)).items() if count > 1]
        assert not twice, twice


@test("every line has the same name on Debian's and on Raspberry Pi OS's kernel")
def _():
    others = [pin.line for pin in pins if gpio(pin) not in SAME_NAME]
    assert not others, others


@test("I2C, SPI0, serial console, one-wire and HAT identification are left alone")
def _():
    assert not {gpio(pin) for pin in pins} & {0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15}


@test("both access points have their lines, and only the exit has a button")
def _():
    lines = {"pass-line", "release-line", "sensor-line", "green-line", "red-line", "buzzer-line"}
    keys = {section: {p.key for p in pins if p.section == section} for section in ("entry", "exit", "fire")}
    assert keys["entry"] == lines, keys["entry"]
    assert keys["exit"] == lines | {"button-line"}, keys["exit"]
    assert keys["fire"] == {"line", "reset-line"}, keys["fire"]
    assert {pin.section for pin in pins} == set(keys)


@test("every output is active high and on a pin that is pulled down out of reset")
def _():
    for pin in pins:
        if pin.key in ("pass-line", "release-line", "green-line", "red-line", "buzzer-line"):
            assert pin.active_low == "false" and pin.bias == "pull-down", pin
            assert 9 <= gpio(pin) <= 27, f"{pin.name}: GPIO0 to 8 are pulled up out of reset"


@test("an open fire loop reads as fire, and from reset on")
def _():
    fire = next(pin for pin in pins if (pin.section, pin.key) == ("fire", "line"))
    assert fire.active_low == "true" and fire.bias == "pull-up" and gpio(fire) <= 8, fire


@test("every contact is active low and pulled up")
def _():
    for pin in pins:
        if pin.key in ("sensor-line", "button-line", "reset-line"):
            assert pin.active_low == "true" and pin.bias == "pull-up", pin


@test("pinmap.md has every pin of pins.h, equal in every column, and no other")
def _():
    rows = table_rows()
    assert list(rows) == [pin.name for pin in pins], sorted(set(rows) ^ {pin.name for pin in pins})
    for pin in pins:
        expected = [pin.section, pin.key, pin.line, str(pin.header), pin.what,
                    "low" if pin.active_low == "true" else "high", pin.bias, "up" if gpio(pin) <= 8 else "down"]
        assert rows[pin.name] == expected, f"{pin.name}: {rows[pin.name]}"


@test("wiring.svg shows every pin of pins.h with its line and header pin")
def _():
    for pin in pins:
        assert drawn(pin.name) == [f"{pin.section} {pin.key}", pin.line, str(pin.header)], f"{pin.name}: {drawn(pin.name)}"


@test("wiring.svg shows no pin that is not in pins.h")
def _():
    names = {e.get("id") for e in drawing.iter() if re.fullmatch(r"[A-Z]+(_[A-Z]+)*", e.get("id") or "")}
    assert names == {pin.name for pin in pins}, names ^ {pin.name for pin in pins}


@test("the header in wiring.svg has every used pin in its place")
def _():
    shown = {}
    for element in drawing.iter():
        if match := re.fullmatch(r"pin(\d+)", element.get("id") or ""):
            number, label = drawn(element.get("id"))
            assert number == match[1], (number, match[1])
            shown[int(number)] = label
    for number, label in shown.items():
        if number in POWER:
            assert label == POWER[number], f"pin {number} is {POWER[number]}, drawn as {label}"
    lines = {number: label for number, label in shown.items() if number not in POWER}
    assert lines == {pin.header: pin.line for pin in pins}, lines


if __name__ == "__main__":
    try:
        pins = read_pins()
        drawing = ElementTree.parse(HARDWARE / "wiring.svg")
    except (AssertionError, OSError, ValueError, ElementTree.ParseError) as error:
        sys.exit(bail_out(error))
    sys.exit(run())
