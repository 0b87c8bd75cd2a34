"""What config/rabbitmq/definitions.sh lets a gate do, leaf by leaf, at a real RabbitMQ: over MQTT, and over AMQP, which
its certificate opens as well.

Nothing sleeps: what must not arrive is followed by a message that must.
"""

import contextlib
import pathlib
import ssl
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import amqp  # noqa: E402
import rabbit  # noqa: E402
from mqtt import Client  # noqa: E402
from site_ca import SiteCa  # noqa: E402
from tap import run, skip_all, test  # noqa: E402

VERSION = rabbit.mqtt_version()
GATE, OTHER, ELSEWHERE, STRANGER = "acme/hq/gate-1", "acme/hq/gate-2", "acme/lab/gate-1", "acme/hq/gate-9"
OURS, OTHERS, ELSEWHERES = (f"stile/v1/{name}" for name in (GATE, OTHER, ELSEWHERE))
UP = ("entry", "status", "birth", "health", "want", "res/dashboard")
DOWN = ("ack", "cmd/access", "cmd/lockopen", "cmd/lockdown", "cmd/release", "cmd/sync", "cmd/config",
        "registry/manifest", "registry/17")
QUEUE = "stile-entries"


def id_of(name):
    return "stile-" + name.replace("/", "-")


def subscription_of(name):
    return f"mqtt-subscription-{id_of(name)}qos1"


def key(topic):
    return topic.replace("/", ".")


class Witness:
    """Hears everything, and says what must be heard after what must not."""

    def __init__(self, node):
        self.connection = amqp.as_test(node, rabbit.TEST_USER)
        self.channel = self.connection.channel()
        self.queue = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.queue_bind(self.queue, "amq.topic", "#")
        self.number = 0

    def say(self, topic, payload):
        self.channel.basic_publish("amq.topic", key(topic), payload.encode())

    def heard(self):
        """[(topic, payload)] since it was asked last."""
        self.number += 1
        last = f"end {self.number}"
        self.say("stile/end", last)
        found = []
        while True:
            method, _, body = self.channel.basic_get(self.queue, auto_ack=True)
            if method and body.decode() == last:
                return found
            if method:
                found.append((method.routing_key.replace(".", "/"), body.decode()))


def client(scene, name, client_id=None, ca=None, **options):
    context = ssl.create_default_context(cafile=scene.ca.certificate)
    if name:
        context.load_cert_chain(*(ca or scene.ca).files(name))
    return contextlib.closing(Client("127.0.0.1", scene.node.mqtts_port, client_id or id_of(name or GATE), version=VERSION,
                                     context=context, **options))


def is_taken(scene, name, topic, payload="x", **options):
    """A refusal is a reason in the answer (MQTT 5), or the connection's end (3.1.1)."""
    with client(scene, name, **options) as gate:
        try:
            return gate.publish_for(topic, payload.encode()) < 128
        except OSError:
            return False


def is_granted(scene, name, topic, **options):
    with client(scene, name, **options) as gate:
        try:
            return gate.subscribe_for(topic) < 128
        except OSError:
            return False


def is_shut_out(scene, name, **options):
    with contextlib.suppress(OSError), client(scene, name, **options):
        return False
    return True


def check_refused(scene, name, topics):
    scene.witness.heard()
    for topic in topics:
        assert not is_taken(scene, name, topic), topic
    assert scene.witness.heard() == []


@test("a gate writes its own leaves")
def _(scene):
    for leaf in UP:
        assert is_taken(scene, GATE, f"{OURS}/{leaf}", leaf), leaf
        assert scene.witness.heard() == [(f"{OURS}/{leaf}", leaf)]


@test("it writes none of another gate's, nor of one with its name at another site")
def _(scene):
    check_refused(scene, GATE, [f"{root}/{leaf}" for root in (OTHERS, ELSEWHERES) for leaf in UP])
    check_refused(scene, ELSEWHERE, [f"{OURS}/{leaf}" for leaf in UP])


@test("it cannot command itself, acknowledge itself or write its registry, nor others'")
def _(scene):
    check_refused(scene, GATE, [f"{root}/{leaf}" for root in (OURS, OTHERS) for leaf in DOWN])


