"""Issuing passes with stilectl: keys, pictures, paper, batches, and what becomes of mistakes."""

import csv
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from issuer import Issuer  # noqa: E402
from stile import BUILD, SLOW, folder  # noqa: E402
from tap import run, test  # noqa: E402


def ctl(path, *arguments, env=None, **options):
    return subprocess.run([BUILD / "stilectl", *map(str, arguments)], capture_output=True, text=True, timeout=60 * SLOW,
                          env={**os.environ, "STILE_KEYS": str(path / "keys"), **(env or {})}, check=False, **options)


def scanned(picture):
    """The texts of the codes that the gate's decoder finds in a picture."""
    done = subprocess.run([BUILD / "stilectl", "scan", "--json", picture], capture_output=True, text=True, check=False)
    return sorted(json.loads(line)["text"] for line in done.stdout.splitlines() if "text" in json.loads(line))


def inspected(code, trusted):
    done = subprocess.run([BUILD / "stilectl", "inspect", "--json", "--trust", trusted], input=code + "\n",
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def cut(page, rows=3, columns=3):
    """The pieces of a grey page, as somebody with scissors makes them: a gate is shown one pass, not a sheet."""
    header, body = page.read_bytes().split(b"\n255\n", 1)
    width, height = map(int, header.split()[1:])
    high, wide = height // rows, width // columns
    pieces = []
    for row in range(rows):
        for column in range(columns):
            lines = [body[y * width + column * wide:y * width + (column + 1) * wide]
                     for y in range(row * high, (row + 1) * high)]
            pieces.append(page.with_suffix(f".{row}{column}.pgm"))
            pieces[-1].write_bytes(b"P5\n%d %d\n255\n" % (wide, high) + b"".join(lines))
    return pieces


def pages(pdf, resolution=150):
    """A PDF's pages as grey pictures, and the size of the first in millimetres."""
    subprocess.run(["pdftoppm", "-gray", "-r", str(resolution), pdf, pdf.with_suffix("")], check=True)
    info = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    width, height = map(float, re.search(r"Page size: +([\d.]+) x ([\d.]+)", info).groups())
    return sorted(pdf.parent.glob(pdf.stem + "-*.pgm")), (width / 72 * 25.4, height / 72 * 25.4)


@test("a pass is issued as text, picture, sheet and card, and all of them say the same")
def _():
    with folder() as path:
        hr = Issuer(path).trust()
        png, svg, sheet, card = (path / name for name in ("a.png", "a.svg", "sheet.pdf", "card.pdf"))
        code = hr.issue("an", "--name", "Nguyễn Văn Ẩn", "--site", "plant", "--level", "staff", "--valid-until",
                        "2099-12-31", "--png", png, "--svg", svg, "--pdf", sheet, "--badge", card)
        seen = inspected(code, hr.trusted)
        assert seen["class"] == "site_pass" and seen["valid"] and seen["alg"] == "EdDSA", seen
        assert (seen["fields"]["holder"], seen["fields"]["site"]) == ("an", "plant"), seen
        assert scanned(png) == [code]
        assert svg.read_text().startswith("<svg") and svg.read_text().rstrip().endswith("</svg>")
        page, size = pages(sheet)
        assert scanned(page[0]) == [code] and [round(mm) for mm in size] == [210, 297], size
        page, size = pages(card)
        assert scanned(page[0]) == [code] and [round(mm, 1) for mm in size] == [85.6, 54.0], size
        assert not list(path.glob("*.[0-9]*")), "a file was left beside its place"


@test("a sheet's codes are at least five centimetres wide")
def _():
    with folder() as path:
        hr = Issuer(path)
        hr.issue("an", "--pdf", path / "sheet.pdf")
        page, _size = pages(path / "sheet.pdf", 254)  # ten pixels a millimetre
        header, body = page[0].read_bytes().split(b"\n255\n", 1)
        width = int(header.split()[1])
        # A row through the finder patterns is dark at both edges of the code.
        rows = [body[at:at + width] for at in range(0, len(body), width)]
        spans = [max(dark) - min(dark) + 1 for row in rows[200:400]
                 if (dark := [x for x, level in enumerate(row[:900]) if level < 64])]
        assert max(spans) >= 498, max(spans)


@test("private keys are the owner's alone, and a passphrase keeps them")
def _():
    with folder() as path:
        secret = path / "secret"
        secret.write_text("correct horse\n")
        secret.chmod(0o600)
        assert ctl(path, "key", "new", "hr", "--passphrase-file", secret).returncode == 0
        key = path / "keys" / "hr.pem"
        assert key.stat().st_mode & 0o777 == 0o600 and key.parent.stat().st_mode & 0o777 == 0o700
        assert "ENCRYPTED" in key.read_text()
        assert ctl(path, "key", "new", "hr").returncode == 1
        issue = ("pass", "issue", "--key", "hr", "--holder", "an")
        refused = ctl(path, *issue, stdin=subprocess.DEVNULL)
        assert refused.returncode == 2 and "passphrase" in refused.stderr, refused.stderr
        assert ctl(path, *issue, env={"STILE_PASSPHRASE_FILE": str(secret)}).returncode == 0
        wrong = path / "wrong"
        wrong.write_text("wrong\n")
        wrong.chmod(0o600)
        assert ctl(path, *issue, env={"STILE_PASSPHRASE_FILE": str(wrong)}).returncode == 2
        secret.chmod(0o644)
        open_file = ctl(path, *issue, env={"STILE_PASSPHRASE_FILE": str(secret)})
        assert open_file.returncode == 2 and "chmod 600" in open_file.stderr, open_file.stderr
        assert ctl(path, "key", "new", "plain").returncode == 0
        (path / "keys" / "plain.pem").chmod(0o640)
        loose = ctl(path, "pass", "issue", "--key", "plain", "--holder", "an")
        assert loose.returncode == 2 and "chmod 600" in loose.stderr, loose.stderr


@test("after a rotation the new key signs, and gates that know both believe both")
def _():
    with folder() as path:
        hr = Issuer(path).trust()
        old = hr.issue("an")
        hr.ctl("key", "rotate", "hr")
        hr.ctl("key", "rotate", "hr")
        assert {line.split()[0] for line in hr.ctl("key", "list").splitlines()[1:]} == {"hr", "hr-2", "hr-3"}
        new = hr.issue("an")
        assert inspected(new, hr.trusted)["reason"] == "untrusted_issuer"
        hr.ctl("key", "export-public", "hr-3", "--out", hr.trusted / "hr-3.pem")
        assert inspected(new, hr.trusted)["valid"] and inspected(old, hr.trusted)["valid"]
        listed = [json.loads(line) for line in hr.ctl("pass", "list", "--json").splitlines()]
        assert [row["key"] for row in listed] == ["hr", "hr-3"], listed
        ledger = path / "keys" / "issued.jsonl"
        assert ledger.stat().st_mode & 0o777 == 0o600 and old not in ledger.read_text()


@test("a rotation keeps a passphrase, and no key of its own is taken for one")
def _():
    with folder() as path:
        secret = path / "secret"
        secret.write_text("correct horse\n")
        secret.chmod(0o600)
        with_secret = {"STILE_PASSPHRASE_FILE": str(secret)}
        assert ctl(path, "key", "new", "hr", env=with_secret).returncode == 0
        assert ctl(path, "key", "rotate", "hr", env=with_secret).returncode == 0
        assert "ENCRYPTED" in (path / "keys" / "hr-2.pem").read_text()
        refused = ctl(path, "key", "new", "hr-3")
        assert refused.returncode == 2 and "rotations" in refused.stderr, refused.stderr


@test("only the phone that a pass is bound to proves it")
def _():
    with folder() as path:
        hr = Issuer(path)
        key, public = hr.phone("one")
        other, _public = hr.phone("other")
        bound = hr.issue("an", "--phone-key", public)
        prove = ("pass", "prove", "--pass", "-", "--phone-key")
        assert ctl(path, *prove, key, input=bound + "\n").returncode == 0
        for code, phone in ((bound, other), (hr.issue("an"), key)):
            refused = ctl(path, *prove, phone, input=code + "\n")
            assert refused.returncode == 1 and "another phone" in refused.stderr, refused
        assert ctl(path, *prove, key, input="nonsense\n").returncode == 2


@test("a pass and its proof, drawn by another program, are read by the gate's decoder and believed")
def _():
    with folder() as path:
        hr = Issuer(path).trust()
        key, public = hr.phone()
        bound = hr.issue("an", "--site", "plant", "--level", "staff", "--phone-key", public)
        proven = hr.prove(bound, key, "--at", "2026-11-25T08:00:00+07:00")
        for name, code in (("bound", bound), ("proven", proven)):
            subprocess.run(["qrencode", "-l", "M", "-s", "4", "-o", path / f"{name}.png", code], check=True)
            assert scanned(path / f"{name}.png") == [code], name
        seen = inspected(proven, hr.trusted)
        assert seen["valid"] and seen["fields"]["holder"] == "an", seen
        assert proven.startswith(bound[:200]), (bound, proven)


ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45(data):
    text = ""
    for at in range(0, len(data), 2):
        pair = data[at:at + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, 45)
            text += ALPHABET[digit]
    return text


def unbase45(text):
    data = b""
    for at in range(0, len(text), 3):
        digits = [ALPHABET.index(character) for character in text[at:at + 3]]
        data += sum(digit * 45 ** n for n, digit in enumerate(digits)).to_bytes(len(digits) - 1, "big")
    return data


def raw_signature(der):
    """r and s side by side, as WebCrypto gives them, from the DER that the openssl program gives."""
    numbers, at = [], 2
    for _ in range(2):
        end = at + 2 + der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:end], "big"))
        at = end
    return b"".join(number.to_bytes(32, "big") for number in numbers)


