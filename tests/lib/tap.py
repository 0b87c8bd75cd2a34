"""Test Anything Protocol: a test is a function with a sentence.

    @test("a gate is refused without a certificate")
    def _():
        assert ...

run() prints the plan, then one line a test, and returns what the process should exit with. Given a context
manager, it enters it once and hands what it gives to every test.
"""

import contextlib
import signal
import sys
import traceback

_tests = []


class Skip(Exception):
    """Raised by a test that cannot be run here; its text is the reason."""


def test(sentence):
    def register(function):
        _tests.append((sentence, function))
        return function

    return register


def skip_all(reason):
    print(f"1..0 # SKIP {reason}", flush=True)
    return 0


def bail_out(reason):
    print("Bail out! " + str(reason).replace("\n", "\n# "), flush=True)
    return 1


def run(context=None):
    # A runner that gives up on us sends TERM: leave by the way that cleans up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"1..{len(_tests)}", flush=True)
    try:
        with context or contextlib.nullcontext() as value:
            arguments = [] if context is None else [value]
            failed = [not _passes(number, *case, arguments) for number, case in enumerate(_tests, 1)]
    except Exception as error:  # the context: without it no test would say anything
        return bail_out(error)
    return int(any(failed))


def _passes(number, sentence, function, arguments):
    try:
        function(*arguments)
    except Skip as reason:
        print(f"ok {number} - {sentence} # SKIP {reason}", flush=True)
        return True
    except Exception as error:  # a failed test must not keep the next from running
        print(f"not ok {number} - {sentence}", flush=True)
        has_text = isinstance(error, AssertionError) and str(error)
        for line in (str(error) if has_text else traceback.format_exc()).rstrip().splitlines():
            print(f"# {line}", flush=True)
        if has_text:
            frame = traceback.extract_tb(error.__traceback__)
            print(f"# at {', '.join(f'{entry.name}:{entry.lineno}' for entry in frame[1:])}", flush=True)
        return False
    print(f"ok {number} - {sentence}", flush=True)
    return True
