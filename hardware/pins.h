/* The reference build's pins: a Raspberry Pi 4 and one two-way lane. The single source for the sample
 * configuration, pinmap.md and wiring.svg; tests/system/test_pinmap.py compares them.
 *
 *     PIN(NAME, section, key, line, header, what, active_low, bias)
 *
 * NAME        C identifier
 * section     of gate.conf; for access points it is the access point's name
 * key         option in that section
 * line        the GPIO line's name in the Pi's device tree, the same on Debian's and on Raspberry Pi OS's kernel
 * header      pin of the 40-pin header
 * what        what hangs on it
 * active_low  false: the level high means what the key says; true: the level low does.
 *             A release line is on while it holds, so that a dead output, low, is a free lane. The fire line is
 *             on while the loop is whole, so that a broken wire, pulled up, is a fire.
 * bias        what the kernel is asked for. Every relay output and every input has an external 10 kilohm
 *             resistor in the same direction: the internal one is about 50 kilohm and is only there once set.
 *
 * How the pins were chosen. Left alone: 0, 1 (HAT identification), 2, 3 (I2C), 4 (one-wire), 7 to 11 (SPI0),
 * 14, 15 (serial console). Outputs are on 9 to 27, which come out of reset as inputs pulled *down*, so that no
 * relay, lamp or buzzer twitches between power-on and the start of stiled. The two fire inputs are on 5 and 6,
 * which come out of reset pulled *up*: an open loop reads as fire from the first moment.
 * Inputs share the left row of the header's lower end with a ground (29 to 37, ground 39); relays 11 to 16;
 * lamps and buzzers the right row (18 to 40). GPIO18 (pin 12) is spare. */
#pragma once

#define REFERENCE_PINS(PIN)                                                                                            \
        PIN(ENTRY_PASS, "entry", "pass-line", "GPIO17", 11, "relay 1: entry pulse, normally open", false, "pull-down") \
        PIN(EXIT_PASS, "exit", "pass-line", "GPIO27", 13, "relay 2: exit pulse, normally open", false, "pull-down")    \
        PIN(ENTRY_RELEASE, "entry", "release-line", "GPIO22", 15, "relay 3: holds the entry direction, normally open", \
            false, "pull-down")                                                                                        \
        PIN(EXIT_RELEASE, "exit", "release-line", "GPIO23", 16, "relay 4: holds the exit direction, normally open",    \
            false, "pull-down")                                                                                        \
        PIN(ENTRY_GREEN, "entry", "green-line", "GPIO24", 18, "driver 1: entry lamp, green", false, "pull-down")       \
        PIN(ENTRY_RED, "entry", "red-line", "GPIO25", 22, "driver 2: entry lamp, red", false, "pull-down")             \
        PIN(ENTRY_BUZZER, "entry", "buzzer-line", "GPIO12", 32, "driver 3: entry buzzer", false, "pull-down")          \
        PIN(EXIT_GREEN, "exit", "green-line", "GPIO16", 36, "driver 4: exit lamp, green", false, "pull-down")          \
        PIN(EXIT_RED, "exit", "red-line", "GPIO20", 38, "driver 5: exit lamp, red", false, "pull-down")                \
        PIN(EXIT_BUZZER, "exit", "buzzer-line", "GPIO21", 40, "driver 6: exit buzzer", false, "pull-down")             \
        PIN(FIRE, "fire", "line", "GPIO5", 29, "input 1: fire loop, closed while all is well", true, "pull-up")        \
        PIN(FIRE_RESET, "fire", "reset-line", "GPIO6", 31, "input 2: rearm key switch", true, "pull-up")               \
        PIN(ENTRY_SENSOR, "entry", "sensor-line", "GPIO13", 33, "input 3: passage contact, entry", true, "pull-up")    \
        PIN(EXIT_SENSOR, "exit", "sensor-line", "GPIO19", 35, "input 4: passage contact, exit", true, "pull-up")       \
        PIN(EXIT_BUTTON, "exit", "button-line", "GPIO26", 37, "input 5: exit push button", true, "pull-up")
