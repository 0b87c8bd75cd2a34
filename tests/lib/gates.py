"""Many gates in one thread, in MQTT 3.1.1 or 5: each has a journal, and sends rows until the collector has them.

What they do is what docs/mqtt.md says an uplink does, and no more. They go from node to node of a cluster.
"""

import asyncio
import contextlib
import json
import random
import ssl
import struct
import threading
import time
import uuid

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PING = 1, 2, 3, 4, 8, 9, 12
WINDOW = 500  # rows beyond the watermark
SILENT_S = 5  # so long without an acknowledgement: all of them again


def text(value):
    data = value.encode()
    return struct.pack(">H", len(data)) + data


def packet(kind, flags, body):
    length, encoded = len(body), b""
    while True:
        length, low = length >> 7, length & 0x7F
        encoded += bytes([low | (0x80 if length else 0)])
        if not length:
            return bytes([kind << 4 | flags]) + encoded + body


async def read_packet(reader):
    first = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return first >> 4, first & 0xF, await reader.readexactly(length)


class SimpleGate:
    def __init__(self, fleet, name):
        self.fleet, self.name = fleet, name
        self.epoch = str(uuid.uuid4())
        self.rows = []  # ids; the row of sequence N at N - 1
        self.acked = self.sent = 0
        self.heard = time.monotonic()
        self.writer = None
        self.packet_id = 0

    def write_row(self):
        self.rows.append(str(uuid.uuid4()))
        self.send()

    def publish(self, leaf, body, event_type, event_id):
        event = {"specversion": "1.0", "source": f"/stile/{self.name}", "type": event_type, "id": event_id,
                 "time": "2026-11-24T03:03:58.959Z", "datacontenttype": "application/json",
                 "data": {"epoch": self.epoch, **body}}
        self.packet_id = self.packet_id % 65535 + 1
        head = text(f"stile/v1/{self.name}/{leaf}") + struct.pack(">H", self.packet_id) + self.fleet.properties
        self.writer.write(packet(PUBLISH, 2, head + json.dumps(event).encode()))

    def send(self):
        while self.writer and self.sent < len(self.rows) and self.sent < self.acked + WINDOW:
            self.sent += 1
            self.publish("entry", {"seq": self.sent, "event": "AccessTaken", "access_point": "entry", "direction": "entry",
                                   "decided": {"offline": False, "clock": "synchronised"}},
                         "stile.entry.v1", self.rows[self.sent - 1])

    def send_again(self, after):
        self.sent = after
        self.heard = time.monotonic()
        self.send()

    def on_message(self, topic, payload):
        data = json.loads(payload)
        if topic.endswith("/ack") and data["epoch"] == self.epoch:
            assert data["seq"] <= len(self.rows), "more is acknowledged than there is"
            self.acked = max(self.acked, data["seq"])
            self.heard = time.monotonic()
            self.send()
        elif topic.endswith("/cmd/sync") and data["data"]["epoch"] == self.epoch:
            self.fleet.asked += 1
            self.send_again(data["data"]["from"] - 1)

    async def connect(self, node):
        port, context = node.mqtt_port, None
        if self.fleet.ca:
            port = node.mqtts_port
            context = ssl.create_default_context(cafile=self.fleet.ca.certificate)
            context.load_cert_chain(*self.fleet.ca.files(self.name))
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection("127.0.0.1", port, ssl=context, limit=1 << 20,
                                    server_hostname="localhost" if context else None), 5)
        try:
            flags, who = 0x02, ""
            if not context:
                flags, who = 0xC2, "test"
            body = text("MQTT") + bytes([self.fleet.version, flags]) + struct.pack(">H", 10) + self.fleet.properties
            body += text("stile-" + self.name.replace("/", "-")) + (text(who) * 2 if who else b"")
            writer.write(packet(CONNECT, 0, body))
            filters = b"".join(text(f"stile/v1/{self.name}/{leaf}") + b"\x01" for leaf in ("ack", "cmd/+"))
            kind, _, answer = await asyncio.wait_for(read_packet(reader), 5)
            if kind != CONNACK or answer[1] != 0:
                raise ConnectionError(f"refused: {answer.hex()}")
            writer.write(packet(SUBSCRIBE, 2, struct.pack(">H", 65535) + self.fleet.properties + filters))
            while (await asyncio.wait_for(read_packet(reader), 5))[0] != SUBACK:
                pass
        except BaseException:
            writer.close()
            raise
        return reader, writer

    def say_birth(self):
        self.publish("birth", {"state": "online", "boot": "x", "software": "0", "head": len(self.rows), "acked": self.acked,
                               "oldest": 1 if self.rows else 0, "clock": "synchronised"},
                     "stile.birth.v1", str(uuid.uuid4()))

    async def serve(self, reader, writer):
        self.writer = writer
        self.say_birth()
        self.send_again(self.acked)
        while True:
            try:
                kind, flags, body = await asyncio.wait_for(read_packet(reader), 4)
            except asyncio.TimeoutError:
                writer.write(packet(PING, 0, b""))
                continue
            if kind != PUBLISH:
                continue
            length = struct.unpack_from(">H", body)[0]
            at = 2 + length + 2
            if flags & 6:
                writer.write(packet(PUBACK, 0, body[at - 2:at]))
            else:
                at -= 2
            if self.fleet.version == 5:
                at += 1 + body[at]
            self.on_message(body[2:2 + length].decode(), body[at:])

    async def live(self, number):
        nodes = self.fleet.nodes
        while not self.fleet.is_over:
            node = nodes[number % len(nodes)]
            number += 1
            writer = None
            try:
                reader, writer = await self.connect(node)
                self.fleet.connections += 1
                await self.serve(reader, writer)
            except (OSError, EOFError, asyncio.TimeoutError) as error:
                self.fleet.last_error = repr(error)
            finally:
                self.writer = None
                if writer:
                    writer.close()
            await asyncio.sleep(random.random() * 0.5)  # the uplink's pause, shorter


