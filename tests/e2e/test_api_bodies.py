"""Whatever is sent to an operation that takes a JSON body: every one of config/openapi.json, a body that is right, and the
same with each member missing, of another type, too long, and with what is no JSON at all. Nothing is answered by a fault of
the server's, and every answer is as the document says.
"""

import contextlib
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from dashboard import ANSWERS, PASSWORD, Dashboard  # noqa: E402
from issuer import Issuer  # noqa: E402
from registry_site import Site  # noqa: E402
from stile import gate, wait_until  # noqa: E402
from tap import run, test  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = json.loads((ROOT / "config/openapi.json").read_text())
SOMEBODY = "0123456789abcdef" * 2

# What is right, with every member that may be there: operation -> (path that is asked, body, status).
RIGHT = {
    "post /gates/{org}/{site}/{gate}/commands": (
        "gates/acme/plant/gate-1/commands", {"command": "AccessDoor", "reason": "wheelchair", "access_point": "entry"}, 202),
    "post /traces": ("traces", {"subject": SOMEBODY, "from": "2026-11-01T00:00:00Z", "until": "2026-11-08T00:00:00Z", "case": "TV-1",
                                "reason": "contacts", "margin_min": 15, "hops": 2, "area": "acme"}, 200),
    "put /people/{id}": ("people/an", {"name": "Nguyễn Văn An", "role": "worker", "levels": [{"level": "all"}]}, 200),
    "post /people/{id}/credentials": ("people/an/credentials", {"code": "4K1ZPRINTEDPASS0000000000A"}, 201),
    "post /visitors": ("visitors", {"name": "Lê Văn Khách", "hours": 4, "code": "4K1ZVISITORSPASS000000000", "level": "all"}, 201),
    "post /declarations": ("declarations", {"holder": "an", "result": "green"}, 204),
    "put /levels/{level}": ("levels/clerks", {"access_points": ["entry"], "schedule": "office"}, 204),
    "put /schedules/{schedule}": ("schedules/office", {"periods": ["mon-fri 08:00-17:30", "special 09:00-12:00"]}, 204),
    "put /counted-areas/{area}": ("counted-areas/hall", {"access_points": ["entry"], "occupancy_limit": 40, "passback": "soft", "passback_reset_h": 12,
                                                        "passback_reset_at": "04:00", "was": None}, 204),
    "put /special-days/{date}": ("special-days/2027-02-06", {"name": "Tết"}, 204),
    "put /places/{org}/{site}": ("places/acme/plant", {"name": "Plant", "category": "factory", "owner": "Mai", "division": "Hà Nội/Ba Đình",
                                                       "in_scope": True}, 204),
    "post /places/{org}/{site}/reminders": ("places/acme/plant/reminders", {"note": "called"}, 204),
    "post /requests": ("requests", {"kind": "access", "subject": SOMEBODY, "received": "2026-11-02T08:00:00Z", "note": "by letter"}, 201),
    "post /requests/{number}/closed": ("requests/1/closed", {"outcome": "done", "result": "sent"}, 204),
    "post /accounts": ("accounts", {"name": "lan", "password": PASSWORD, "grants": [{"role": "viewer", "area": "acme"}]}, 201),
    "patch /accounts/{name}": ("accounts/lan", {"password": PASSWORD + "!", "grants": [], "disabled": False}, 200),
}
# Of strangers: right only with what a link, a phone or a CA's desk says; and what would end the session that asks.
STRANGE = {
    "post /first": ("first", {"token": "t" * 43, "name": "root", "password": PASSWORD}),
    "post /session": ("session", {"name": "nobody", "password": PASSWORD}),
    "put /session/password": ("session/password", {"old": "is not the old one", "new": PASSWORD}),
    "post /enrolments": ("enrolments", {"gate": "acme/plant/gate-2"}),
    "post /pass": ("pass", {"token": "t" * 43, "phone": "AAAA"}),
    "post /pass/declaration": ("pass/declaration", {"pass": "ST1:AAAA", "result": "green", "at": "2026-11-02T00:00:00Z", "signature": "AAAA"}),
}
ODD = [None, True, -1, 2**63 - 1, 1e300, "", " ", "x" * 5000, "\0", "\ud800", "<img onerror=alert(1)>", "=cmd()", "../..", [], [[]], [None], {},
       {"a": {"b": []}}]
