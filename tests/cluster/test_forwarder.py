"""A site's forwarder: two gates at mosquitto, stile-forwarder, one RabbitMQ node, stile-collector over AMQP.

All of them with certificates: the site's by the site's CA, the centre's by the centre's, both made with stilectl, and with
the rights that `stilectl broker config` and definitions.sh give them. Whatever dies, the archive equals the journals. And
gates that speak MQTT 3.1.1 with the node itself.
"""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rabbit  # noqa: E402
from site_ca import SiteCa  # noqa: E402
from stile import BUILD, Archive, Broker, Gate, stop_process, wait_until  # noqa: E402
from tap import run, skip_all, test  # noqa: E402

FORWARDER, ANOTHERS = "forwarder.acme.plant", "forwarder.acme.lab"
WATCHER = "dashboard-watcher"
LOGIN = ("anonymous_login_user", "anonymous_login_pass") if rabbit.is_four() else ("mqtt.default_user", "mqtt.default_pass")
ANONYMOUS = {"mqtt.allow_anonymous": "true", **dict.fromkeys(LOGIN, rabbit.TEST_USER)}


def press_exit(box, times=1):
    for _ in range(times):
        box.drive("exit.button-line", True)
        box.drive("exit.button-line", False)


def name_of(box):
    return f"acme/plant/{box.options['gate.id']}"


def root_of(box):
    return f"stile/v1/{name_of(box)}"


def journal_of(box):
    return {(name_of(box), row["epoch"].replace("-", ""), row["seq"]): row["event"] for row in box.events()}


def wait_equal(boxes, archive, timeout=150):
    def is_equal():
        return archive.rows() == {key: event for box in boxes for key, event in journal_of(box).items()}
    wait_until(is_equal, "the archive to equal the journals", timeout)
    wait_until(lambda: all(box.status()["journal"]["outbox"] == 0 for box in boxes), "the watermarks", timeout)
    assert archive.query("SELECT count(*) FROM loss") == [(0,)]


def command(leaf_nonce=None, **data):
    return json.dumps({
        "specversion": "1.0", "id": os.urandom(8).hex(), "source": "/test", "type": "stile.command.v1",
        "datacontenttype": "application/json",
        "data": {"actor": "manager", "reason": "test", "nonce": leaf_nonce or os.urandom(8).hex(),
                 "not_after": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 50)), **data}})


def erlang(text):
    return '<<"' + text.replace("\\", "\\\\").replace('"', '\\"') + '">>'


def say_above(node, topic, payload, **properties):
    """As an AMQP client at the centre would."""
    items = ",".join(["{delivery_mode,2}"] + [f"{{{key},{erlang(value)}}}" for key, value in properties.items()])
    node.run("rabbitmqctl", "eval",
             f'rabbit_basic:publish(rabbit_misc:r(<<"stile">>,exchange,<<"amq.topic">>),{erlang(topic.replace("/", "."))},'
             f"[{items}],{erlang(payload)}).")


class SiteBroker(Broker):
    """The site's mosquitto, as `stilectl broker config` writes it. WATCHER, a client of the test's, hears everything."""

    def __init__(self, path, gates):
        super().__init__(path)
        self.ca = SiteCa(path / "site-ca")
        self.ca.server("127.0.0.1")
        for name in gates:
            self.ca.gate(name)
        for name in (FORWARDER, WATCHER):
            self.ca.client(name)
        (path / "db").mkdir()
        text = self.ca.broker_config_at(path / "mosquitto", self.port)
        with (path / "mosquitto" / "acl").open("a") as acl:
            acl.write(f"user {WATCHER}\ntopic read #\n")
        user = "user root\n" if os.geteuid() == 0 else ""
        self.config.write_text(f"{user}persistence_location {path}/db/\n{text}")

    def watch(self, *options):
        certificate, key = self.ca.files(WATCHER)
        return ["mosquitto_sub", "-V", "5", "-h", "127.0.0.1", "-p", str(self.port), "--cafile", self.ca.certificate,
                "--cert", certificate, "--key", key, "-q", "1", *options]

    def uplink_options(self, gate):
        certificate, key = self.ca.files(gate)
        return {"uplink.tls": "yes", "uplink.ca-file": self.ca.certificate, "uplink.certificate-file": certificate,
                "uplink.private-key-file": key}


def link_of(ca, name, trusting=None):
    """The lines of a section that say who we are, and who is trusted."""
    certificate, key = ca.files(name)
    return (f"ca-file = {(trusting or ca).certificate}\ncertificate-file = {certificate}\nprivate-key-file = {key}\n"
            "reconnect-max-s = 1\n")


