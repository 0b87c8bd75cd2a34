"""Every code in front of a gate's camera: signed passes, proofs, cards, certificates, and what the rules say of each."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from certificate import Signer  # noqa: E402
from issuer import Issuer  # noqa: E402
from stile import BUILD, SLOW, gate, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

CARD = "001099000123|012345678|Nguyễn Văn An|01021999|Nam|Số 1 Đường Láng, Láng Thượng, Đống Đa, Hà Nội|15042021"
PERSONAL = "******000317|NGUYEN VAN AN|1987-**-**|0|162979388586171100|<1<<"
INSURANCE = ("DN4010000000001|4e677579e1bb856e2056c4836e20416e|01/02/1999|1|48c3a0204ee1bb9969|01 - 001|01/01/2016|"
             "31/12/2016|20/12/2015|01000000001||K1|01/01/2020|0123456789abcdef-7102|$")
PAYMENT = "00020101021138540010A00000072701240006970436011001234567890208QRIBFTTA53037045802VN63041234"


HOLD_OFF = {"decode.hold-off-ms": 300}  # a code may soon be shown again


def gate_of(**rules):
    """A gate with these rules, not started yet: whom it trusts is known when its folder is; see trusting()."""
    return gate(start=False, options={**HOLD_OFF, **{f"rules.{key.replace('_', '-')}": value
                                                     for key, value in rules.items()}})


def started(**rules):
    return gate(options={**HOLD_OFF, **{f"rules.{key.replace('_', '-')}": value for key, value in rules.items()}})


def trusting(box, *issuers, **more):
    """Starts the gate with these issuers' public keys."""
    box.options["trust.issuers-folder"] = box.folder / "issuers"
    box.options.update(more)
    box.write_config()
    for issuer in issuers:
        issuer.trust()
    box.start()
    box.wait_seeing()


def show(box, code, event, **fields):
    """Takes away what is shown, for longer than the hold-off, then shows a code and waits for its event."""
    box.take_away()
    last = box.head()
    box.scene.show(code)
    return box.wait_event(event, after=last, **fields)


@test("a printed pass opens for somebody of whom the gate has never heard, and says who it was")
def _():
    with gate_of() as box:
        hr = Issuer(box.folder)
        trusting(box, hr)
        granted = show(box, hr.issue("binh", "--site", "plant", "--level", "all"), "AccessGranted")
        assert granted["credential_class"] == "site_pass" and granted["holder"] == "binh", granted
        box.pass_through()
        taken = box.wait_event("AccessTaken", grant_seq=granted["seq"])
        assert taken["subject"] == granted["subject"]


@test("a pass that is not good here is refused, each with its reason and the rule that said it")
def _():
    with gate_of() as box:
        hr, stranger = Issuer(box.folder), Issuer(box.folder, "stranger")
        trusting(box, hr)
        def says(reason, rule, code):
            denied = show(box, code, "AccessDenied")
            assert (denied["reason"], denied["detail"]) == (reason, rule), denied
        says("untrusted_issuer", "signature", stranger.issue("an", "--level", "all"))
        says("wrong_site", "site", hr.issue("an", "--site", "elsewhere", "--level", "all"))
        says("expired", "credential", hr.issue("an", "--level", "all", "--valid-until", "2026-01-01"))
        says("not_yet_valid", "credential", hr.issue("an", "--level", "all", "--valid-from", "2099-01-01"))
        says("wrong_access_point", "access level", hr.issue("an", "--level", "nowhere"))
        good = hr.issue("an", "--level", "all")
        forged = good[:-7] + ("A" if good[-7] != "A" else "B") + good[-6:]
        denied = show(box, forged, "AccessDenied")
        assert denied["reason"] in ("bad_signature", "unreadable"), denied
        box.ok("revocation-put", holder="an")
        says("revoked", "credential", good)


@test("a new issuer is believed after a reload, and an old one no longer")
def _():
    with gate_of() as box:
        hr, new = Issuer(box.folder), Issuer(box.folder, "security")
        trusting(box, hr)
        code = new.issue("an", "--level", "all")
        show(box, code, "AccessDenied", reason="untrusted_issuer")
        new.trust()
        (hr.trusted / "hr.pem").unlink()
        box.daemon.send_signal(signal.SIGHUP)
        wait_until(lambda: "configuration reloaded" in box.log_text(), "the reload")
        show(box, hr.issue("an", "--level", "all"), "AccessDenied", reason="untrusted_issuer")
        show(box, code, "AccessGranted", holder="an")


