"""Salvage: the messages of a batch that the Kafka client gives up for a header whose name is no text.

The client decodes a batch at once and drops all of it for one such message. Here the same bytes are read with names in
which what is no UTF-8 stays as surrogate escapes, so that only whoever looks at the name finds fault with the message.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, SupportsIndex

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import READ_COMMITTED, PartitionRecords
from aiokafka.errors import CorruptRecordException, LeaderNotAvailableError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.legacy_records import LegacyRecordBatch

BYTES_MAX = 1024 * 1024
WAIT_MS = 500
REQUEST_TIMEOUT_MS = 5_000
#: Of a batch in any format: its first offset and its length, and where its format is told.
_HEAD = struct.Struct(">qi")
_FORMAT_AT = 16
_FORMAT_WITH_HEADERS = 2


class Salvaged(NamedTuple):
    """Messages in their order, and the offset to be read after them."""

    records: Sequence[ConsumerRecord]
    next: int


async def salvage(bootstrap_servers: str, partition: TopicPartition, offset: int) -> Salvaged:
    """What Kafka has there, as far as it can be read. Raises what is wrong with the first batch, or with Kafka."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await client.bootstrap()
        await client.add_topic(partition.topic)
        leader = client.cluster.leader_for_partition(partition)
        if leader is None or leader < 0:
            raise LeaderNotAvailableError(partition)
        wanted = [(partition.topic, [(partition.partition, offset, BYTES_MAX)])]
        answer = await client.send(leader, FetchRequest(WAIT_MS, 1, BYTES_MAX, READ_COMMITTED, wanted))
    finally:
        await client.close()
    [(_, [(_, code, _, *parts)])] = answer.topics
    if code:
        raise for_code(code)(partition)
    aborted = parts[2] if answer.API_VERSION >= 11 else parts[-2]
    return decode(partition, offset, parts[-1], aborted)


def decode(partition: TopicPartition, offset: int, data: bytes, aborted: Any = None) -> Salvaged:
    """The messages of batches, from an offset on, up to the first batch that nobody can read."""
    records: Any = PartitionRecords(partition, _Batches(data), aborted, offset, None, None, False, READ_COMMITTED)
    found: list[ConsumerRecord] = []
    try:
        found.extend(iter(lambda: next(records, None), None))
    except Exception:
        if records.next_fetch_offset == offset:
            raise
    return Salvaged(found, records.next_fetch_offset)


class _Batches:
    """The batches in an answer of Kafka's, the last one left out where it was cut off."""

    def __init__(self, data: bytes) -> None:
        self._batches = _split(data)
        self._ahead = next(self._batches, None)

    def has_next(self) -> bool:
        return self._ahead is not None

    def next_batch(self) -> Any:
        data, self._ahead = self._ahead or b"", next(self._batches, None)
        if data[_FORMAT_AT] < _FORMAT_WITH_HEADERS:
            return LegacyRecordBatch(data, data[_FORMAT_AT])
        batch = _DefaultRecordBatchPy(data)
        if not batch.validate_crc():
            raise CorruptRecordException("the checksum of a batch is wrong")
        batch._maybe_uncompress()  # the client offers no other way to what is within
        batch._buffer = _Lenient(batch._buffer)
        return batch


def _split(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + _HEAD.size <= len(data):
        end = at + _HEAD.size + _HEAD.unpack_from(data, at)[1]
        if end > len(data):
            return
        yield data[at:end]
        at = end


class _Lenient(bytearray):
    """Bytes of which every part is some text."""

    def __getitem__(self, at: SupportsIndex | slice) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        part = super().__getitem__(at)
        return _Lenient(part) if isinstance(part, bytearray) else part

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return super().decode(encoding, "surrogateescape" if errors == "strict" else errors)