@test("a phone that does what docs/passes.md says, and shares no code with us, is believed")
def _():
    with folder() as path:
        hr = Issuer(path).trust()
        key, public = path / "phone.pem", path / "phone.pub"
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True)
        subprocess.run(["openssl", "ec", "-in", key, "-pubout", "-out", public], check=True, stderr=subprocess.DEVNULL)
        bound = unbase45(hr.issue("an", "--site", "plant", "--phone-key", public)[4:])
        assert 24 <= len(bound) < 256, len(bound)
        payload = bytes.fromhex("a1061a") + int(time.time()).to_bytes(4, "big")
        structure = (bytes.fromhex("846a5369676e61747572653143a1012658") + bytes([len(bound)]) + bound + b"\x47" + payload)
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=structure, capture_output=True,
                             check=True).stdout
        message = bytes.fromhex("8443a10126a047") + payload + b"\x58\x40" + raw_signature(der)
        seen = inspected("ST1:" + base45(bound + message), hr.trusted)
        assert seen["valid"] and seen["fields"]["holder"] == "an", seen
        other = bytes([message[-1] ^ 1])
        assert inspected("ST1:" + base45(bound + message[:-1] + other), hr.trusted)["reason"] == "bad_signature"


@test("what a pass is, and how large, is said beside its code")
def _():
    with folder() as path:
        Issuer(path)
        done = ctl(path, "pass", "issue", "--key", "hr", "--holder", "w-001234", "--site", "plant", "--level", "staff",
                   "--valid-from", "2026-11-24", "--valid-until", "2027-11-24")
        assert len(done.stdout.splitlines()) == 1 and done.stdout.startswith("ST1:"), done.stdout
        said = re.fullmatch(r"pass [0-9a-f]{8}/[0-9a-f]{16} of w-001234: 140 bytes, 214 characters, QR version 8 at M "
                            r"\(49 modules\)\n", done.stderr)
        assert said, done.stderr