class Forwarder:
    def __init__(self, path, broker, node):
        self.log, self.config, self.process = path / "forwarder.log", path / "forwarder.conf", None
        self.broker, self.node = broker, node
        self.site, self.centre = link_of(broker.ca, FORWARDER), link_of(node.cluster.ca, FORWARDER)

    def write_config(self, site=None, centre=None):
        self.config.write_text("[forwarder]\norg = acme\nsite = plant\n"
                               f"[site]\nhost = 127.0.0.1\nport = {self.broker.port}\n{site or self.site}"
                               f"[centre]\nhosts = localhost:{self.node.amqps_port}\n{centre or self.centre}")

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def start(self, until="site's broker connected", **links):
        self.write_config(**links)
        begin = len(self.text())
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([BUILD / "stile-forwarder", "--config", self.config], stdout=log, stderr=log)
        wait_until(lambda: until in self.text()[begin:], f"the forwarder to say: {until}", 30)
        return self.text()[begin:]

    def kill(self):
        self.process.kill()
        self.process.wait()


def make_gate(path, broker, number, **options):
    place = path / f"gate-{number}"
    place.mkdir()
    tls = broker.uplink_options(f"acme/plant/gate-{number}") if isinstance(broker, SiteBroker) else {}
    return Gate(place, broker, options={"gate.id": f"gate-{number}", **tls, **options})


@contextlib.contextmanager
def scene(with_forwarder=True, count=2, **options):
    """Gates, a broker for them, what is between, and the archive above."""
    with rabbit.place() as path, contextlib.ExitStack() as ends:
        cluster = rabbit.Cluster(path / "cluster", settings=ANONYMOUS, gates=["acme/plant", "acme/lab"])
        for name in (FORWARDER, ANOTHERS):
            cluster.ca.client(name)
        ends.callback(cluster.close)
        node = cluster.nodes[0]
        archive = Archive(path, node, cluster.collector_options())
        ends.callback(archive.stop)
        broker, forwarder = node, None
        if with_forwarder:
            broker = SiteBroker(path, [f"acme/plant/gate-{number + 1}" for number in range(count)]).start()
            ends.callback(broker.stop)
            forwarder = Forwarder(path, broker, node)
            ends.callback(lambda: stop_process(forwarder.process))
        boxes = [make_gate(path, broker, number + 1, **options) for number in range(count)]
        for box in boxes:
            ends.callback(box.close)
        try:
            archive.start()
            if forwarder:
                forwarder.start()
            for box in boxes:
                box.start(uplink=True)
            yield node, broker, forwarder, boxes, archive
        except Exception:
            for text in [archive.log_text(), forwarder.text() if forwarder else ""] + [box.log_text() for box in boxes]:
                print("# " + "\n# ".join(text.splitlines()[-25:]))
            raise


@test("what two gates write is in the archive, whatever of forwarder, site's broker and node is killed")
def _():
    with scene() as (node, broker, forwarder, boxes, archive):
        for box in boxes:
            press_exit(box, 5)
        wait_equal(boxes, archive)
        for victim in ("forwarder", "broker", "node"):
            for box in boxes:
                press_exit(box, 10)
            begun = time.monotonic()
            if victim == "forwarder":
                forwarder.kill()
            elif victim == "broker":
                broker.process.kill()
                broker.process.wait()
            else:
                node.kill()
            for box in boxes:
                press_exit(box, 10)
            if victim == "forwarder":
                forwarder.start()
            elif victim == "broker":
                broker.start()
            else:
                node.start().wait()
            wait_equal(boxes, archive)
            print(f"# {victim}: equal again after {time.monotonic() - begun:.1f} s")


@test("while the centre is away gates hear that nobody listens, and hold what they have")
def _():
    with scene(count=1) as (node, _broker, forwarder, boxes, archive):
        box = boxes[0]
        wait_equal(boxes, archive)
        # In an orderly way: killed so soon after it was made, 3.10's quorum queue stays without a leader.
        node.run("rabbitmqctl", "stop")
        node.process.wait(60)
        wait_until(lambda: "left the site's broker" in forwarder.text(), "the forwarder to leave", 30)
        press_exit(box, 5)
        wait_until(lambda: "nobody subscribes to the entries" in box.log_text(), "the gate to hear it", 20)
        node.start().wait()
        wait_equal(boxes, archive)
        assert "somebody subscribes to the entries" in box.log_text()


@test("a command from above opens a lane, and its answer carries what it came with")
def _():
    with scene(count=1) as (node, broker, _forwarder, boxes, archive):
        box = boxes[0]
        wait_equal(boxes, archive)
        below = subprocess.Popen(
            broker.watch("-t", f"{root_of(box)}/#", "-F", "%r %t %R %D %E %p"), stdout=subprocess.PIPE, text=True)
        above = subprocess.Popen(
            ["mosquitto_sub", "-V", "311", "-h", "127.0.0.1", "-p", str(node.mqtt_port), "-q", "1", "-t",
             f"{root_of(box)}/res/+", "-C", "1", "-W", "30"], stdout=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: ".res.*" in node.run("rabbitmqctl", "list_bindings", "-p", "stile", "routing_key", "--silent"),
                       "the subscription above")
            say_above(node, f"{root_of(box)}/cmd/access", command(access_point="entry"),
                      reply_to=f"{root_of(box)}/res/desk-3", correlation_id="42")
            box.wait_event("AccessDoor", access_point="entry", timeout=20)
            outcome = json.loads(above.communicate(timeout=30)[0])
            assert outcome["data"]["outcome"] == "done", outcome
            for line in below.stdout:
                if "/cmd/access" in line:
                    assert f" {root_of(box)}/res/desk-3 42 " in line, line
                if "/res/desk-3 " in line and "/cmd/" not in line:
                    assert " 42 " in line, line
                    break
            wait_equal(boxes, archive)
        finally:
            stop_process(below)
            stop_process(above)


