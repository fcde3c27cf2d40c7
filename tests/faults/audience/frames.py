"""WebSocket frames as a client writes and reads them, without a copy more than needed."""

from __future__ import annotations

from collections.abc import Iterator

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def client_frame(opcode: int, payload: bytes) -> bytes:
    """Masked with zeros."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2)
    else:
        head = bytes((0x80 | opcode, 0x80 | 127)) + size.to_bytes(8)
    return head + bytes(4) + payload


def taken_frames(read: bytearray) -> Iterator[tuple[int, bytes]]:
    """The whole frames at the beginning of what was read, as opcode and payload; each is removed before it is told.

    Raises ValueError for what a server of ours never sends: a fragment, or a masked frame.
    """
    while len(read) >= 2:
        if read[0] & 0xF0 != 0x80 or read[1] & 0x80:
            raise ValueError(f"no whole, plain frame of a server: {bytes(read[:2])!r}")
        head, size = 2, read[1]
        if size > 125:
            head = 4 if size == 126 else 10
            if len(read) < head:
                return
            size = int.from_bytes(read[2:head])
        if len(read) < head + size:
            return
        opcode, payload = read[0] & 0x0F, bytes(read[head : head + size])
        del read[: head + size]
        yield opcode, payload
