"""A way to a server that can be made slow, swallowing or broken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class TcpProxy:
    """Listens on a free port of 127.0.0.1 and passes bytes on to `upstream_port`, as its attributes say.

    `delay_s` holds each piece back; while `open` is not set nothing passes, in either direction, and nobody is told;
    `cut()` resets what is connected.
    """

    def __init__(self, upstream_port: int) -> None:
        self.delay_s = 0.0
        self.open = asyncio.Event()
        self.open.set()
        self.port = 0
        self.upstream_port = upstream_port
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["TcpProxy"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.open.set()
            self.cut()
            server.close()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, upstream_writer}
        self._writers |= both
        try:
            await asyncio.gather(self._pass(reader, upstream_writer), self._pass(upstream_reader, writer))
        finally:
            self._writers -= both

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65_536):
                await asyncio.sleep(self.delay_s)
                await self.open.wait()
                writer.write(piece)
                await writer.drain()
        except (OSError, RuntimeError):  # uvloop raises the latter for what was cut meanwhile
            pass
        finally:
            writer.close()