@test("it writes nothing beside its leaves")
def _(scene):
    check_refused(scene, GATE, [
        OURS, f"{OURS}/entry/x", f"{OURS}/res", f"{OURS}/res/a/b", f"{OURS}/other", f"{OURS}/want/x", "stile/v1/entry",
        "stile/v2/acme/hq/gate-1/entry", f"x/{OURS}/entry", "homeassistant/status",
        "stile.v1/acme/hq/gate-2/entry", "stile/v1/acme/hq/gate-2.entry", "stile/v1/acme/hq/gate-10/entry", "stile/v1/acme/hq/gate-1x/entry", f"$share/a/{OURS}/entry", "$SYS/x", QUEUE])


@test("it reads its acknowledgements, commands and registry")
def _(scene):
    for number, leaf in enumerate(DOWN):
        with client(scene, GATE) as gate:
            for topic in ("ack", "cmd/+", "registry/+"):
                assert gate.subscribe_for(f"{OURS}/{topic}") < 128, topic
            for root in (OTHERS, ELSEWHERES, OURS):  # its own comes last, and first
                scene.dashboard.basic_publish("amq.topic", key(f"{root}/{leaf}"), f"m{number}".encode())
            assert gate.receive()[:2] == (f"{OURS}/{leaf}", f"m{number}".encode())


@test("each of them is granted by itself, and no other filter is")
def _(scene):
    for leaf in (*DOWN, "cmd/+", "registry/+", "registry/#"):
        assert is_granted(scene, GATE, f"{OURS}/{leaf}"), leaf
    wide = ("#", "+/#", "stile/#", "stile/v1/#", "stile/v1/acme/hq/#", "stile/v1/+/+/+/ack", "stile/v1/+/+/+/cmd/+",
            "stile/v1/acme/hq/+/ack", f"{OURS}/#", f"{OURS}/+", "$SYS/#", f"$share/thieves/{OURS}/entry",
            "$share/thieves/stile/v1/#", f"$share/thieves/{OTHERS}/cmd/+")
    others = [f"{root}/{leaf}" for root in (OTHERS, ELSEWHERES) for leaf in (*UP, *DOWN, "cmd/+", "registry/#", "#")]
    for topic in (*wide, *others, *(f"{OURS}/{leaf}" for leaf in UP)):
        assert not is_granted(scene, GATE, topic), topic


@test("its last will speaks for itself only")
def _(scene):
    scene.witness.heard()
    for root in (OTHERS, OURS):
        with contextlib.suppress(OSError), client(scene, GATE, will=(f"{root}/status", f"will {root}")):
            pass  # the connection ends without a goodbye
    heard = []
    while not heard:
        heard = scene.witness.heard()
    assert heard == [(f"{OURS}/status", f"will {OURS}")], heard


@test("under another's client id it still is itself")
def _(scene):
    stolen = {"client_id": id_of(OTHER)}
    scene.witness.heard()
    assert not is_taken(scene, GATE, f"{OTHERS}/entry", **stolen)
    assert scene.witness.heard() == []
    for topic in (f"{OTHERS}/ack", f"{OTHERS}/cmd/+", f"{OURS}/ack"):
        assert not is_granted(scene, GATE, topic, **stolen), topic


@test("a name and a password beside the certificate open nothing")
def _(scene):
    for name in (OTHER, "dashboard", "stile:dashboard", "/:dashboard"):
        for password in ("", "x", name):
            if not is_shut_out(scene, GATE, login=(name, password)):  # taken for whom the certificate names
                assert not is_taken(scene, GATE, f"{OTHERS}/ack", login=(name, password)), (name, password)
                assert not is_taken(scene, GATE, f"{OTHERS}/entry", login=(name, password)), (name, password)
            assert amqp.is_shut_out(scene.node, scene.ca, GATE, login=(name, password)), (name, password)


@test("without a certificate, with another CA's, and with a name that was not imported nobody connects")
def _(scene):
    foreign = SiteCa(scene.path / "foreign")
    foreign.gate(GATE)
    for name, ca in ((None, None), (GATE, foreign), (STRANGER, None)):
        assert is_shut_out(scene, name, ca=ca), name
    assert amqp.is_shut_out(scene.node, scene.ca, None) and amqp.is_shut_out(scene.node, scene.ca, STRANGER)
    assert not is_shut_out(scene, GATE)


