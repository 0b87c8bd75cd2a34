"""stilectl inspect --hex against the COSE working group's examples of one signature, and RFC 8392's signed token."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from stile import BUILD, SLOW  # noqa: E402
from tap import Skip, run, test  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = pathlib.Path(os.environ.get("STILE_SHARED", ROOT.parent / "shared")) / "data" / "cose"

# SubjectPublicKeyInfo up to the key's own bytes.
SPKI = {
    "P-256": "3059301306072a8648ce3d020106082a8648ce3d030107034200" "04",
    "P-384": "3076301006072a8648ce3d020106052b81040022036200" "04",
    "P-521": "30819b301006072a8648ce3d020106052b810400230381860004",
    "Ed25519": "302a300506032b6570032100",
    "Ed448": "3043300506032b6571033a00",
}

# Signed over data that is not in the message and that no option of inspect gives.
HAS_EXTERNAL_DATA = {"sign1-tests/sign-pass-02.json"}
# SHA-512 with a P-256 key: each of our algorithms has one curve (as RFC 9864 gives them names that say it).
HAS_MIXED_CURVE = {"ecdsa-examples/ecdsa-sig-04.json"}


def number(key, name):
    if f"{name}_hex" in key:
        return bytes.fromhex(key[f"{name}_hex"])
    return base64.urlsafe_b64decode(key[name] + "=" * (-len(key[name]) % 4))


def public_key(key):
    body = number(key, "x") + (number(key, "y") if key["kty"] == "EC" else b"")
    return bytes.fromhex(SPKI[key["crv"]]) + body


def inspect(message, key, at="2015-10-05T00:00:00Z"):
    with tempfile.TemporaryDirectory(prefix="stile-cose-") as trust:
        if key:
            (pathlib.Path(trust) / "key.der").write_bytes(public_key(key))
        done = subprocess.run([BUILD / "stilectl", "inspect", "--json", "--hex", "--trust", trust, "--at", at],
                              input=message + "\n", capture_output=True, text=True, check=False, timeout=60 * SLOW)
    assert done.returncode == 0 and done.stderr == "", (done.returncode, done.stderr)
    return json.loads(done.stdout)


def examples():
    if not EXAMPLES.is_dir():
        raise Skip(f"{EXAMPLES} is not there")
    for path in sorted(EXAMPLES.rglob("*.json")):
        example = json.loads(path.read_text())
        if "sign0" in example["input"]:
            yield str(path.relative_to(EXAMPLES)), example


@test("each example is good or bad as it says")
def _():
    good = bad = 0
    for name, example in examples():
        answer = inspect(example["output"]["cbor"], example["input"]["sign0"]["key"])
        is_good = not example.get("fail") and name not in HAS_EXTERNAL_DATA | HAS_MIXED_CURVE
        assert answer["valid"] == is_good and answer["class"] == "unknown", f"{name}: {answer}"
        good, bad = good + is_good, bad + (not is_good)
        if is_good and "plaintext" in example["input"]:
            assert answer["fields"]["text"] == example["input"]["plaintext"], f"{name}: {answer}"
    print(f"# good {good}, bad {bad}")
    assert good + bad == 16, (good, bad)


@test("without its key an example is nobody's, and with a byte changed it is forged")
def _():
    for name, example in examples():
        if example.get("fail") or name in HAS_EXTERNAL_DATA | HAS_MIXED_CURVE:
            continue
        message, key = example["output"]["cbor"], example["input"]["sign0"]["key"]
        assert inspect(message, None)["reason"] == "untrusted_issuer", name
        answer = inspect(message[:-2] + f"{int(message[-2:], 16) ^ 1:02x}", key)
        assert not answer["valid"] and answer["reason"] == "bad_signature", f"{name}: {answer}"


@test("RFC 8392's token says its claims, and is good from nbf until exp")
def _():
    example = dict(examples())["CWT/A_3.json"]
    message, key = example["output"]["cbor"], example["input"]["sign0"]["key"]
    answer = inspect(message, key)
    assert answer["valid"] and answer["alg"] == "ES256", answer
    assert answer["fields"] == {"iss": "coap://as.example.com", "sub": "erikw", "aud": "coap://light.example.com",
                                "exp": "2015-10-05T17:09:04.000Z", "nbf": "2015-10-04T07:49:04.000Z",
                                "iat": "2015-10-04T07:49:04.000Z", "cti": "0b71"}, answer
    for at, reason in (("2015-10-04T07:49:03Z", "not_yet_valid"), ("2015-10-04T07:49:04Z", None),
                       ("2015-10-05T17:09:03Z", None), ("2015-10-05T17:09:04Z", "expired")):
        assert inspect(message, key, at).get("reason") == reason, at


if __name__ == "__main__":
    sys.exit(run())
