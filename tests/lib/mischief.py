"""A client that should not be there: says again, in another order, in part or falsely what it has heard."""

import collections
import contextlib
import json
import os
import socket
import threading
import time

import mqtt

KEPT = 400
NOT_MY_OWN = 4  # MQTT v5, 3.8.3.1: no local


class Mischief:
    """What it says is never a new row in good form, nor a good acknowledgement: against those stands the access list."""

    def __init__(self, broker, chance, a_second=50):
        self.broker, self.chance, self.pause = broker, chance, 1 / a_second
        self.heard = collections.deque(maxlen=KEPT)  # (topic, payload)
        self.acked = {}  # root → (epoch, seq)
        self.done = collections.Counter()
        self.is_over = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        """The broker is killed under us, too."""
        while not self.is_over:
            with contextlib.suppress(OSError):
                self._speak()
            time.sleep(0.1)

    def _listen(self, client):
        with contextlib.suppress(OSError, ValueError):
            while True:
                topic, payload, *_ = client.receive()
                if topic.endswith("/entry"):
                    self.heard.append((topic, payload))
                    continue
                with contextlib.suppress(json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
                    ack = json.loads(payload)
                    self.acked[topic[:-len("/ack")]] = (ack["epoch"], ack["seq"])

    def _speak(self):
        client = mqtt.Client("127.0.0.1", self.broker.port, "mischief")
        for leaf in ("entry", "ack"):
            client.subscribe(f"stile/v1/+/+/+/{leaf}", NOT_MY_OWN)
        threading.Thread(target=self._listen, args=(client,), daemon=True).start()
        deeds = [self._duplicate, self._reorder, self._truncate, self._alter, self._lie, self._acknowledge, self._noise]
        while not self.is_over:
            time.sleep(self.pause)  # its pace
            if len(self.heard) > 20:
                self.chance.choice(deeds)(client)

    def _say(self, client, kind, topic, payload, is_retained=False):
        client.publish(topic, payload, self.chance.choice([0, 1]), is_retained)
        self.done[kind] += 1

    def _duplicate(self, client):
        self._say(client, "duplicated", *self.chance.choice(list(self.heard)))

    def _reorder(self, client):
        topic = self.chance.choice(list(self.heard))[0]
        rows = [payload for heard, payload in list(self.heard) if heard == topic][-20:]
        self.chance.shuffle(rows)
        for payload in rows:
            self._say(client, "reordered", topic, payload)

    def _truncate(self, client):
        topic, payload = self.chance.choice(list(self.heard))
        self._say(client, "truncated", topic, payload[:self.chance.randrange(len(payload) + 1)])

    def _alter(self, client):
        """A row that the centre has, with other contents: the first one stays."""
        topic, payload = self.chance.choice(list(self.heard))
        epoch, seq = self.acked.get(topic[:-len("/entry")], ("", 0))
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            event = json.loads(payload)
            if event["data"]["epoch"] == epoch and event["data"]["seq"] <= seq:
                event["data"]["event"] = "Tamper"
                event["data"]["subject"] = "0" * 32
                self._say(client, "altered", topic, json.dumps(event).encode())

    def _lie(self, client):
        topic, payload = self.chance.choice(list(self.heard))
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            event = json.loads(payload)
            lies = [lambda: event["data"].update(seq=self.chance.choice([0, -1, 1 << 63, 1e30, "7", None, True, [1]])),
                    lambda: event["data"].update(epoch=self.chance.choice(["", "x" * 36000, 7, None, "../../etc"])),
                    lambda: event.update(source="/stile/acme/plant/somebody-else"),
                    lambda: event.update(type="stile.outcome.v1"),
                    lambda: event.update(data=self.chance.choice([None, [], "x", 7])),
                    lambda: event.pop("data")]
            self.chance.choice(lies)()
            self._say(client, "hostile", topic, json.dumps(event).encode(), is_retained=self.chance.random() < 0.02)

    def _acknowledge(self, client):
        """False acknowledgements, each of a kind that a gate must ignore."""
        topic = self.chance.choice(list(self.heard))[0]
        root = topic[:-len("/entry")]
        epoch, seq = self.acked.get(root, ("", 0))
        forms = [{"epoch": epoch, "seq": 1 << 40}, {"epoch": "0" * 36, "seq": seq + 1}, {"epoch": epoch, "seq": -1},
                 {"epoch": epoch, "seq": str(seq + 1)}, {"epoch": epoch}, [seq + 1], {"seq": seq + 1}]
        self._say(client, "false acks", f"{root}/ack", json.dumps(self.chance.choice(forms)).encode())

    def _noise(self, client):
        topic = self.chance.choice(list(self.heard))[0]
        forms = [os.urandom(self.chance.randrange(2000)), b"", b"[" * 50000, b'{"a":' * 5000, b"\0" * 100,
                 b'{"specversion":"1.0","specversion":"1.0"}', '{"data":"\ud800"}'.encode(errors="surrogatepass"),
                 b"9" * 60000]
        self._say(client, "hostile", topic, self.chance.choice(forms))
        self._say(client, "hostile", topic.replace("/entry", "/cmd/access"), self.chance.choice(forms))
        if self.chance.random() < 0.2:  # not even MQTT
            with contextlib.closing(socket.create_connection(("127.0.0.1", self.broker.port), 5)) as stranger:
                stranger.sendall(os.urandom(500))
            self.done["hostile"] += 1

    def close(self):
        self.is_over = True
