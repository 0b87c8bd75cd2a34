"""Test Anything Protocol for the system tests: a test is a function with a sentence.

    @test("a gate is refused without a certificate")
    def _():
        assert ...

run() prints the plan, then one line a test; it returns what the process should exit with.
"""

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


def run():
    failed = 0
    print(f"1..{len(_tests)}", flush=True)
    for number, (sentence, function) in enumerate(_tests, start=1):
        try:
            function()
            print(f"ok {number} - {sentence}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {sentence} # SKIP {reason}", flush=True)
        except Exception as error:
            failed += 1
            print(f"not ok {number} - {sentence}", flush=True)
            text = str(error) if isinstance(error, AssertionError) and str(error) else traceback.format_exc()
            for line in text.rstrip().splitlines():
                print(f"# {line}", flush=True)
    return 1 if failed else 0