def check_amqp(scene, name, allowed, refused):
    with contextlib.closing(amqp.connect(scene.node, scene.ca, name)) as connection:
        for what, act in allowed.items():
            assert (code := amqp.refusal(connection, act)) == 0, f"{what}: {code}"
        for what, act in refused.items():
            assert (code := amqp.refusal(connection, act)) == amqp.ACCESS_REFUSED, f"{what}: {code}"


def publishing(exchange, routing_key, **properties):
    return lambda channel: channel.basic_publish(exchange, routing_key, b"x", amqp.pika.BasicProperties(**properties))


@test("over AMQP it writes its own leaves to amq.topic, and to nothing else")
def _(scene):
    scene.witness.heard()
    others = [f"{OTHERS}/{leaf}" for leaf in (*UP, *DOWN)] + [f"{OURS}/{leaf}" for leaf in DOWN] + [OURS, "#"]
    check_amqp(scene, GATE, {leaf: publishing("amq.topic", key(f"{OURS}/{leaf}")) for leaf in UP},
               {topic: publishing("amq.topic", key(topic)) for topic in others}
               | {exchange: publishing(exchange, key(f"{OURS}/entry"))
                  for exchange in ("amq.direct", "amq.fanout", "amq.headers", "amq.match")}
               | {f"to the queue {queue}": publishing("", queue) for queue in (QUEUE, subscription_of(OTHER))})
    assert [topic for topic, _ in scene.witness.heard()] == [f"{OURS}/{leaf}" for leaf in UP]


@test("over AMQP it reads no queue but its own subscription, makes none, and ends none")
def _(scene):
    mine, others = subscription_of(GATE), subscription_of(OTHER)
    with client(scene, OTHER) as other:
        assert other.subscribe_for(f"{OTHERS}/cmd/+") < 128
        # What it makes stands beside what 3.10's MQTT makes; 4.0's is exclusive to the connection.
        refused = {"make a queue": lambda channel: channel.queue_declare("mine"),
                   "have one named": lambda channel: channel.queue_declare(""),
                   "make another's": lambda channel: channel.queue_declare(subscription_of(ELSEWHERE)),
                   "make an exchange": lambda channel: channel.exchange_declare("mine"),
                   "end amq.topic": lambda channel: channel.exchange_delete("amq.topic"),
                   "bind exchanges": lambda channel: channel.exchange_bind("amq.direct", "amq.topic", "#"),
                   "bind amq.topic": lambda channel: channel.exchange_bind("amq.topic", "amq.topic", "#"),
                   "bind from afar": lambda channel: channel.exchange_bind("amq.topic", "amq.fanout", "#"),
                   "unbind the entries": lambda channel: channel.queue_unbind(QUEUE, "amq.topic", "stile.v1.*.*.*.entry")}
        for queue in (QUEUE, others):
            refused |= {f"consume {queue}": lambda channel, queue=queue: channel.basic_consume(queue, print),
                        f"get from {queue}": lambda channel, queue=queue: channel.basic_get(queue),
                        f"purge {queue}": lambda channel, queue=queue: channel.queue_purge(queue),
                        f"delete {queue}": lambda channel, queue=queue: channel.queue_delete(queue),
                        f"bind {queue}": lambda channel, queue=queue: channel.queue_bind(queue, "amq.topic",
                                                                                         key(f"{OURS}/ack"))}
        for topic in ("#", "stile.v1.#", key(f"{OTHERS}/ack"), key(f"{OTHERS}/cmd/") + "*", key(f"{OURS}/entry"),
                      key(f"{OURS}/") + "#"):
            refused[f"bind its own to {topic}"] = lambda channel, topic=topic: (
                channel.queue_declare(mine, durable=True), channel.queue_bind(mine, "amq.topic", topic))
        check_amqp(scene, GATE, {"make its own": lambda channel: channel.queue_declare(mine, durable=True),
                                 "bind it": lambda channel: channel.queue_bind(mine, "amq.topic", key(f"{OURS}/ack")),
                                 "read it": lambda channel: channel.basic_get(mine)}, refused)
        check_amqp(scene, GATE, {"end it": lambda channel: channel.queue_delete(mine)}, {})
        scene.dashboard.basic_publish("amq.topic", key(f"{OTHERS}/cmd/sync"), b"still there")
        assert other.receive()[1] == b"still there"