@test("a phone's proof opens once; a photograph of it, and the pass without it, do not")
def _():
    with gate_of() as box:
        hr = Issuer(box.folder)
        trusting(box, hr)
        key, public = hr.phone()
        bound = hr.issue("an", "--level", "all", "--phone-key", public)
        show(box, bound, "AccessDenied", reason="proof_missing")
        late = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
        show(box, hr.prove(bound, key, "--at", late), "AccessDenied", reason="proof_expired")
        # Proofs that are older than the gate's start are not believed.
        wait_until(lambda: time.time() - os.stat(box.socket).st_mtime > 2, "a proof later than the start")
        proof = hr.prove(bound, key)
        show(box, proof, "AccessGranted", holder="an")
        box.pass_through()
        show(box, PAYMENT, "AccessDenied", reason="not_a_pass")
        show(box, proof, "AccessDenied", reason="replayed")
        wait_until(lambda: hr.prove(bound, key) != proof, "the next proof")
        show(box, hr.prove(bound, key), "AccessGranted", holder="an")


@test("where policy wants phones, a printed pass is refused")
def _():
    with gate_of(static_passes="deny") as box:
        hr = Issuer(box.folder)
        trusting(box, hr)
        show(box, hr.issue("an", "--level", "all"), "AccessDenied", reason="proof_missing")


@test("a one-time code opens once")
def _():
    with started() as box:
        box.ok("holder-put", holder={"id": "an", "name": "An"})
        secret = box.ok("credential-add", holder="an", one_time=True)["secret"]
        def code():
            done = subprocess.run([BUILD / "stilectl", "one-time", "--id", "an", "--secret-stdin"], input=secret + "\n",
                                  capture_output=True, text=True, check=True)
            return done.stdout.strip()
        now = code()
        show(box, now, "AccessGranted", holder="an", credential_class="one_time")
        show(box, PAYMENT, "AccessDenied")
        show(box, now, "AccessDenied", reason="replayed")
        wrong = now[:-1] + ("1" if now[-1] != "1" else "2")
        show(box, wrong, "AccessDenied", reason="unknown_credential")
        wait_until(lambda: code() != now, "the next code", 15)
        show(box, code(), "AccessGranted", holder="an")


@test("identity codes open as policy says: deny, enrolled, pre-registered, log-only")
def _():
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
    with started(identity_codes="deny") as box:
        box.enrol("an", CARD)
        show(box, CARD, "AccessDenied", reason="not_a_pass", detail="kind of code")
    with started() as box:
        show(box, CARD, "AccessDenied", reason="unknown_credential")
        for number, (name, code) in enumerate({"cccd": CARD, "personal_qr": PERSONAL, "insurance": INSURANCE}.items()):
            box.enrol(f"holder-{number}", code)
            show(box, code, "AccessGranted", holder=f"holder-{number}", credential_class=name)
            box.pass_through()
    with started(identity_codes="pre-registered") as box:
        box.enrol("worker", PERSONAL)
        show(box, PERSONAL, "AccessDenied", reason="unknown_credential")
        box.ok("visit-add", visit={"id": "guest", "name": "Guest", "from": since, "until": until,
                                   "national_id": "001099000123"})
        show(box, CARD, "AccessGranted", holder="guest")
    with started(identity_codes="log-only") as box:
        granted = show(box, CARD, "AccessGranted", credential_class="cccd")
        assert "holder" not in granted, granted
        assert "001099000123" not in box.log_text() and "Nguyễn" not in box.log_text()


def sealing(box, site):
    """Lets the gate seal for a site's key."""
    site.ctl("key", "new", "site", "--sealing")
    site.ctl("key", "export-public", "site", "--out", box.folder / "site.pem")
    box.options["privacy.seal-identity-to"] = box.folder / "site.pem"


