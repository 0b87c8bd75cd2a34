"""What config/rabbitmq/definitions.sh lets a site's forwarder do, at a real RabbitMQ, with the certificate that it has there.

Nothing sleeps: what must not arrive is followed by a message that must.
"""

import contextlib
import itertools
import pathlib
import subprocess
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import amqp  # noqa: E402
import rabbit  # noqa: E402
from tap import run, skip_all, test  # noqa: E402

GATE = "acme/plant/gate-1"
OURS, OTHERS = "stile.v1.acme.plant", "stile.v1.acme.lab"  # two sites of one organisation
ELSEWHERE = "stile.v1.beta.plant"
UP = ("entry", "status", "birth", "health", "want", "res.desk-3")
DOWN = ("ack", "cmd.access", "cmd.lockopen", "cmd.lockdown", "cmd.release", "cmd.sync", "cmd.config", "registry.manifest",
        "registry.17")
MINE, MY_EXCHANGE = "stile.forward.acme.plant", "stile.up.acme.plant"
THEIRS, THEIR_EXCHANGE = "stile.forward.acme.lab", "stile.up.acme.lab"
BINDINGS = [f"{OURS}.*.{leaf}" for leaf in ("ack", "cmd.*", "registry.*")]


class Witness:
    """Hears what goes to amq.topic with one of these keys, and says what must be heard after what must not."""

    def __init__(self, node, *keys):
        self.channel = amqp.as_test(node, rabbit.TEST_USER).channel()
        self.channel.confirm_delivery()  # what it said is in its queues before another channel looks there
        self.queue = self.channel.queue_declare("", exclusive=True).method.queue
        for key in (*keys, "end"):
            self.channel.queue_bind(self.queue, "amq.topic", key)
        self.numbers = itertools.count()

    def say(self, key, payload):
        self.channel.basic_publish("amq.topic", key, payload)

    def heard(self):
        """[(key, payload)] since it was asked last."""
        last = b"end %d" % next(self.numbers)
        self.say("end", last)
        found = []
        while True:
            method, _, body = self.channel.basic_get(self.queue, auto_ack=True)
            if body == last:
                return found
            if method:
                found.append((method.routing_key, body))


def publishing(exchange, key, payload=b"x", **properties):
    return lambda channel: channel.basic_publish(exchange, key, payload, amqp.pika.BasicProperties(**properties))


def binding(queue, exchange, key):
    return lambda channel: channel.queue_bind(queue, exchange, key)


def make_mine(channel, **arguments):
    channel.queue_declare(MINE, auto_delete=True, arguments={"x-queue-type": "classic", **arguments})


def check(scene, allowed=(), refused=()):
    with contextlib.closing(amqp.connect(scene.node, scene.ca, "forwarder.acme.plant")) as connection:
        for what, act in dict(allowed).items():
            assert (code := amqp.refusal(connection, act)) == 0, f"{what}: {code}"
        for what, act in dict(refused).items():
            assert (code := amqp.refusal(connection, act)) == amqp.ACCESS_REFUSED, f"{what}: {code}"


@test("it says what its own site's gates say, and those who listen to the gates hear it")
def _(scene):
    check(scene, {leaf: publishing(MY_EXCHANGE, f"{OURS}.gate-1.{leaf}", leaf.encode()) for leaf in UP})
    assert scene.everything.heard() == [(f"{OURS}.gate-1.{leaf}", leaf.encode()) for leaf in UP]


@test("it says nothing of another site's, nothing that goes down, and nothing beside the leaves")
def _(scene):
    keys = [f"{root}.gate-1.{leaf}" for root in (OTHERS, ELSEWHERE) for leaf in UP + DOWN]
    keys += [f"{OURS}.gate-1.{leaf}" for leaf in DOWN + ("", "other", "entry.x", "res", "res.a.b", "cmd", "registry")]
    keys += ["", "#", "stile.v1", OURS, f"{OURS}.entry", f"{OURS}..entry", f"{OURS}.gate-1", f"{OURS}.a.gate-1.entry",
             f"x.{OURS}.gate-1.entry", "stile.v1.acme.plant-2.gate-1.entry", "stile.v1.acme.xplant.gate-1.entry",
             "stile.v2.acme.plant.gate-1.entry", "stileXv1.acme.plant.gate-1.entry", f"{OURS}.gate/1.entry", "stile-entries"]
    check(scene, refused={repr(key): publishing(MY_EXCHANGE, key) for key in keys},
          # The permission's $ stands before a last line feed, too; but its exchange sends that on to nobody.
          allowed={"line feed": publishing(MY_EXCHANGE, f"{OURS}.gate-1.entry\n")})
    assert scene.everything.heard() == []