class Gates:
    """A thread that they all live in. `rate` is rows a second of each, until stop_writing()."""

    def __init__(self, nodes, names, rate=20, version=4, ca=None):
        self.nodes, self.rate, self.version, self.ca = nodes, rate, version, ca
        self.properties = b"\0" if version == 5 else b""
        self.gates = [SimpleGate(self, name) for name in names]
        self.is_writing, self.is_over = True, False
        self.asked = self.connections = 0
        self.last_error = None
        self.thread = threading.Thread(target=lambda: asyncio.run(self._live()), daemon=True)

    def start(self):
        self.thread.start()
        return self

    async def _write(self):
        begin, written = time.monotonic(), 0
        while not self.is_over:
            due = int((time.monotonic() - begin) * self.rate)
            while self.is_writing and written < due:
                written += 1
                for gate in self.gates:
                    gate.write_row()
            for gate in self.gates:
                if gate.writer and gate.acked < len(gate.rows) and time.monotonic() - gate.heard > SILENT_S:
                    gate.send_again(gate.acked)
            await asyncio.sleep(0.02)

    async def _live(self):
        tasks = [asyncio.ensure_future(gate.live(number)) for number, gate in enumerate(self.gates)]
        await self._write()
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)

    def journal(self):
        """{(gate, epoch, seq): id}"""
        return {(gate.name, gate.epoch.replace("-", ""), seq): row.replace("-", "")
                for gate in self.gates for seq, row in enumerate(gate.rows, 1)}

    def left(self):
        return sum(len(gate.rows) - gate.acked for gate in self.gates)

    def written(self):
        return sum(len(gate.rows) for gate in self.gates)

    def stop_writing(self):
        self.is_writing = False

    def close(self):
        self.is_over = True
        if self.thread.ident:
            self.thread.join(5)