NO_BODY = [b"", b"\0", b"null", b"[]", b"1", b'"x"', b"{", b"{}}", b'{"name":}', b'{"name": "\xff\xfe"}', b"[" * 100000, b'{"a":' * 50000,
           b'{"name": "a", "name": "b"}', b"\xef\xbb\xbf{}"]


def with_bodies():
    return {f"{method} {path}" for path, methods in API["paths"].items() for method, operation in methods.items()
            if "application/json" in operation.get("requestBody", {}).get("content", {})}


def variants(value):
    """The body with one thing in it that is odd, at any depth."""
    if isinstance(value, dict):
        for key in value:
            yield {name: kept for name, kept in value.items() if name != key}
            yield from ({**value, key: odd} for odd in variants(value[key]))
        yield {**value, "nobody_knows_this": 1}
    elif isinstance(value, list):
        yield value * 2000
        yield from ([*value, odd] for odd in ODD)
        yield from ([odd] for one in value[:1] for odd in variants(one))
    yield from ODD


@contextlib.contextmanager
def everything():
    """A gate, its site's registry, a broker, and a dashboard that does all it can; and somebody who may do all of it."""
    with gate(with_broker=True, start=False) as box:
        site, hr = Site(box.folder, box.broker, site_key=box.folder / "key"), Issuer(box.folder).trust()
        made = Dashboard(box.folder, site.collector, {
            "registry.socket": site.socket, "registry.declarations": "yes", "passes.key": "hr", "passes.keys-folder": hr.keys,
            "passes.file": box.folder / "passes.db", "broker.host": "127.0.0.1", "broker.port": box.broker.port, "broker.tls": "no",
            "broker.name": "desk"})
        try:
            box.write_config()
            box.start()
            site.collector.start()
            made.start()
            root = made.root()
            person = made.add(root, "all", *((role, "") for role in ("manager", "tracer", "auditor", "administrator")))
            wait_until(lambda: person.get("gates")["gates"], "the gate at the centre", 30)
            yield made, person
        finally:
            made.stop()
            site.collector.stop()


def send(person, operation, path, body):
    if not isinstance(body, (bytes, dict)):
        body = json.dumps(body).encode()
    return person.ask(operation.split()[0].upper(), path, body, {"Content-Type": "application/json"})


@test("every operation that takes a JSON body is known here")
def _():
    assert with_bodies() == {*RIGHT, *STRANGE}, with_bodies() ^ {*RIGHT, *STRANGE}


@test("a body that is right is taken; none that is odd is answered by a fault, or as the document does not say")
def _():
    with everything() as (made, person):
        assert person.ask("PUT", "levels/all", {"access_points": ["*"]}).status == 204
        right = sorted(RIGHT.items(), key=lambda one: ("levels/clerks" in one[1][0], "closed" in one[1][0], one[0].startswith("patch")))
        for operation, (path, body, status) in right:
            answer = send(person, operation, path, body)
            assert answer.status == status, (operation, answer.status, answer.body)
        cases = [(operation, path, body) for operation, (path, body, *_status) in [*RIGHT.items(), *STRANGE.items()]]
        sent = 0
        for operation, path, body in cases:
            for one in [*NO_BODY, b"{" + b" " * 60000 + b"}", *variants(body)]:
                answer = send(person, operation, path, one)
                sent += 1
                assert answer.status < 500, (operation, str(one)[:200], answer.status, answer.body)
                if one in NO_BODY or not isinstance(one, (bytes, dict)):
                    assert answer.status >= 400, (operation, str(one)[:200], answer.status)
        print(f"# {sent} odd bodies")
        assert person.ask("GET", "session").status == 200 and made.process.poll() is None
    said = subprocess.run(["node", ROOT / "tests/schema/answers.mjs", "some"], input="\n".join(map(json.dumps, ANSWERS)),
                          capture_output=True, text=True)
    print(said.stdout, end="")
    assert said.returncode == 0, said.stderr


if __name__ == "__main__":
    sys.exit(run())
