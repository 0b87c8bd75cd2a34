"""Runs the project's tests and counts them.

Every test program speaks the Test Anything Protocol (cmocka's do when asked); a check is a command that passes when
its status is 0. `run.py SUITE…` runs the suites named, `run.py` all of them. The last line is what it all came to.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
LINE = re.compile(r"^\s*(ok|not ok)\b(?:\s+(\d+))?(?:\s*-\s*)?(.*)$")
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


class Suite:
    def __init__(self, name, programs, build="build", slow=1, limit_s=300, checks=()):
        self.name, self.programs, self.limit_s, self.checks = name, programs, limit_s, checks
        self.environment = {**os.environ, **SANITIZERS, "CMOCKA_MESSAGE_OUTPUT": "TAP", "STILE_SLOW": str(slow),
                            "STILE_BUILD": str(ROOT / build), "PYTHONDONTWRITEBYTECODE": "1"}

    def commands(self):
        for pattern in self.programs:
            found = sorted(ROOT.glob(pattern))
            if not found:
                yield pattern, None
            for path in found:
                yield str(path.relative_to(ROOT)), [sys.executable, path] if path.suffix == ".py" else [path]


SUITES = [
    Suite("checks", [], checks=[
        ("no device header stands in controller/", ["make", "-s", "deps-check"]),
        ("config/gate.conf is what stiled --print-config prints", ["make", "-s", "config-check"]),
        ("every C file is as clang-format writes it", ["make", "-s", "format-check"]),
        ("the manual pages are clean", ["make", "-s", "man-check"]),
        ("make install puts everything below DESTDIR", ["make", "-s", "install-check"]),
        ("clang-tidy finds nothing", ["make", "-s", "-j2", "tidy"]),
    ], limit_s=1200),
    Suite("messages", ["tests/schema/test_*.mjs"]),
    Suite("unit, gcc", ["build/tests/unit/test_*[a-z0-9]"]),
    Suite("unit, clang", ["build/clang/tests/unit/test_*[a-z0-9]"], "build/clang"),
    Suite("unit, address and undefined", ["build/asan/tests/unit/test_*[a-z0-9]"], "build/asan", 3),
    Suite("contract, address and undefined", ["build/asan/tests/contract/test_*[a-z0-9]"], "build/asan", 3),
    Suite("second decoder", ["build/zxing/tests/contract/test_decoder*[a-z]"], "build/zxing"),
    Suite("page", ["tests/page/test_*.mjs"], checks=[
        ("the page's types agree", ["node", "dashboard/page/node_modules/typescript/bin/tsc", "--noEmit", "-p", "dashboard/page"])]),
    Suite("browser", ["tests/browser/test_*.mjs", "tests/browser/test_*.py"]),
    Suite("threads", ["build/tsan/tests/unit/test_common", "build/tsan/tests/unit/test_recorder", "build/tsan/tests/unit/test_command",
                      "build/tsan/tests/unit/test_api_stream", "build/tsan/tests/unit/test_ingest_*[a-z]", "build/tsan/tests/contract/test_accounts_tries",
                      "build/tsan/tests/contract/test_web",
                      "build/tsan/tests/contract/test_worker", "build/tsan/tests/contract/test_bus", "build/tsan/tests/contract/test_feed"], "build/tsan", 5),
    Suite("end to end, address and undefined", ["tests/e2e/test_[!t]*.py"], "build/asan", 4, 900),
    Suite("end to end, threads", ["tests/e2e/test_gate.py", "tests/e2e/test_codes.py", "tests/e2e/test_uplink.py",
                                "tests/e2e/test_commands.py"], "build/tsan", 6, 900),
    Suite("cluster", ["tests/cluster/test_*.py"], "build", 1, 600),
    Suite("torture", ["tests/e2e/test_torture*.py"], "build", 1, 600),
    Suite("fuzz corpora", ["tests/fuzz/replay.py"], "build/fuzz"),
    Suite("system", ["tests/system/test_*.py"]),
    Suite("kernel", ["tests/vm/test_*.py"], limit_s=900),
    Suite("boot", ["tests/boot/test_*.py"], limit_s=1500),
    Suite("Debian 13", [], checks=[("it builds and passes its tests there, with libgpiod 2", ["tests/trixie/build.sh"])],
          limit_s=1800),
]


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0


def run_command(command, environment, limit_s):
    """Status and output; the whole group of processes is ended when it takes too long."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
                          env=environment, start_new_session=True) as process:
        try:
            output, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                output, _ = process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output, _ = process.communicate()
            return -signal.SIGALRM, output.decode(errors="replace") + f"\n# took longer than {limit_s} s\n"
        return process.returncode, output.decode(errors="replace")


def read_tap(output, count):
    """Adds the results; returns the sentences that failed and how many results there were."""
    failed, results = [], 0
    for line in output.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        results += 1
        sentence = match.group(3)
        if "# SKIP" in sentence.upper():
            count.skipped += 1
            print(f"    skipped: {sentence}", flush=True)
        elif match.group(1) == "ok":
            count.passed += 1
        else:
            count.failed += 1
            failed.append(sentence)
    return failed, results


def run_program(name, command, suite, count):
    begin = time.monotonic()
    if command is None:
        count.failed += 1
        print(f"  FAILED  {name}: there is no such test", flush=True)
        return
    status, output = run_command(command, suite.environment, suite.limit_s)
    before = count.skipped
    failed, results = read_tap(output, count)
    if (status != 0 and not failed) or (results == 0 and "# SKIP" not in output):
        count.failed += 1
        failed.append(f"ended with status {status} after {results} results")
    if results == 0 and "# SKIP" in output and count.skipped == before:
        count.skipped += 1
        print(f"    skipped: {output.strip().splitlines()[0]}", flush=True)
    print(f"  {'FAILED' if failed else 'ok':7} {name}  ({results}, {time.monotonic() - begin:.1f} s)", flush=True)
    if failed:
        print("".join(f"    | {line}\n" for line in output.splitlines()[-120:]), flush=True)


def run_check(sentence, command, suite, count):
    begin = time.monotonic()
    status, output = run_command(command, suite.environment, suite.limit_s)
    is_skipped = status == 77  # as automake's runner takes it
    count.passed += status == 0
    count.skipped += is_skipped
    count.failed += status != 0 and not is_skipped
    word = "ok" if status == 0 else "skipped" if is_skipped else "FAILED"
    print(f"  {word:7} {sentence}  ({time.monotonic() - begin:.1f} s)", flush=True)
    if status != 0:
        print("".join(f"    | {line}\n" for line in output.splitlines()[-60:]), flush=True)


def main(names):
    unknown = set(names) - {suite.name for suite in SUITES}
    if unknown:
        print("no such suite: " + ", ".join(sorted(unknown)) + "; there are: " + "; ".join(s.name for s in SUITES))
        return 2
    count = Count()
    for suite in SUITES:
        if names and suite.name not in names:
            continue
        print(f"{suite.name}", flush=True)
        for sentence, command in suite.checks:
            run_check(sentence, command, suite, count)
        for name, command in suite.commands():
            run_program(name, command, suite, count)
    print(f"{count.passed} passed, {count.failed} failed, {count.skipped} skipped", flush=True)
    return int(count.failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