@test("who is let in unknown is kept sealed, for the site's private key alone; nobody else is kept")
def _():
    with gate_of(identity_codes="log-only") as box:
        site = Issuer(box.folder)
        sealing(box, site)
        trusting(box, site.trust())
        granted = show(box, CARD, "AccessGranted", credential_class="cccd")
        box.pass_through()
        taken = box.wait_event("AccessTaken", grant_seq=granted["seq"])
        known = show(box, site.issue("an", "--level", "all"), "AccessGranted", holder="an")
        denied = show(box, "NOBODY-KNOWS", "AccessDenied")
        assert not any("sealed" in row for row in (taken, known, denied)), (taken, known, denied)
        opened = json.loads(site.ctl("unseal", "--key", "site", input=json.dumps({"data": granted}) + "\n"))["data"]
        assert opened["identity"] == {"class": "cccd", "number": "001099000123", "name": "Nguyễn Văn An",
                                      "born": "1999-02-01"}, opened
        assert "sealed" not in opened and opened["seq"] == granted["seq"]
        kept = b"".join(file.read_bytes() for file in box.folder.glob("journal.db*"))
        assert b"entry" in kept and b"001099000123" not in kept


@test("a sealing key that is not there keeps no identity, opens the gate none the less, and the doctor says it")
def _():
    with gate_of(identity_codes="log-only") as box:
        box.options["privacy.seal-identity-to"] = box.folder / "nowhere.pem"
        trusting(box)
        assert "sealed" not in show(box, CARD, "AccessGranted")
        assert "identities are not kept" in box.log_text()
        done = subprocess.run([BUILD / "stilectl", "--config", box.config, "doctor"], capture_output=True, text=True, check=False)
        assert "sealing key" in done.stdout and done.returncode == 1, done.stdout


@test("a health certificate opens only where policy takes it, from a signer of the list, and not for ever")
def _():
    with gate_of(health_certificate="admit") as box:
        hr = Issuer(box.folder)
        signer, other = Signer(box.folder, "ministry"), Signer(box.folder, "other")
        hr.ctl("trust", "import", signer.certificate, "--key", "hr", "--out", box.folder / "health.trust")
        trusting(box, hr, **{"trust.health-list": box.folder / "health.trust"})
        show(box, signer.sign(), "AccessGranted", credential_class="health_cert")
        show(box, other.sign(), "AccessDenied", reason="untrusted_issuer")
        show(box, signer.sign(until=time.time() - 60), "AccessDenied", reason="expired")
    with started() as box:
        show(box, Signer(box.folder, "ministry").sign(), "AccessDenied", reason="not_a_pass")


@test("what is no pass is told apart from a code that is not known, and does not lock the reader")
def _():
    with started(lockout_codes=3) as box:
        for code in PAYMENT, "https://qr.tokhaiyte.vn/", "WIFI:T:WPA;S:site;P:secret;;", "BEGIN:VCARD\nFN:An\nEND:VCARD":
            show(box, code, "AccessDenied", reason="not_a_pass")
        for number in range(3):
            show(box, f"GUESS-{number}", "AccessDenied", reason="unknown_credential")
        box.enrol("an", "WORKER-0001")
        show(box, "WORKER-0001", "AccessDenied", reason="lockout")


@test("a level counts at the times of its schedule, and special days have their own")
def _():
    with started(time_zone="Asia/Ho_Chi_Minh") as box:
        now = time.gmtime(time.time() + 7 * 3600)
        day = time.strftime("%Y-%m-%d", now)
        box.ok("schedule-put", schedule={"id": "work", "periods": ["daily 00:00-24:00"]})
        box.ok("level-put", level={"id": "staff", "access_points": ["entry"], "schedule": "work"})
        box.enrol("an", "WORKER-0001", levels=[{"level": "staff"}])
        show(box, "WORKER-0001", "AccessGranted")
        box.pass_through()
        box.ok("special-day-put", date=day, name="Tết")
        show(box, PAYMENT, "AccessDenied")
        denied = show(box, "WORKER-0001", "AccessDenied")
        assert denied["reason"] == "outside_schedule", (denied, day)
        box.ok("special-day-remove", date=day)
        show(box, PAYMENT, "AccessDenied")
        show(box, "WORKER-0001", "AccessGranted")


