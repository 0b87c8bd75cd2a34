"""CBOR (RFC 8949) in its one form only: definite lengths, shortest heads, no floats."""


class Tag:
    def __init__(self, number, value):
        self.number, self.value = number, value


def _head(data, at):
    major, low = data[at] >> 5, data[at] & 31
    at += 1
    if low < 24:
        return major, low, at
    size = {24: 1, 25: 2, 26: 4, 27: 8}[low]
    value = int.from_bytes(data[at:at + size], "big")
    assert value >= {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}[size], "not the shortest head"
    return major, value, at + size


def _item(data, at):
    major, value, at = _head(data, at)
    if major == 0:
        return value, at
    if major == 1:
        return -1 - value, at
    if major in (2, 3):
        piece = data[at:at + value]
        assert len(piece) == value
        return (piece if major == 2 else piece.decode()), at + value
    if major == 4:
        items = []
        for _ in range(value):
            item, at = _item(data, at)
            items.append(item)
        return items, at
    if major == 5:
        pairs = {}
        for _ in range(value):
            key, at = _item(data, at)
            pairs[key], at = _item(data, at)
        return pairs, at
    if major == 6:
        item, at = _item(data, at)
        return Tag(value, item), at
    return {20: False, 21: True}[value], at


def sequence(data):
    """Items on end, each with its bytes."""
    at, items = 0, []
    while at < len(data):
        begin = at
        item, at = _item(data, at)
        items.append((item, data[begin:at]))
    return items


def load(data):
    item, at = _item(data, 0)
    assert at == len(data), "more behind it"
    return item


def _put_head(major, value):
    for low, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 24:
            return bytes([major << 5 | value])
        if value < 1 << 8 * size:
            return bytes([major << 5 | low]) + value.to_bytes(size, "big")
    raise ValueError(value)


def dump(item):
    if isinstance(item, (bytes, str)):
        piece = item if isinstance(item, bytes) else item.encode()
        return _put_head(2 if isinstance(item, bytes) else 3, len(piece)) + piece
    if isinstance(item, list):
        return _put_head(4, len(item)) + b"".join(dump(one) for one in item)
    return _put_head(0, item) if item >= 0 else _put_head(1, -1 - item)