def typed(path, words, *arguments):
    """Runs stilectl on a terminal of its own and types. What the terminal showed, and the exit status."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(BUILD / "stilectl", ["stilectl", *map(str, arguments)], {**os.environ, "STILE_KEYS": str(path / "keys")})
    shown = b""
    try:
        for number, word in enumerate(words, 1):
            while shown.count(b": ") < number:
                shown += os.read(terminal, 1024)
            os.write(terminal, word.encode() + b"\n")
        while chunk := os.read(terminal, 1024):
            shown += chunk
    except OSError:  # how a terminal says that its other end is closed
        pass
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@test("a passphrase is asked for without being shown, and twice when it is new")
def _():
    with folder() as path:
        shown, status = typed(path, ["correct horse", "battery"], "key", "new", "hr", "--ask")
        assert status == 2 and "not the same" in shown and not (path / "keys" / "hr.pem").exists(), shown
        shown, status = typed(path, ["correct horse"] * 2, "key", "new", "hr", "--ask")
        assert status == 0 and "horse" not in shown and "ENCRYPTED" in (path / "keys" / "hr.pem").read_text(), shown
        issue = ("pass", "issue", "--key", "hr", "--holder", "an")
        shown, status = typed(path, ["correct horse"], *issue)
        assert status == 0 and "ST1:" in shown and "horse" not in shown, shown
        shown, status = typed(path, ["wrong"], *issue)
        assert status == 2 and "ST1:" not in shown, shown


@test("a batch is issued whole, on paper and as a list")
def _():
    with folder() as path:
        hr = Issuer(path).trust()
        people = path / "people.csv"
        people.write_text("id,name,levels,valid_until,max_uses_day\n"
                          + "".join(f"w-{n},Người {n},staff;lab,2099-12-31,2\n" for n in range(4)))
        done = ctl(path, "pass", "batch", people, "--key", "hr", "--site", "plant", "--out", path / "codes.csv", "--pdf",
                   path / "sheet.pdf", "--mask-name")
        assert done.returncode == 0 and done.stdout == "issued 4\n", done
        rows = list(csv.DictReader((path / "codes.csv").open(encoding="utf-8")))
        assert [row["id"] for row in rows] == [f"w-{n}" for n in range(4)]
        assert (path / "codes.csv").stat().st_mode & 0o777 == 0o600
        fields = inspected(rows[2]["code"], hr.trusted)["fields"]
        assert (fields["holder"], fields["site"], fields["levels"]) == ("w-2", "plant", ["staff", "lab"]), fields
        page, _size = pages(path / "sheet.pdf", 130)
        assert sorted(text for piece in cut(page[0]) for text in scanned(piece)) == sorted(row["code"] for row in rows)


@test("a batch with a bad row issues nothing, and says file, row and column")
def _():
    with folder() as path:
        Issuer(path)
        people = path / "people.csv"
        people.write_text("id,name,valid_until,max_uses\nan,An,2099-12-31,1\nBad Id,B,2099-12-31,1\nbe,B,tomorrowish,1\n"
                          "ce,C,2099-12-31,many\nde,D\n")
        done = ctl(path, "pass", "batch", people, "--key", "hr", "--out", path / "codes.csv")
        assert done.returncode == 2 and not (path / "codes.csv").exists(), done
        for part in (f"{people}: row 3, column id", "row 4, column valid_until", "row 5, column max_uses", "row 6",
                     "no pass was issued"):
            assert part in done.stderr, (part, done.stderr)
        (path / "codes.csv").write_text("somebody's\n")
        people.write_text("id\nan\n")
        done = ctl(path, "pass", "batch", people, "--key", "hr", "--out", path / "codes.csv")
        assert done.returncode == 2 and "no pass was issued" in done.stderr, done.stderr
        assert (path / "codes.csv").read_text() == "somebody's\n"
        (path / "codes.csv").unlink()
        done = ctl(path, "pass", "batch", people, "--key", "nobody", "--out", path / "codes.csv")
        assert done.returncode == 2 and not (path / "codes.csv").exists(), done
        assert not (path / "keys" / "issued.jsonl").exists()
        people.write_text("name,colour\nAn,red\n")
        done = ctl(path, "pass", "batch", people, "--key", "hr", "--out", path / "codes.csv")
        assert done.returncode == 2 and "colour" in done.stderr and "id" in done.stderr, done.stderr


@test("a ledger whose last line was cut off loses that line alone, and says so")
def _():
    with folder() as path:
        hr = Issuer(path)
        ledger = path / "keys" / "issued.jsonl"
        for holder in ("an", "be"):
            hr.issue(holder)
        ledger.write_bytes(ledger.read_bytes()[:-20])
        hr.issue("ce")
        listed = ctl(path, "pass", "list", "--json")
        assert [json.loads(line)["holder"] for line in listed.stdout.splitlines()] == ["an", "ce"], listed.stdout
        assert "issued.jsonl:2: not a pass" in listed.stderr, listed.stderr


@test("what cannot be a pass, and where it cannot be written, is said")
def _():
    with folder() as path:
        Issuer(path)
        for arguments, part in ((("--holder", "An"), "a-z"), ((), "holder"), (("--holder", "an", "--level", "A B"), "a-z"),
                                (("--holder", "an", "--valid-from", "2027-01-01", "--valid-until", "2026-01-01"), "until"),
                                (("--holder", "an", "--code-mm", 10), "code-mm"),
                                (("--holder", "an", "--phone-key", path / "none"), "P-256")):
            done = ctl(path, "pass", "issue", "--key", "hr", *arguments)
            assert done.returncode == 2 and part in done.stderr, (arguments, done.stderr)
        done = ctl(path, "pass", "issue", "--key", "hr", "--holder", "an", "--png", "/nowhere/a.png")
        assert done.returncode == 2 and "/nowhere/a.png" in done.stderr, done.stderr


if __name__ == "__main__":
    if shutil.which("pdftoppm") is None:
        print("1..0 # SKIP pdftoppm is not here")
        sys.exit(0)
    sys.exit(run())
