"""The feed's contract (tests/contract/test_feed_amqp.c) over AMQP: runs it beside a RabbitMQ node that it may kill."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import rabbit  # noqa: E402
from stile import BUILD  # noqa: E402
from tap import skip_all  # noqa: E402


def serve(node, wish):
    """A byte: kill the node and start it. The answer is a byte, when it is up."""
    while wish.recv(1):
        node.kill()
        node.start().wait()
        wish.send(b"u")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not rabbit.is_installed():
        return skip_all("rabbitmq-server is not installed")
    with rabbit.place() as path, contextlib.closing(rabbit.Cluster(path / "cluster")) as cluster:
        node = cluster.nodes[0]
        ours, theirs = socket.socketpair()
        thread = threading.Thread(target=serve, args=(node, ours))
        thread.start()
        try:
            return subprocess.run([BUILD / "tests/contract/test_feed_amqp"], pass_fds=[theirs.fileno()], check=False, env={
                **os.environ, "STILE_RABBIT": f"{node.amqp_port} {node.mqtt_port} {theirs.fileno()}"}).returncode
        finally:
            theirs.close()
            thread.join()
            ours.close()


if __name__ == "__main__":
    sys.exit(main())