@test("it writes to no exchange but its own, and into no queue")
def _(scene):
    key = f"{OURS}.gate-1.entry"
    exchanges = ("amq.topic", THEIR_EXCHANGE, "amq.direct", "amq.fanout", "amq.headers", "amq.match")
    check(scene, refused={exchange: publishing(exchange, key) for exchange in exchanges}
          | {f"queue {queue}": publishing("", queue) for queue in ("stile-entries", THEIRS, MINE)})
    assert scene.everything.heard() == []


@test("what it copies to further keys is refused (4.0) or comes under the name of its own gate (3.10)")
def _(scene):
    own, *others = (f"{OURS}.gate-1.entry", f"{OURS}.gate-1.cmd.access", f"{OURS}.gate-1.ack",
                    *(f"{OTHERS}.gate-1.{leaf}" for leaf in UP + DOWN))
    witness = Witness(scene.node, *others)
    with contextlib.closing(amqp.connect(scene.node, scene.ca, "forwarder.acme.plant")) as connection:
        codes = {amqp.refusal(connection, publishing(MY_EXCHANGE, own, headers={header: [key]}))
                 for header in ("CC", "BCC") for key in others}
    assert codes == ({amqp.ACCESS_REFUSED} if rabbit.is_four() else {0}), codes
    heard = witness.heard()
    assert heard == [(own, b"x")] * (0 if rabbit.is_four() else 2 * len(others)), heard
    scene.everything.heard()


@test("it reads what its own site's gates are told, from a queue of its own")
def _(scene):
    with contextlib.closing(amqp.connect(scene.node, scene.ca, "forwarder.acme.plant")) as connection:
        channel = connection.channel()
        make_mine(channel)
        for key in BINDINGS:
            channel.queue_bind(MINE, "amq.topic", key)
        for leaf in DOWN:
            for root in (OTHERS, ELSEWHERE, OURS):  # its own comes last, and first
                scene.everything.say(f"{root}.gate-1.{leaf}", leaf.encode())
        found = list(itertools.islice(channel.consume(MINE, auto_ack=True), len(DOWN)))
        assert [(method.routing_key, body) for method, _, body in found] == [
            (f"{OURS}.gate-1.{leaf}", leaf.encode()) for leaf in DOWN]
        channel.queue_delete(MINE)
    scene.everything.heard()


@test("it reads nothing else: not what gates say, not what another site's are told, not by a wider key")
def _(scene):
    keys = ["", "#", "*.#", "stile.#", "stile.v1.#", "stile.v1.acme.#", f"{OURS}.#", f"{OURS}.*.#", f"{OURS}.*.*",
            f"{OURS}.*.cmd.#", "stile.v1.*.*.*.ack", "stile.v1.acme.*.*.ack", "stile.v1.*.plant.*.cmd.*", "stile.v1.*.*.*.registry.*",
            *(f"{OURS}.*.{leaf}" for leaf in UP), f"{OURS}.gate-1.entry",
            *(f"{root}.*.{leaf}" for root in (OTHERS, ELSEWHERE) for leaf in (*UP, "ack", "cmd.*", "registry.*"))]
    check(scene, refused={repr(key): lambda channel, key=key: (make_mine(channel), channel.queue_bind(MINE, "amq.topic", key))
                          for key in keys}
          | {exchange: lambda channel, exchange=exchange: (make_mine(channel), channel.queue_bind(MINE, exchange, BINDINGS[0]))
             for exchange in (MY_EXCHANGE, THEIR_EXCHANGE, "amq.direct", "amq.fanout", "amq.headers")})
    check(scene, {"end the queue that this made": lambda channel: channel.queue_delete(MINE)})


@test("it makes no queue but its own, no exchange, and ends and empties nothing of others")
def _(scene):
    with contextlib.closing(amqp.as_test(scene.node, rabbit.TEST_USER)) as owner:
        owner.channel().queue_declare(THEIRS)
        refused = {"make a queue": lambda channel: channel.queue_declare("mine"),
                   "have one named": lambda channel: channel.queue_declare("", exclusive=True),
                   "make another forwarder's": lambda channel: channel.queue_declare("stile.forward.acme.office"),
                   "make a gate's subscription": lambda channel: channel.queue_declare(
                       "mqtt-subscription-stile-acme-plant-gate-1qos1", durable=True),
                   "make an exchange": lambda channel: channel.exchange_declare("mine"),
                   "make one of its queue's name that falls back on amq.topic": lambda channel: channel.exchange_declare(
                       MINE, arguments={"alternate-exchange": "amq.topic"}),
                   "bind amq.topic to itself": lambda channel: channel.exchange_bind("amq.topic", "amq.topic", BINDINGS[0]),
                   "send on more of its own": lambda channel: channel.exchange_bind("amq.topic", MY_EXCHANGE, "#"),
                   "send on less": lambda channel: channel.exchange_unbind("amq.topic", MY_EXCHANGE, f"{OURS}.*.entry"),
                   "unbind the entries": lambda channel: channel.queue_unbind("stile-entries", "amq.topic",
                                                                              "stile.v1.*.*.*.entry")}
        for exchange in ("amq.topic", MY_EXCHANGE, THEIR_EXCHANGE):
            refused[f"end {exchange}"] = lambda channel, exchange=exchange: channel.exchange_delete(exchange)
        for queue in ("stile-entries", THEIRS):
            refused |= {f"consume {queue}": lambda channel, queue=queue: channel.basic_consume(queue, print),
                        f"get from {queue}": lambda channel, queue=queue: channel.basic_get(queue),
                        f"empty {queue}": lambda channel, queue=queue: channel.queue_purge(queue),
                        f"end {queue}": lambda channel, queue=queue: channel.queue_delete(queue),
                        f"bind {queue}": binding(queue, "amq.topic", BINDINGS[0])}
        check(scene, refused=refused)
        owner.channel().queue_delete(THEIRS)


