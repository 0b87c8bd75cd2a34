"""Private RabbitMQ nodes on loopback, as config/rabbitmq says: this Debian's, or, where STILE_RABBIT_ROOT names a folder
with Debian 13, 4.0.
"""

import base64
import contextlib
import hashlib
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess

from site_ca import SiteCa
from stile import SLOW, folder, free_port, stop_process, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config" / "rabbitmq"
PROGRAMS = "/usr/lib/rabbitmq/bin"
TEST_USER = "test"  # may do everything in the virtual host, with its name as password: on the listeners without TLS


# Where the nodes' programs are: this machine, or the folder that tests/trixie/rabbit.sh makes.
MACHINE = pathlib.Path(os.environ.get("STILE_RABBIT_ROOT", "/"))


def is_installed():
    return (MACHINE / PROGRAMS.lstrip("/") / "rabbitmq-server").exists()


def is_four():
    return any((MACHINE / "usr/lib/rabbitmq/lib").glob("rabbitmq_server-4*"))


def mqtt_version():
    return 5 if is_four() else 4


def place():
    """A folder that the nodes see, too."""
    return folder(MACHINE / "var/tmp")


def password_hash(password):
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


class Node:
    """One broker process with a folder of its own. Ports stay the same when it is killed and started."""

    def __init__(self, cluster, number):
        self.cluster, self.number = cluster, number
        self.name = f"stile{number}@localhost"
        self.amqp_port, self.mqtt_port, self.distribution_port = free_port(), free_port(), free_port()
        self.amqps_port, self.mqtts_port = free_port(), free_port()
        self.port = self.mqtt_port  # where a test that knows only of MQTT goes
        self.folder = cluster.folder / f"node-{number}"
        self.folder.mkdir(mode=0o700)
        self.process = None

    def configure(self):
        """The shipped files, with this node's ports and paths, and listeners without TLS besides."""
        options = {}
        for name in ["10-stile.conf"] + (["20-stile-4.conf"] if is_four() else []):
            for line in (CONFIG / name).read_text().splitlines():
                if line and not line.startswith("#"):
                    key, value = line.split(" = ", 1)
                    options[key] = value
        for key in ("listeners.tcp", "listeners.ssl.default", "mqtt.listeners.tcp", "mqtt.listeners.ssl.default"):
            del options[key]
        options |= {
            "listeners.tcp.1": f"127.0.0.1:{self.amqp_port}", "listeners.ssl.1": f"127.0.0.1:{self.amqps_port}",
            "mqtt.listeners.tcp.1": f"127.0.0.1:{self.mqtt_port}", "mqtt.listeners.ssl.1": f"127.0.0.1:{self.mqtts_port}",
            "auth_mechanisms.2": "PLAIN", "log.console": "false", "disk_free_limit.absolute": "50MB"}
        for key in ("cacertfile", "certfile", "keyfile"):
            name = pathlib.Path(options[f"ssl_options.{key}"]).name
            options[f"ssl_options.{key}"] = self.cluster.inside(self.cluster.certificates / name)
        nodes = [f"cluster_formation.classic_config.nodes.{number + 1}" for number in range(3)]
        assert all(key in options for key in nodes)
        for key, node in zip(nodes, self.cluster.nodes):
            options[key] = node.name
        for key in nodes[len(self.cluster.nodes):]:
            del options[key]
        options |= self.cluster.settings
        (self.folder / "rabbitmq.conf").write_text("".join(f"{key} = {value}\n" for key, value in options.items()))
        shutil.copy(CONFIG / "enabled_plugins", self.folder)

    def environment(self):
        inside = self.cluster.inside(self.folder)
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": self.cluster.inside(self.cluster.folder),
                "ERL_EPMD_PORT": str(self.cluster.epmd_port), "ERL_EPMD_ADDRESS": "127.0.0.1",
                "RABBITMQ_NODENAME": self.name, "RABBITMQ_DIST_PORT": str(self.distribution_port),
                "RABBITMQ_MNESIA_BASE": f"{inside}/data", "RABBITMQ_LOG_BASE": f"{inside}/log",
                "RABBITMQ_ENABLED_PLUGINS_FILE": f"{inside}/enabled_plugins",
                "RABBITMQ_CONFIG_FILE": f"{inside}/rabbitmq.conf", "RABBITMQ_CONF_ENV_FILE": f"{inside}/none",
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"}

    def run(self, program, *arguments):
        return subprocess.run(self.cluster.command(f"{PROGRAMS}/{program}", *arguments), env=self.environment(),
                              capture_output=True, text=True, check=True, timeout=120 * SLOW).stdout

    def start(self):
        self.process = subprocess.Popen(self.cluster.command(f"{PROGRAMS}/rabbitmq-server"), env=self.environment(),
                                        stdout=(self.folder / "out").open("a"), stderr=subprocess.STDOUT,
                                        start_new_session=True)
        return self

    def wait(self):
        def listens():
            assert self.process.poll() is None, f"{self.name} ended:\n{self.log_text()[-3000:]}"
            return all(map(self._answers, (self.mqtt_port, self.amqp_port, self.mqtts_port, self.amqps_port)))
        wait_until(listens, f"{self.name} to listen", 120)
        return self

    @staticmethod
    def _answers(port):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    def log_text(self):
        files = [self.folder / "out", *(self.folder / "log").glob("*.log")]
        return "\n".join(path.read_text(errors="replace") for path in files)

    def kill(self):
        """As a power cut ends it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def evaluate(self, expression):
        """What the node makes of an Erlang expression, as text. As rabbitmqctl eval, without its seconds to start."""
        return subprocess.run(self.cluster.command("/usr/bin/erl_call", "-sname", self.name, "-c", self.cluster.cookie, "-e"),
                              env=self.environment(), input=expression + "\n", capture_output=True, text=True, check=False,
                              timeout=60 * SLOW).stdout

    def members_in_sync(self, queue="stile-entries"):
        """How many members of the queue have nearly all that its leader has (it grows while it is asked)."""
        text = self.evaluate(
            f'[{{at, I}} || R <- rabbit_quorum_queue:status(<<"stile">>, <<"{queue}">>),'
            ' lists:member(proplists:get_value(<<"Raft State">>, R), [leader, follower]),'
            ' I <- [proplists:get_value(<<"Last Log Index">>, R, proplists:get_value(<<"Log Index">>, R))], is_integer(I)].')
        ends = [int(number) for number in re.findall(r"{at,\s*(\d+)}", text)]
        return sum(end >= max(ends) - 1000 for end in ends)


class Cluster:
    """`count` nodes that know each other. Ends what it started."""

    def __init__(self, folder, count=1, settings=None, gates=()):
        self.folder = pathlib.Path(folder)
        self.settings = settings or {}
        self.folder.mkdir(exist_ok=True)
        self.ca = SiteCa(self.folder / "certificates")
        self.certificates = self.ca.folder
        self.ca.server("localhost", "127.0.0.1")
        self.ca.client("dashboard")
        self.cookie = secrets.token_hex(16)
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(self.cookie)
        cookie.chmod(0o400)
        self.nodes, self.epmd = [], None
        self.epmd_port = free_port()
        try:
            self._start(count, gates)
        except BaseException:
            self.close()
            raise

    def _start(self, count, gates):
        self.epmd = subprocess.Popen(self.command("/usr/bin/epmd", "-address", "127.0.0.1", "-port", str(self.epmd_port)),
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Before the first node: it would start a daemon of its own, which nobody ends.
        wait_until(lambda: Node._answers(self.epmd_port), "epmd to listen")
        self.nodes += [Node(self, number) for number in range(count)]
        for node in self.nodes:
            node.configure()
        # 3.10: the first makes the cluster, the others find it; together, their MQTT plugins may not. 4.0: the first waits
        # for a second, which makes it with it.
        for node in self.nodes:
            node.start()
            if not is_four():
                node.wait()
        for node in self.nodes:
            node.wait()
        self.define(gates)

    def define(self, gates):
        """What the guide imports when all nodes are there, and a user for tests."""
        four = ["--four"] if is_four() else []
        text = subprocess.run([CONFIG / "definitions.sh", *four, *gates], check=True, capture_output=True, text=True).stdout
        definitions = json.loads(text)
        definitions["users"].append({"name": TEST_USER, "password_hash": password_hash(TEST_USER), "tags": "",
                                     "hashing_algorithm": "rabbit_password_hashing_sha256", "limits": {}})
        definitions["permissions"].append({"user": TEST_USER, "vhost": "stile", "configure": ".*", "write": ".*", "read": ".*"})
        path = self.folder / "definitions.json"
        path.write_text(json.dumps(definitions))
        self.nodes[0].run("rabbitmqctl", "import_definitions", self.inside(path))

    def collector_options(self):
        """What stile-collector is told to hear this cluster as the dashboard."""
        certificate, key = self.ca.files("dashboard")
        return {"collector.feed": "amqp", "amqp.reconnect-max-s": 1,
                "amqp.hosts": ", ".join(f"localhost:{node.amqps_port}" for node in self.nodes),
                "amqp.ca-file": self.ca.certificate, "amqp.certificate-file": certificate, "amqp.private-key-file": key}

    def inside(self, path):
        """A path as the nodes see it."""
        return "/" + str(pathlib.Path(path).relative_to(MACHINE))

    def command(self, *command):
        if MACHINE == pathlib.Path("/"):
            return [*command]
        # Erlang reads /proc; the mount ends with the process.
        return ["unshare", "--mount", "sh", "-c", 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"', str(MACHINE),
                *command]

    def close(self):
        for node in self.nodes:
            if node.process:
                node.kill()
        stop_process(self.epmd)
