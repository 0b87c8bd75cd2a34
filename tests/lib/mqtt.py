"""A small MQTT client for tests, of version 5 or 4 (3.1.1): it says what it is told to, well-formed or not.

Only publish_for() and subscribe_for() wait for an answer.
"""

import socket
import struct

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, DISCONNECT = 1, 2, 3, 4, 8, 9, 14


def varint(number):
    encoded = b""
    while True:
        number, low = number >> 7, number & 0x7f
        encoded += bytes([low | (0x80 if number else 0)])
        if not number:
            return encoded


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">H", len(data)) + data


def packet(kind, flags, body):
    return bytes([kind << 4 | flags]) + varint(len(body)) + body


class Client:
    """receive() gives the next publication: (topic, payload, QoS, packet id, is retained)."""

    def __init__(self, host, port, name, receive_max=1000, timeout=30, version=5, context=None, will=None, login=None):
        """will: topic and payload; login: user and password."""
        self.version = version
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.last_id = 0
        self.waiting = []  # publications that came before an answer did
        try:
            if context:
                self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
            self.reader = self.socket.makefile("rb")
            self._connect(name, receive_max, will, login)
        except BaseException:
            self.socket.close()
            raise

    def _connect(self, name, receive_max, will, login):
        flags = 0x02 | (0x0C if will else 0) | (0xC0 if login else 0)
        body = text("MQTT") + bytes([self.version, flags]) + struct.pack(">H", 0)
        body += self._properties(b"\x21" + struct.pack(">H", receive_max)) + text(name)
        if will:
            body += self._properties() + text(will[0]) + text(will[1])
        if login:
            body += text(login[0]) + text(login[1])
        self.raw(packet(CONNECT, 0, body))
        kind, _, answer = self._packet()
        if kind != CONNACK or answer[1] != 0:
            raise ConnectionError(f"the broker refused {name}")

    def _properties(self, properties=b""):
        return varint(len(properties)) + properties if self.version == 5 else b""

    def raw(self, data):
        self.socket.sendall(data)

    def _next_id(self):
        self.last_id = self.last_id % 65535 + 1
        return self.last_id

    def subscribe(self, topic, options=1):
        self.raw(packet(SUBSCRIBE, 2, struct.pack(">H", self._next_id()) + self._properties() + text(topic)
                        + bytes([options])))

    def publication(self, topic, payload, qos=0, is_retained=False):
        body = text(topic) + (struct.pack(">H", self._next_id()) if qos else b"") + self._properties() + payload
        return packet(PUBLISH, qos << 1 | int(is_retained), body)

    def publish(self, topic, payload, qos=0, is_retained=False):
        self.raw(self.publication(topic, payload, qos, is_retained))

    def publish_for(self, topic, payload):
        """The reason in the broker's PUBACK (0 in 3.1.1)."""
        self.publish(topic, payload, 1)
        body = self._answer(PUBACK)
        return body[2] if len(body) > 2 else 0

    def subscribe_for(self, topic):
        """The reason in the broker's SUBACK."""
        self.subscribe(topic)
        return self._answer(SUBACK)[-1]

    def _answer(self, wanted):
        while True:
            kind, flags, body = self._packet()
            if kind == wanted:
                return body
            if kind == DISCONNECT:
                raise ConnectionError("the broker disconnected us")
            self.waiting.append((kind, flags, body))

    def settle(self, ids):
        """PUBACKs, in one write."""
        self.raw(b"".join(packet(PUBACK, 0, struct.pack(">H", one)) for one in ids))

    def _packet(self):
        first = self.reader.read(1)
        length, shift = 0, 0
        while first:
            byte = self.reader.read(1)
            if not byte:
                break
            length |= (byte[0] & 0x7f) << shift
            shift += 7
            if not byte[0] & 0x80:
                body = self.reader.read(length)
                if len(body) == length:
                    return first[0] >> 4, first[0] & 0xf, body
                break
        raise ConnectionError("the broker closed the connection")

    def has_more(self):
        """Is more of it here already? (Looks into the buffer only as far as a peek can.)"""
        self.socket.setblocking(False)
        try:
            return bool(self.reader.peek(1))
        except (BlockingIOError, ValueError):
            return False
        finally:
            self.socket.settimeout(30)

    def receive(self):
        while True:
            kind, flags, body = self.waiting.pop(0) if self.waiting else self._packet()
            if kind == DISCONNECT:
                raise ConnectionError("the broker disconnected us")
            if kind != PUBLISH:
                continue
            length = struct.unpack_from(">H", body)[0]
            at = 2 + length
            qos = flags >> 1 & 3
            number = 0
            if qos:
                number = struct.unpack_from(">H", body, at)[0]
                at += 2
            properties, shift = 0, 0
            while self.version == 5:
                byte = body[at]
                at += 1
                properties |= (byte & 0x7f) << shift
                shift += 7
                if not byte & 0x80:
                    break
            return body[2:2 + length].decode(errors="replace"), body[at + properties:], qos, number, bool(flags & 1)

    def close(self):
        self.reader.close()
        self.socket.close()
