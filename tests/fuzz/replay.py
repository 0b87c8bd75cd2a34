"""Plays each fuzzer's corpus back, then lets it look further for FUZZ_SECONDS (default 5)."""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from tap import run, test  # noqa: E402

BUILD = pathlib.Path(os.environ["STILE_BUILD"])
SECONDS = int(os.environ.get("FUZZ_SECONDS", "5"))


def add(name):
    @test(f"{name} stands its corpus and {SECONDS} s of new inputs")
    def _():
        corpus = HERE / "corpus" / name
        fuzzer = BUILD / "tests" / "fuzz" / f"fuzz_{name}"
        assert any(corpus.iterdir()), f"{corpus} is empty"
        with tempfile.TemporaryDirectory(prefix="stile-fuzz-") as scratch:
            # New inputs go to the scratch folder; what crashes is printed in hex by the fuzzer.
            done = subprocess.run([fuzzer, f"-max_total_time={SECONDS}", "-print_final_stats=1", "-max_len=8192",
                                   f"-artifact_prefix={scratch}/", scratch, corpus], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        print("# " + next(line for line in done.stderr.splitlines() if "number_of_executed_units" in line))


for path in sorted(HERE.glob("fuzz_*.c")):
    add(path.stem.removeprefix("fuzz_"))

if __name__ == "__main__":
    sys.exit(run())
