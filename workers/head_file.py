"""Head file: a line for each sealed block, kept beside the database, signed, only ever added to.

A line is JSON, a tab, and the signature of that JSON's bytes in base64. It tells the block's hash, which speaks for the
whole chain up to it, and of each of its entries the id and the first bytes of its hash: so that it can be told which
entry was changed, too, where somebody rewrote the chain behind it.
"""

from __future__ import annotations

import asyncio
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from services.seal_check import BadWitness
from services.seals import MARK_BYTES, Block, BlockKind, Head, KnownBlock

_ID_BYTES = 16
_CHUNK = 1 << 16


class HeadFile:
    """Implements `workers.ports.Heads`; `sign` signs bytes. One process adds to it at a time."""

    def __init__(self, file: Path, sign: Callable[[bytes], bytes]) -> None:
        self._file = file
        self._sign = sign
        self._last: dict[UUID, Head] | None = None

    async def last(self) -> Mapping[UUID, Head]:
        if self._last is None:
            self._last = await asyncio.to_thread(self._opened)
        return self._last

    async def keep(self, blocks: Sequence[Block]) -> None:
        last = dict(await self.last())
        self._last = None  # until it is certain what is in the file
        await asyncio.to_thread(self._append, b"".join(self._line(block) for block in blocks))
        self._last = last | {block.tenant: block.head for block in blocks}

    def _opened(self) -> dict[UUID, Head]:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a+b") as file:
            _cut_torn_line(file.fileno(), file.seek(0, os.SEEK_END))
        last = {tenant: begin for tenant, _, begin in positions(self._file)}
        return {tenant: _head_at(self._file, begin) for tenant, begin in last.items()}

    def _append(self, lines: bytes) -> None:
        """All of it and on disk, or it raises."""
        with self._file.open("ab", buffering=0) as file:
            if file.write(lines) != len(lines):
                raise OSError(f"{self._file} takes no more")
            os.fsync(file.fileno())

    def _line(self, block: Block) -> bytes:
        told = {
            "tenant": str(block.tenant),
            "number": block.number,
            "first": block.first,
            "kind": block.kind.value,
            "month": block.month,
            "hash": block.hash.hex(),
            "ids": b64encode(b"".join(id_.bytes for id_ in block.ids)).decode(),
            "marks": b64encode(b"".join(hash_[:MARK_BYTES] for _, hash_ in block.sealed)).decode(),
        }
        body = orjson.dumps(told)
        return body + b"\t" + b64encode(self._sign(body)) + b"\n"


def positions(file: Path) -> Iterator[tuple[UUID, int, int]]:
    """Of each line the tenant, the block's number, and where it begins; a torn last line is left out."""
    with file.open("rb") as lines:
        begin = 0
        for line in lines:
            if line.endswith(b"\n"):
                told = _json(line.partition(b"\t")[0], begin)
                yield UUID(told["tenant"]), told["number"], begin
            begin += len(line)


class HeadWitness:
    """The head file as it is read: where the line of each tenant's block begins. `verify` tells whether a signature is
    one of some bytes. Raises BadWitness."""

    def __init__(self, file: Path, verify: Callable[[bytes, bytes], bool]) -> None:
        self._file = file
        self._verify = verify
        self._begins: dict[UUID, dict[int, int]] = {}
        for tenant, number, begin in positions(file):
            self._begins.setdefault(tenant, {}).setdefault(number, begin)

    @property
    def tenants(self) -> Collection[UUID]:
        return self._begins.keys()

    @property
    def believed(self) -> bool:
        """Whether any line is signed with the key, or there is none yet."""
        begins = [begin for each in self._begins.values() for begin in each.values()]
        return not begins or any(self._signed(begin) for begin in begins)

    def _signed(self, begin: int) -> bool:
        try:
            return bool(read_line(self._file, begin, self._verify))
        except BadWitness:
            return False

    def of(self, tenant: UUID) -> TenantWitness:
        return TenantWitness(self._begins.get(tenant, {}), lambda begin: read_line(self._file, begin, self._verify))


class TenantWitness:
    """Implements `services.seal_check.Witness`."""

    def __init__(self, begins: Mapping[int, int], read: Callable[[int], KnownBlock]) -> None:
        self._begins = begins
        self._read = read

    @property
    def last(self) -> int:
        return max(self._begins, default=0)

    def block(self, number: int) -> KnownBlock | None:
        begin = self._begins.get(number)
        return None if begin is None else self._read(begin)


def read_line(file: Path, begin: int, verify: Callable[[bytes, bytes], bool]) -> KnownBlock:
    """The block of the line that begins there. `verify` tells whether a signature is one of some bytes. Raises
    BadWitness."""
    with file.open("rb") as lines:
        lines.seek(begin)
        body, _, signature = lines.readline().rstrip(b"\n").partition(b"\t")
    try:
        signed = verify(b64decode(signature, validate=True), body)
    except ValueError:
        signed = False
    if not signed:
        raise BadWitness(f"the line at byte {begin} of {file} is not signed with this key")
    told = _json(body, begin)
    ids = b64decode(told["ids"])
    return KnownBlock(
        told["number"],
        told["first"],
        bytes.fromhex(told["hash"]),
        [UUID(bytes=ids[n : n + _ID_BYTES]) for n in range(0, len(ids), _ID_BYTES)],
        b64decode(told["marks"]),
    )


def _head_at(file: Path, begin: int) -> Head:
    """Where the chain ends with the block of the line that begins there. Raises BadWitness."""
    with file.open("rb") as lines:
        lines.seek(begin)
        told = _json(lines.readline().partition(b"\t")[0], begin)
    try:
        entries = len(b64decode(told["ids"])) // _ID_BYTES if told["kind"] == BlockKind.ENTRIES else 0
        return Head(told["number"], told["first"] - 1 + entries, bytes.fromhex(told["hash"]))
    except (ValueError, KeyError, TypeError):
        raise BadWitness(f"the line at byte {begin} is none of ours") from None


def _json(body: bytes, begin: int) -> Mapping[str, Any]:
    try:
        told = orjson.loads(body)
        if isinstance(told, dict) and isinstance(told["number"], int) and UUID(told["tenant"]):
            return told
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise BadWitness(f"the line at byte {begin} is none of ours")


def _cut_torn_line(descriptor: int, size: int) -> None:
    """A process that was killed may have written a part of a line: it is written again."""
    whole = size
    while whole > 0:
        begin = max(0, whole - _CHUNK)
        found = os.pread(descriptor, whole - begin, begin).rfind(b"\n")
        whole = begin + found + 1
        if found >= 0:
            break
    if whole < size:
        os.ftruncate(descriptor, whole)