@test("messages of another site pass neither way, and a manifest from above stays at the site's broker")
def _():
    with scene(count=1) as (node, broker, forwarder, boxes, archive):
        wait_equal(boxes, archive)
        say_above(node, "stile/v1/acme/other/gate-1/cmd/access", command(access_point="entry"))
        say_above(node, f"{root_of(boxes[0])}/registry/manifest", "m")
        wait_until(lambda: retained(broker, f"{root_of(boxes[0])}/registry/manifest") == "m", "the manifest", 20)
        forwarder.process.terminate()
        assert forwarder.process.wait(5) == 0
        assert "foreign=0" in forwarder.text() and retained(broker, "stile/v1/acme/other/#") == ""


def retained(broker, topic):
    return subprocess.run(broker.watch("-t", topic, "-C", "1", "-W", "1", "-N"), capture_output=True, text=True).stdout


@test("neither link comes up with a certificate that is not for it, nor to a broker that is not its own")
def _():
    with scene(count=1) as (node, broker, forwarder, boxes, archive):
        wait_equal(boxes, archive)
        site, centre = broker.ca, node.cluster.ca
        foreign = SiteCa(forwarder.config.parent / "foreign")
        foreign.client(FORWARDER)
        stop_process(forwarder.process)
        press_exit(boxes[0], 5)
        for what, complaint, links in (
                ("the centre's certificate at the site", "site's broker not connected",
                 {"site": link_of(centre, FORWARDER, site)}),
                ("the site's broker, when the centre's CA is trusted", "site's broker not connected",
                 {"site": link_of(site, FORWARDER, centre)}),
                ("another CA's at the centre", "centre not connected", {"centre": link_of(foreign, FORWARDER, centre)}),
                ("the centre, when another CA is trusted", "centre not connected", {"centre": link_of(centre, FORWARDER, foreign)}),
                ("another site's at the centre", "ACCESS_REFUSED", {"centre": link_of(centre, ANOTHERS)}),
                ("a collector's at the centre", "ACCESS_REFUSED", {"centre": link_of(centre, "dashboard")})):
            said = forwarder.start(complaint, **links)
            forwarder.kill()
            assert "site's broker connected" not in said, what
            print(f"# {what}: {next(line for line in said.splitlines() if 'not connected' in line)}")
        assert boxes[0].status()["journal"]["outbox"] > 0
        forwarder.start()
        wait_equal(boxes, archive)


@test("in MQTT 3.1.1 a gate does its work at RabbitMQ itself: entries, birth at each connection, ack and commands")
def _():
    with scene(with_forwarder=False, count=1, **{"uplink.mqtt": "3.1.1"}) as (node, _broker, _forwarder, boxes, archive):
        box = boxes[0]
        press_exit(box, 5)
        wait_equal(boxes, archive)
        births = subprocess.Popen(
            ["mosquitto_sub", "-V", "311", "-h", "127.0.0.1", "-p", str(node.mqtt_port), "-q", "1", "-t",
             f"{root_of(box)}/birth", "-C", "2", "-W", "60"], stdout=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: node.run("rabbitmqctl", "list_bindings", "-p", "stile", "routing_key",
                                        "--silent").count("gate-1.birth"), "the subscription")
            for _ in range(2):
                box.uplink.kill()
                box.uplink.wait()
                box.start_uplink()
                wait_until(lambda: box.status()["broker"]["state"] == "connected", "the connection", 20)
                press_exit(box, 2)
                wait_equal(boxes, archive)
            lines = births.communicate(timeout=60)[0].splitlines()
            assert [json.loads(line)["data"]["state"] for line in lines] == ["online", "online"], lines
        finally:
            stop_process(births)
        subprocess.run(["mosquitto_pub", "-V", "311", "-h", "127.0.0.1", "-p", str(node.mqtt_port), "-q", "1", "-t",
                        f"{root_of(box)}/cmd/access", "-m", command(access_point="entry")], check=True)
        box.wait_event("AccessDoor", access_point="entry", timeout=20)
        wait_equal(boxes, archive)
        # Refused: no reason comes, the connection ends. Nothing is lost by it.
        node.run("rabbitmqctl", "set_topic_permissions", "-p", "stile", rabbit.TEST_USER, "amq.topic", "^nothing$", ".*")
        press_exit(box, 2)
        wait_until(lambda: "closed by the broker instead of an answer" in box.log_text(), "the refusal", 30)
        node.run("rabbitmqctl", "clear_topic_permissions", "-p", "stile", rabbit.TEST_USER)
        wait_equal(boxes, archive)


if __name__ == "__main__":
    sys.exit(run() if rabbit.is_installed() else skip_all("no RabbitMQ"))
