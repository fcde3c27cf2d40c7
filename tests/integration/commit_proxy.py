"""A way to PostgreSQL that breaks at COMMIT, or keeps the end of connections to itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from urllib.parse import urlsplit, urlunsplit

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
#: Of a backend that was ended.
FAREWELL = b"\x00C57P01\x00"


class Break(Enum):
    """What becomes of the next COMMIT: the client always loses its connection before an answer."""

    #: The server carries it out.
    CARRIED_OUT = 1
    #: The server never sees it, and learns at once that the client is gone.
    NEVER_ARRIVES = 2
    #: The server sees neither COMMIT nor the client's end until `arrive` is called; then it carries it out.
    LATE = 3
    #: Nobody sees or hears anything, until the client gives up.
    SWALLOWED = 4


class CommitProxy:
    """Passes everything on until `next_commit` says otherwise, once."""

    def __init__(self, url: str) -> None:
        self._upstream = urlsplit(url)
        self._port = 0
        self._late = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        self.next_commit: Break | None = None
        #: The server's ends of connections are not passed on, but counted.
        self.keeps_ends = False
        #: Nor is what it says before: a client learns of the end by what it sends next.
        self.keeps_farewells = False
        self.ends = 0
        self._unsaid: set[asyncio.StreamWriter] = set()
        self.broken = asyncio.Event()

    @property
    def url(self) -> str:
        login, _, _ = self._upstream.netloc.rpartition("@")
        return urlunsplit(self._upstream._replace(netloc=f"{login}@127.0.0.1:{self._port}"))

    def arrive(self) -> None:
        """Let a late COMMIT reach the server."""
        self._late.set()

    def cut(self) -> None:
        """Break every connection that is open."""
        for writer in list(self._open):
            writer.transport.abort()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[CommitProxy]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.arrive()
            server.close()
            self.cut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._upstream.hostname, self._upstream.port
        up_reader, up_writer = await asyncio.open_connection(host, port)
        self._open |= {writer, up_writer}
        answers = asyncio.ensure_future(self._copy(up_reader, writer))
        try:
            while piece := await reader.read(65_536):
                if writer in self._unsaid:
                    return
                if self.next_commit is not None and piece.endswith(COMMIT):
                    break
                up_writer.write(piece)
                await up_writer.drain()
            else:
                return
            await self._break(piece, answers, (up_reader, up_writer), (reader, writer))
        except OSError:
            pass
        finally:
            answers.cancel()
            self._open -= {writer, up_writer}
            writer.transport.abort()
            up_writer.transport.abort()

    async def _break(
        self,
        commit: bytes,
        answers: asyncio.Future[None],
        upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        downstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        up_reader, up_writer = upstream
        reader, writer = downstream
        how, self.next_commit = self.next_commit, None
        answers.cancel()
        await asyncio.wait([answers])
        if how is Break.LATE:
            writer.transport.abort()
            self.broken.set()
            await self._late.wait()
        if how is Break.SWALLOWED:
            await reader.read()
        elif how is not Break.NEVER_ARRIVES:
            up_writer.write(commit)
            await up_reader.read(65_536)
        self.broken.set()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65_536):
                if self.keeps_farewells and FAREWELL in piece:
                    continue
                writer.write(piece)
                await writer.drain()
            self.ends += 1
            if self.keeps_farewells:
                self._unsaid.add(writer)
            if not self.keeps_ends:
                writer.close()
        except OSError:
            pass
