"""Commands as a manager's program publishes them."""

import json
import os
import time

from stile import Gate, Subscriber, wait_until


def make_order(**data):
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 10))
    return {"specversion": "1.0", "id": os.urandom(8).hex(), "source": "/test", "type": "stile.command.v1",
            "datacontenttype": "application/json",
            "data": {"actor": "manager", "reason": "test", "nonce": os.urandom(8).hex(), "not_after": until, **data}}


def order(leaf, box, reply="stile-test", **data):
    """Publishes a command; returns what the gate answers."""
    replies = f"{Gate.ROOT}/res/{reply}"
    listener = Subscriber(box.broker, replies)
    try:
        box.broker.publish(f"{Gate.ROOT}/cmd/{leaf}", json.dumps(make_order(**data)), "-D", "publish",
                           "response-topic", replies, "-D", "publish", "correlation-data", "42")
        return wait_until(lambda: [message[1] for message in listener.messages], "the outcome")[0]["data"]
    finally:
        listener.close()