@test("an area that is full, a pass that is used up and a visitor without escort wait outside")
def _():
    with started() as box:
        box.ok("area-put", area={"id": "hall", "access_points": ["entry", "exit"], "occupancy_limit": 1})
        box.enrol("an", "WORKER-0001")
        box.enrol("binh", "WORKER-0002")
        granted = show(box, "WORKER-0001", "AccessGranted")
        show(box, "WORKER-0002", "AccessDenied", reason="occupancy_limit")
        box.pass_through()
        box.wait_event("AccessTaken", grant_seq=granted["seq"])
        assert box.ok("areas")["areas"][0]["inside"] == 1
        show(box, PAYMENT, "AccessDenied")
        show(box, "WORKER-0002", "AccessDenied", reason="occupancy_limit")
        box.ok("area-remove", area="hall")
        box.ok("holder-put", holder={"id": "once", "name": "Once"})
        box.ok("credential-add", holder="once", code="ONE-ENTRY-ONLY", max_uses=1)
        granted = show(box, "ONE-ENTRY-ONLY", "AccessGranted")
        box.pass_through()
        box.wait_event("AccessTaken", grant_seq=granted["seq"])
        show(box, PAYMENT, "AccessDenied")
        show(box, "ONE-ENTRY-ONLY", "AccessDenied", reason="max_uses")
        box.enrol("guest", "GUEST-0001", role="visitor", escort="binh")
        show(box, "GUEST-0001", "AccessDenied", reason="escort_missing")
        show(box, "WORKER-0002", "AccessGranted", holder="binh")
        box.pass_through()
        show(box, "GUEST-0001", "AccessGranted", holder="guest")


@test("a duress code opens like any other, and a silent block looks like any refusal; both raise their alarm")
def _():
    with started() as box:
        box.ok("holder-put", holder={"id": "an", "name": "An"})
        box.ok("credential-add", holder="an", code="HELP-0001", duress=True)
        granted = show(box, "HELP-0001", "AccessGranted", holder="an")
        duress = box.wait_event("Duress", after=granted["seq"])
        assert duress["subject"] == granted["subject"] and duress["seq"] == granted["seq"] + 1
        box.enrol("out", "BANNED-0001", blocked=True, silent=True)
        denied = show(box, "BANNED-0001", "AccessDenied", reason="blocked")
        assert box.wait_event("SilentAlarm", after=denied["seq"])["holder"] == "out"


@test("where declarations are required, nobody passes without one, or with a red one")
def _():
    with started(declaration="require") as box:
        box.enrol("an", "WORKER-0001")
        show(box, "WORKER-0001", "AccessDenied", reason="declaration_missing")
        box.ok("declaration-put", holder="an", result="red")
        show(box, PAYMENT, "AccessDenied")
        show(box, "WORKER-0001", "AccessDenied", reason="declaration_refused")
        box.ok("declaration-put", holder="an", result="green")
        show(box, PAYMENT, "AccessDenied")
        show(box, "WORKER-0001", "AccessGranted")


@test("explain says what the gate then does, and opens nothing")
def _():
    with started(passback="hard") as box:
        box.ok("schedule-put", schedule={"id": "never", "periods": []})
        box.ok("level-put", level={"id": "nights", "access_points": ["entry"], "schedule": "never"})
        box.enrol("an", "WORKER-0001")
        box.enrol("binh", "WORKER-0002", levels=[{"level": "nights"}])
        before = box.head()
        for holder, code in ("an", "WORKER-0001"), ("binh", "WORKER-0002"):
            said = box.ok("explain", holder=holder, access_point="entry")
            again = box.ok("explain", code=code, access_point="entry")
            assert {**said, "at": 0} == {**again, "at": 0}, (said, again)
            objections = [step for step in said["steps"] if step["objects"]]
            assert said["admit"] == (not objections), said
            assert said.get("reason") == (objections[0]["reason"] if objections else None), said
            assert box.head() == before
            seen = show(box, code, "AccessGranted" if said["admit"] else "AccessDenied", holder=holder)
            assert seen.get("reason") == said.get("reason"), (seen, said)
            before = box.head()
        text = box.ctl("explain", "--holder", "binh", "--access-point", "entry", "--at", "2026-11-24T09:00:00+07:00")
        assert text.returncode == 0 and "outside_schedule" in text.stdout, text
        exit_said = box.ok("explain", holder="binh", access_point="exit")
        assert exit_said["admit"] is True, exit_said


if __name__ == "__main__":
    sys.exit(run())
