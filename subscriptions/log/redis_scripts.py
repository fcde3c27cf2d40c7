"""The two Lua scripts of the broadcast log, and the keys they touch."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from subscriptions.log.broadcast_log import Bounds, Entry, Extent, Message, Position
from subscriptions.log.database_identity import DatabaseIdentity

MESSAGES_A_SCRIPT = 500
CHANNELS_A_PIPELINE = 500
SCANNED_AT_ONCE = 1_000

_FOLDER = Path(__file__).parent


def script_text(name: str) -> str:
    return "\n".join((_FOLDER / file).read_text("utf-8") for file in ("broadcast_epoch.lua", f"broadcast_{name}.lua"))


class LogScripts:
    """Runs the scripts; each first sees to it that the channel's epoch is the one of this Redis and this database.

    A script that meets another database than it was told of answers nothing, and is run again with a fresh answer of
    the database: a process with an old answer must not throw away the epoch that one with a new answer began.
    """

    def __init__(
        self, client: Redis, identity: DatabaseIdentity, new_epoch: Callable[[], str], bounds: Bounds, prefix: str
    ) -> None:
        self.identity = identity
        self._client = client
        self._new_epoch = new_epoch
        self._bounds = bounds
        self._prefix = prefix
        self._append: AsyncScript = client.register_script(script_text("append"))
        self._read: AsyncScript = client.register_script(script_text("read"))

    def stream(self, channel: str) -> str:
        return self._keys(channel)[1]

    def _keys(self, channel: str) -> list[str]:
        """All with one hash tag: a cluster keeps a channel on one node."""
        return [f"{self._prefix}:{{{channel}}}:{part}" for part in ("meta", "stream", "versions")]

    async def append(self, channel: str, messages: Sequence[Message]) -> Extent:
        """In pieces, so that no script holds Redis up; a repeat after a failure between them adds nothing twice."""
        bounds = [self._bounds.entries_max, self._bounds.bytes_max]
        remaining = iter(messages)
        while True:
            piece = list(islice(remaining, MESSAGES_A_SCRIPT))
            fields = [field for message in piece for field in (message.key, message.version, message.body)]
            reply = await self._run(self._append, channel, [*bounds, *fields])
            if len(piece) < MESSAGES_A_SCRIPT:
                return _extent(reply)

    async def read(self, channel: str, after: Position, limit: int) -> tuple[Extent, list[Entry]]:
        """What there is, and the entries after a position if it is reached."""
        reply = await self._run(self._read, channel, [after.offset, limit])
        extent = _extent(reply)
        if not extent.reaches(after):
            return extent, []
        pairs = zip(reply[3][::2], reply[3][1::2], strict=True)
        return extent, [Entry(Position(extent.epoch, int(offset)), body) for offset, body in pairs]

    async def extent(self, channel: str) -> Extent:
        return _extent(await self._run(self._read, channel, [0, 0]))

    async def begin_epochs(self) -> None:
        """Of every channel that was ever written or read. A channel without an epoch begins one when it is opened."""
        before, after = self._keys("*")[0].split("*")
        async for key in self._client.scan_iter(match=f"{before}*{after}", count=SCANNED_AT_ONCE):
            await self._client.hdel(key, "epoch")
            await self.extent(key.decode().removeprefix(before).removesuffix(after))

    async def extents(self, client: Redis, channels: Iterable[str]) -> dict[str, Extent]:
        """Many at once, over the given connection."""
        remaining, found = iter(channels), dict[str, Extent]()
        while piece := list(islice(remaining, CHANNELS_A_PIPELINE)):
            found |= await self._page(client, piece)
        return found

    async def _page(self, client: Redis, channels: list[str]) -> dict[str, Extent]:
        database = await self.identity.current()
        async with client.pipeline(transaction=False) as pipeline:
            for channel in channels:
                await self._read(self._keys(channel), [database, 0, self._new_epoch(), 0, 0], client=pipeline)
            replies = await pipeline.execute()
        known = {channel: _extent(reply) for channel, reply in zip(channels, replies, strict=True) if reply}
        return known | {channel: await self.extent(channel) for channel in channels if channel not in known}

    async def _run(self, script: AsyncScript, channel: str, arguments: Sequence[Any]) -> Any:
        keys, epoch = self._keys(channel), self._new_epoch()
        reply = await script(keys, [await self.identity.current(), 0, epoch, *arguments])
        if reply is None:
            reply = await script(keys, [await self.identity.ask(), 1, epoch, *arguments])
        return reply


def _extent(reply: list[Any]) -> Extent:
    return Extent(epoch=reply[0].decode(), oldest=int(reply[1]), head=int(reply[2]))
