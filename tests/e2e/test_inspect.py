"""stilectl inspect against the shared vectors of the codes that Vietnamese gates meet."""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from tap import Skip, run, test  # noqa: E402

BUILD = pathlib.Path(os.environ.get("STILE_BUILD", HERE.parents[1] / "build"))
SHARED = pathlib.Path(os.environ.get("STILE_SHARED", HERE.parents[2] / "shared"))
VECTORS = SHARED / "data" / "vn-qr" / "vectors.json"

CLASSES = {"cccd": "cccd", "canCuoc2024": "can_cuoc_2024", "personalQR": "personal_qr", "bhyt": "insurance",
           "payment": "payment", "placeQR": "link"}
NO_PASS = ("payment", "link")
# What a vector names, and where inspect has it.
FIELDS = {"num": "number", "old": "old_number", "name": "name", "dob": "dob", "sex": "sex", "issued": "issued",
          "masked": "masked", "proxy": "proxy"}
SEXES = {"M": "male", "F": "female"}
LAYOUTS = {10: "a", 15: "b", 17: "c"}
OTHER_KEYS = {"id", "raw", "kind", "ok", "note", "consistent", "fields"}
NOW = "2026-11-25T09:00:00Z"


def load_vectors():
    if not VECTORS.exists():
        raise Skip(f"there is no {VECTORS}")
    return json.loads(VECTORS.read_text(encoding="utf-8"))


def inspect(payloads):
    """One answer a payload."""
    done = subprocess.run([BUILD / "stilectl", "inspect", "--json", "--null", "--at", NOW],
                          input=b"".join(payload + b"\0" for payload in payloads), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(answers) == len(payloads), (len(answers), len(payloads))
    return answers


def count_fields(answer):
    """How many fields the code has, as far as its class tells."""
    if answer["class"] == "insurance":
        return {layout: count for count, layout in LAYOUTS.items()}[answer["fields"]["layout"]]
    return 7 + len(answer["fields"]["extras"])


def compare(vector, answer):
    """What differs, in words."""
    kind = vector["kind"]
    if not vector["ok"]:
        if answer["valid"] and answer["class"] != "code":
            yield f"{answer} is not refused"
        if CLASSES.get(kind) in NO_PASS and (answer["class"], answer["reason"]) != (CLASSES[kind], "not_a_pass"):
            yield f"{answer} is not {kind}"
        return
    if answer["class"] != CLASSES[kind] or not answer["valid"]:
        yield f"is {answer['class']}, {answer.get('reason')}"
        return
    for key in vector.keys() & FIELDS.keys():
        wanted = SEXES[vector[key]] if key == "sex" else vector[key]
        got = answer["fields"].get(FIELDS[key])
        if got != wanted:
            yield f"{key}: {wanted!r} is wanted, not {got!r}"
    if answer["consistent"] != vector.get("consistent", answer["consistent"]):
        yield f"consistent is {answer['consistent']}: {answer['flags']}"
    if "fields" in vector and count_fields(answer) != vector["fields"]:
        yield f"has {count_fields(answer)} fields"


@test("every Vietnamese vector has the class and the fields that it names")
def _():
    vectors = load_vectors()
    unknown = {key for vector in vectors for key in vector} - FIELDS.keys() - OTHER_KEYS
    assert not unknown, f"this test does not look at {unknown}"
    answers = inspect([vector["raw"].encode() for vector in vectors])
    wrong = [f"{vector['id']}: {words}" for vector, answer in zip(vectors, answers)
             for words in compare(vector, answer)]
    assert not wrong, "\n".join(wrong)
    print(f"# {len(vectors)} vectors")


@test("every vector that is no pass, and every claim of an identity, has a message in both languages")
def _():
    vectors = [vector for vector in load_vectors() if vector["kind"] != "reject" and
               (vector["ok"] or CLASSES[vector["kind"]] in NO_PASS)]
    for vector, answer in zip(vectors, inspect([vector["raw"].encode() for vector in vectors])):
        message = answer["message"]
        assert 0 < len(message["vi"]) <= 60 and 0 < len(message["en"]) <= 60, (vector["id"], message)


@test("an unreadable name is dropped and said, the card stays valid")
def _():
    [answer] = inspect([b"0100000012|zzzz|29/03/1988|1|-|01 - C54|01/07/2023|-|31/07/2023|x|-|4|-|x|4|-|$"])
    assert answer["valid"] and answer["flags"] == ["name_unreadable"] and "name" not in answer["fields"], answer


@test("any bytes are answered, and the status is 0")
def _():
    payloads = [bytes([first, second]) * 40 for first in range(1, 256, 7) for second in range(1, 256, 5)]
    answers = inspect(payloads)
    assert {answer["class"] for answer in answers} <= {"code", "unknown"}, {answer["class"] for answer in answers}
    assert all("reason" in answer for answer in answers if not answer["valid"])


if __name__ == "__main__":
    sys.exit(run())