@test("over AMQP what it copies to another's topic is refused (4.0) or comes under its own name (3.10)")
def _(scene):
    with client(scene, OTHER) as other, contextlib.closing(amqp.connect(scene.node, scene.ca, GATE)) as connection:
        for leaf in ("ack", "cmd/access"):
            assert other.subscribe_for(f"{OTHERS}/{leaf}") < 128
            code = amqp.refusal(connection, publishing("amq.topic", key(f"{OURS}/entry"),
                                                       headers={"CC": [key(f"{OTHERS}/{leaf}")]}))
            assert code == (amqp.ACCESS_REFUSED if rabbit.is_four() else 0), code
            scene.dashboard.basic_publish("amq.topic", key(f"{OTHERS}/{leaf}"), b"end")
            heard = [other.receive()[:2]]
            while heard[-1][1] != b"end":
                heard.append(other.receive()[:2])
            assert heard[:-1] == ([] if rabbit.is_four() else [(f"{OURS}/entry", b"x")]), heard


@test("over AMQP it is in no other virtual host")
def _(scene):
    assert amqp.is_shut_out(scene.node, scene.ca, GATE, virtual_host="/")
    assert not amqp.is_shut_out(scene.node, scene.ca, GATE)


@test("the dashboard's certificate reads the entries and writes what goes down, and neither speaks for a gate nor ends a queue")
def _(scene):
    assert is_taken(scene, GATE, f"{OURS}/entry", "for the archive")
    refused = {leaf: publishing("amq.topic", key(f"{OURS}/{leaf}")) for leaf in (*UP, "cmd", "cmd/a/b", "other")}
    refused |= {"ack of none": publishing("amq.topic", "stile.v1.ack"),
                "to the queue of a gate": publishing("", subscription_of(OTHER)),
                "make a queue": lambda channel: channel.queue_declare("mine"),
                "end amq.topic": lambda channel: channel.exchange_delete("amq.topic"),
                "bind the queue to what goes down": lambda channel: channel.queue_bind(QUEUE, "amq.topic",
                                                                                       "stile.v1.*.*.*.ack")}
    check_amqp(scene, "dashboard", {"read": lambda channel: channel.basic_get(QUEUE)}
               | {leaf: publishing("amq.topic", key(f"{OURS}/{leaf}")) for leaf in DOWN}, refused)


@test("a gate whose user is deleted and whose connections are closed is out, and the others go on")
def _(scene):
    with client(scene, OTHER) as stolen, client(scene, GATE) as gate:
        assert stolen.subscribe_for(f"{OTHERS}/cmd/+") < 128 and gate.subscribe_for(f"{OURS}/ack") < 128
        scene.node.run("rabbitmqctl", "delete_user", OTHER)
        scene.node.run("rabbitmqctl", "close_all_user_connections", OTHER, "stolen")
        try:
            stolen.receive()
        except OSError:
            pass
        else:
            raise AssertionError("it is still connected")
        assert is_shut_out(scene, OTHER)
        scene.dashboard.basic_publish("amq.topic", key(f"{OURS}/ack"), b"on")
        assert gate.receive()[1] == b"on"


@contextlib.contextmanager
def scene():
    with rabbit.place() as path, contextlib.closing(rabbit.Cluster(path / "cluster", gates=[GATE, OTHER, ELSEWHERE])) as cluster:
        for name in (GATE, OTHER, ELSEWHERE, STRANGER):
            cluster.ca.gate(name)
        node = cluster.nodes[0]
        dashboard = amqp.connect(node, cluster.ca, "dashboard")
        yield types.SimpleNamespace(path=path, node=node, ca=cluster.ca, witness=Witness(node), dashboard=dashboard.channel())


if __name__ == "__main__":
    sys.exit(run(scene()) if rabbit.is_installed() else skip_all("rabbitmq-server is not installed"))