@test("its queue's dead letters go to no gate: neither another site's nor its own")
def _(scene):
    witness = Witness(scene.node, f"{OTHERS}.#", f"{OURS}.gate-2.#")
    dead = {"x-message-ttl": 0, "x-dead-letter-routing-key": f"{OTHERS}.gate-1.cmd.access"}
    check(scene, refused={exchange: lambda channel, exchange=exchange: make_mine(
        channel, **dead, **{"x-dead-letter-exchange": exchange}) for exchange in ("amq.topic", THEIR_EXCHANGE, "amq.fanout")})
    with contextlib.closing(amqp.connect(scene.node, scene.ca, "forwarder.acme.plant")) as connection:
        channel = connection.channel()
        for key in (f"{OTHERS}.gate-1.cmd.access", f"{OTHERS}.gate-1.entry", f"{OURS}.gate-2.cmd.access",
                    f"{OURS}.gate-2.entry"):  # the last may pass, and comes after what must not
            make_mine(channel, **dead | {"x-dead-letter-exchange": MY_EXCHANGE, "x-dead-letter-routing-key": key})
            channel.queue_bind(MINE, "amq.topic", BINDINGS[1])
            scene.everything.say(f"{OURS}.gate-1.cmd.access", key.encode())
            while channel.queue_declare(MINE, passive=True).method.message_count:
                pass
            channel.queue_delete(MINE)
    heard = []
    while not heard:
        heard = witness.heard()
    assert heard == [(f"{OURS}.gate-2.entry", f"{OURS}.gate-2.entry".encode())], heard
    scene.everything.heard()


@test("over MQTT its certificate says and hears nothing")
def _(scene):
    certificate, key = scene.ca.files("forwarder.acme.plant")
    reach = ["-V", "5" if rabbit.is_four() else "311", "-h", "localhost", "-p", str(scene.node.mqtts_port), "--cafile",
             scene.ca.certificate, "--cert", certificate, "--key", key, "-q", "1", "-t"]
    scene.everything.heard()
    for command in (["mosquitto_pub", *reach, "stile/v1/acme/plant/gate-1/entry", "-m", "x"],
                    ["mosquitto_sub", *reach, "stile/v1/acme/plant/gate-1/ack", "-C", "1", "-E"]):
        said = scene.node.log_text().count("refused for user 'forwarder.acme.plant'")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            try:
                rabbit.wait_until(lambda: scene.node.log_text().count("refused for user 'forwarder.acme.plant'") > said,
                                  "the refusal", 30)
            finally:
                process.kill()
    assert scene.everything.heard() == []


@test("it is in no other virtual host, and nobody without a certificate of this CA in its name is it")
def _(scene):
    name = "forwarder.acme.plant"
    foreign = rabbit.SiteCa(scene.path / "foreign")
    foreign.client(name)
    foreign_files = types.SimpleNamespace(certificate=scene.ca.certificate, files=foreign.files)
    assert amqp.is_shut_out(scene.node, scene.ca, name, virtual_host="/")
    assert amqp.is_shut_out(scene.node, foreign_files, name)
    for login in ((name, ""), (name, name)):
        assert amqp.is_shut_out(scene.node, scene.ca, GATE, login=login), login
    assert amqp.is_shut_out(scene.node, scene.ca, "forwarder.acme.attic")  # of this CA, not imported
    assert not amqp.is_shut_out(scene.node, scene.ca, name)


@contextlib.contextmanager
def scene():
    with rabbit.place() as path, contextlib.closing(
            rabbit.Cluster(path / "cluster", gates=[GATE, "acme/plant", "acme/lab"])) as cluster:
        cluster.ca.gate(GATE)
        for site in ("acme.plant", "acme.lab", "acme.attic"):
            cluster.ca.client(f"forwarder.{site}")
        node = cluster.nodes[0]
        yield types.SimpleNamespace(path=path, node=node, ca=cluster.ca, everything=Witness(node, "#"))


if __name__ == "__main__":
    sys.exit(run(scene()) if rabbit.is_installed() else skip_all("rabbitmq-server is not installed"))
