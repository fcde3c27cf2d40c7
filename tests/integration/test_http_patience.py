"""How long a connection may take, and an opened WebSocket; nothing of it is the log's business."""

import asyncio
import logging

import pytest

from tests.integration.http_listener import (
    HEAD,
    OPENING,
    PATIENCE_SECONDS,
    Listener,
    QuickHttp,
    frame,
)


# ---------------------------------------------------------------------- how long
async def test_who_connects_and_says_nothing_is_cut_off(quick: Listener) -> None:
    async with quick.connection() as connection:
        assert await connection.ended() == b""


@pytest.mark.parametrize(
    "beginning", [HEAD, HEAD + b"Content-Length: 9\r\n\r\n", HEAD + b"Content-Length: 9\r\n\r\nabc"]
)
async def test_a_request_that_stops_is_refused(quick: Listener, beginning: bytes) -> None:
    assert await quick.refused(beginning) == (408, "REQUEST_TIMEOUT")
    assert quick.app.gone == len(quick.app.seen), "whoever waited for the rest was told that nobody sends it"


@pytest.mark.parametrize("beginning", [HEAD + b"X-Long: ", HEAD + b"Content-Length: 999999\r\n\r\n"])
async def test_a_request_that_drips_is_refused(quick: Listener, beginning: bytes) -> None:
    async with quick.connection() as connection:
        await connection.send(beginning)
        refused = asyncio.create_task(connection.refused())
        while not refused.done():
            await connection.send(b"a")
            await asyncio.wait({refused}, timeout=0.02)
        assert await refused == (408, "REQUEST_TIMEOUT")


async def test_a_second_request_must_come_to_its_end_too(quick: Listener) -> None:
    async with quick.connection() as connection:
        await connection.send(HEAD + b"Content-Length: 0\r\n\r\n")
        assert await connection.answer() == (200, b"")
        await connection.send(HEAD)
        assert await connection.refused() == (408, "REQUEST_TIMEOUT")


@pytest.mark.parametrize("before", [b"", HEAD + b"Content-Length: 1\r\n\r\nx"])
async def test_a_request_that_is_not_whole_when_the_process_ends_is_refused_without_waiting_for_it(
    listener: Listener, before: bytes
) -> None:
    async with listener.connection() as connection:
        if before:
            await connection.send(before)
            assert await connection.answer() == (200, b"x")
        await connection.send(HEAD + b"Content-Length: 5\r\n\r\nabc")
        while len(listener.app.seen) < 1 + bool(before):  # noqa: ASYNC110 - turn by turn
            await asyncio.sleep(0)
        for each in list(listener.state.connections):
            each.shutdown()
        assert await connection.refused() == (503, "UNAVAILABLE")
    await asyncio.wait_for(asyncio.gather(*listener.state.tasks), PATIENCE_SECONDS)
    assert listener.app.gone == 1


async def test_an_answer_may_take_longer_than_a_request(quick: Listener) -> None:
    quick.app.held.clear()
    async with quick.connection() as connection:
        await connection.send(HEAD + b"Content-Length: 3\r\n\r\nabc" + HEAD)
        answered = asyncio.create_task(connection.answer())
        await asyncio.wait({answered}, timeout=2 * QuickHttp.body_s)
        assert not answered.done()
        quick.app.held.set()
        assert await answered == (200, b"abc")
        assert await connection.refused() == (408, "REQUEST_TIMEOUT"), "the second request never came to its end"


async def test_a_connection_is_kept_while_it_answers_and_cut_when_it_idles(quick: Listener) -> None:
    async with quick.connection() as connection:
        await connection.send(HEAD + b"Content-Length: 3\r\n\r\none")
        assert await connection.answer() == (200, b"one")
        quick.app.held.clear()
        await connection.send(HEAD + b"Content-Length: 3\r\n\r\ntwo")
        answered = asyncio.create_task(connection.answer())
        await asyncio.wait({answered}, timeout=1.5)
        assert not answered.done(), "the pause before it was over in time"
        quick.app.held.set()
        assert await answered == (200, b"two")
        assert await connection.ended() == b""


# ---------------------------------------------------------------------- WebSocket
async def test_a_socket_outlives_what_a_request_may_take(quick: Listener) -> None:
    async with quick.connection() as connection:
        await connection.opened()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * QuickHttp.body_s):
                await connection.ended()


async def test_what_is_no_text_ends_a_socket_and_is_not_logged(
    quick: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    async with quick.connection() as connection:
        await connection.opened()
        await connection.send(frame(b"\xff\xfe"))
        assert (await connection.ended()).endswith(b"\x88\x02\x03\xef"), "1007"
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("filling", [b"X-Long: " + b"a" * 20_000, b"\r\n".join(b"X-%d: a" % n for n in range(300))])
async def test_an_opening_that_cannot_be_read_is_refused(quick: Listener, filling: bytes) -> None:
    assert await quick.refused(OPENING + filling + b"\r\n\r\n") == (400, "BAD_REQUEST")


async def test_a_socket_whose_peer_takes_nothing_is_cut_once_it_is_given_up(listener: Listener) -> None:
    listener.app.held.clear()
    async with listener.connection() as connection:
        await connection.opened()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while listener.state.connections:  # noqa: ASYNC110 - uvicorn's set, which has no event to wait for
                await asyncio.sleep(0.01)
