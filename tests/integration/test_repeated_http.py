"""Requests under a head that came before: answered as all others are, in their order, and never taken for another."""

import asyncio
from typing import Any

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.protocols import ClosingHttp
from server.repeated_http import AGAIN, KEPT_BYTES_MAX
from tests.integration.http_listener import DECLINED, HEAD, Connection, Listener, listening

TOKEN = b"Authorization: Bearer one\r\n"


def post(body: bytes, *headers: bytes) -> bytes:
    return HEAD + b"".join(headers) + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def asked(listener: Listener, *requests: bytes) -> list[tuple[int, bytes]]:
    """The answers to requests of one connection, each sent when the one before was answered."""
    async with listener.connection() as connection:
        answers: list[tuple[int, bytes]] = []
        for request in requests:
            await connection.send(request)
            answers.append(await connection.answer())
        return answers


async def test_under_a_known_head_bodies_of_any_length_are_answered_without_a_scope(listener: Listener) -> None:
    listener.app.repeats = True
    bodies = [b"first", b"two", b"three hundred" * 300, b"4"]
    assert await asked(listener, *map(post, bodies)) == [(200, body) for body in bodies]
    assert (len(listener.app.seen), listener.app.repeated) == (1, bodies[1:])


async def test_what_the_application_declines_goes_the_general_way(listener: Listener) -> None:
    listener.app.repeats = True
    bodies = [b"first", DECLINED, b"third"]
    assert await asked(listener, *map(post, bodies)) == [(200, body) for body in bodies]
    assert (len(listener.app.seen), listener.app.repeated) == (2, [b"third"])


@pytest.mark.parametrize(
    "other",
    [
        post(b"again", b"Authorization: Bearer two\r\n"),
        post(b"again", TOKEN, b"Accept: */*\r\n"),
        post(b"again", TOKEN, b"X: " + b"x" * KEPT_BYTES_MAX + b"\r\n"),
        post(b"again", TOKEN).replace(b"/graphql", b"/other  "[:8]),
        HEAD + TOKEN + b"Transfer-Encoding: chunked\r\n\r\n5\r\nagain\r\n0\r\n\r\n",
        HEAD + TOKEN + b"Content-Length:5\r\n\r\nagain",
    ],
)
async def test_another_head_is_taken_apart(listener: Listener, other: bytes) -> None:
    listener.app.repeats = True
    assert await asked(listener, post(b"first", TOKEN), other) == [(200, b"first"), (200, b"again")]
    assert len(listener.app.seen) == 2


@pytest.mark.parametrize(
    "header",
    [
        b"Connection: close\r\n",
        b"Expect: 100-continue\r\n",
        b"X: " + b"x" * KEPT_BYTES_MAX + b"\r\n",
    ],
)
async def test_a_head_that_asks_for_more_than_an_answer_is_not_offered_to_be_kept(
    listener: Listener, header: bytes
) -> None:
    async with listener.connection() as connection:
        await connection.send(post(b"abc", header))
        while not listener.app.seen:  # noqa: ASYNC110 - a list, which has no event to wait for
            await asyncio.sleep(0.01)
    assert AGAIN not in listener.app.seen[0]["extensions"]


async def test_a_head_with_another_before_it_is_not_kept(listener: Listener) -> None:
    listener.app.repeats = True
    together = b"GET /graphql HTTP/1.1\r\nHost: here\r\n\r\n" + post(b"abc")
    async with listener.connection() as connection:
        for _ in range(2):
            await connection.send(together)
            assert [await connection.answer() for _ in range(2)] == [(200, b""), (200, b"abc")]
    assert listener.app.repeated == []


async def test_the_end_of_a_body_is_never_kept_as_a_head(listener: Listener) -> None:
    """Sent with the request behind it, it is as long as that one's head, and names the length of both bodies."""
    listener.app.repeats = True
    behind = post(b"x" * 100)
    length = len(behind)
    forged = behind[:-100].replace(b"/graphql", b"/another").replace(b": 100", b": %d" % length)
    assert len(forged) == length - 100
    async with listener.connection() as connection:
        await connection.send(post(forged)[: -len(forged)])
        while not listener.app.seen:  # noqa: ASYNC110 - a list, which has no event to wait for
            await asyncio.sleep(0.01)
        await connection.send(forged + behind)
        assert [await connection.answer() for _ in range(2)] == [(200, forged), (200, b"x" * 100)]
        await connection.send(forged + b"y" * length)
        assert await connection.answer() == (200, b"y" * length)
    assert [scope["path"] for scope in listener.app.seen] == ["/graphql", "/graphql", "/another"]


async def test_what_looks_like_a_known_head_in_the_midst_of_another_is_a_part_of_it(listener: Listener) -> None:
    listener.app.repeats = True
    async with listener.connection() as connection:
        await connection.send(post(b"first"))
        assert await connection.answer() == (200, b"first")
        served: Any = next(iter(listener.state.connections))
        await connection.send(b"POST /another HTTP/1.1\r\nX: ")
        while not served._owes:  # noqa: ASYNC110 - a flag
            await asyncio.sleep(0.01)
        await connection.send(post(b"second"))
        assert await connection.answer() == (200, b"second")
    assert [scope["path"] for scope in listener.app.seen] == ["/graphql", "/another"]


@pytest.mark.parametrize("length", [b"", b"+5", b"-5", b"5,5", b"0x5"])
async def test_a_length_that_is_no_number_is_refused_under_a_known_head_too(listener: Listener, length: bytes) -> None:
    listener.app.repeats = True
    async with listener.connection() as connection:
        await connection.send(post(b"first"))
        assert await connection.answer() == (200, b"first")
        await connection.send(HEAD + b"Content-Length: " + length + b"\r\n\r\nagain")
        assert await connection.refused() == (400, "BAD_REQUEST")
    assert listener.app.repeated == []


async def test_whoever_was_refused_is_not_answered_any_more(quick: Listener) -> None:
    quick.app.repeats = True
    async with quick.connection() as connection:
        await connection.send(post(b"first"))
        assert await connection.answer() == (200, b"first")
        await connection.send(b"rubbish\r\n\r\n")
        assert await connection.refused() == (400, "BAD_REQUEST")
        await connection.send(post(b"second"))
        while quick.state.connections:  # noqa: ASYNC110 - uvicorn's set
            await asyncio.sleep(0.01)
    assert quick.app.repeated == []


async def test_while_a_client_takes_nothing_it_is_told_nothing_more(listener: Listener) -> None:
    listener.app.repeats = True
    body, told = b"x" * 20_000, 0
    async with listener.connection() as connection:
        await connection.send(post(body))
        assert await connection.answer() == (200, body)
        served: Any = next(iter(listener.state.connections))
        while not served.flow.write_paused:
            await connection.send(post(body))
            told += 1
            while len(listener.app.seen) + len(listener.app.repeated) == told:  # noqa: ASYNC110 - lists, without events
                await asyncio.sleep(0)
        seen = len(listener.app.seen)
        await connection.send(post(b"last"))
        while not (served.pipeline or len(listener.app.seen) > seen or b"last" in listener.app.repeated):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert b"last" not in listener.app.repeated
        assert [await connection.answer() for _ in range(told)] == [(200, body)] * told
        assert await connection.answer() == (200, b"last")


async def test_behind_an_answer_of_the_general_way_that_is_to_come_nothing_is_answered_before_it(
    listener: Listener,
) -> None:
    listener.app.repeats = True
    async with listener.connection() as connection:
        await connection.send(post(b"first"))
        assert await connection.answer() == (200, b"first")
        listener.app.held.clear()
        await connection.send(post(DECLINED))
        while len(listener.app.seen) < 2:  # noqa: ASYNC110 - a list, which has no event to wait for
            await asyncio.sleep(0.01)
        await connection.send(post(b"third"))
        served: Any = next(iter(listener.state.connections))
        while not (served.pipeline or listener.app.repeated):  # noqa: ASYNC110 - no event either
            await asyncio.sleep(0.01)
        assert listener.app.repeated == []
        listener.app.held.set()
        assert [await connection.answer() for _ in range(2)] == [(200, DECLINED), (200, b"third")]


async def second_begun(listener: Listener, connection: Connection) -> None:
    """Its answer is held back until `freed` is set."""
    await connection.send(post(b"first"))
    assert await connection.answer() == (200, b"first")
    listener.app.freed.clear()
    await connection.send(post(b"second"))
    while not listener.app.repeated:  # noqa: ASYNC110 - a list, which has no event to wait for
        await asyncio.sleep(0.01)


async def test_what_comes_while_an_answer_is_under_way_is_answered_behind_it(listener: Listener) -> None:
    listener.app.repeats = True
    async with listener.connection() as connection:
        await second_begun(listener, connection)
        await connection.send(post(b"third") + post(b"fourth", TOKEN)[:20])
        await connection.send(post(b"fourth", TOKEN)[20:])
        served: Any = next(iter(listener.state.connections))
        while not served._unread and len(listener.app.seen) == 1:  # noqa: ASYNC110 - bytes, which have no event
            await asyncio.sleep(0.01)
        assert not served.transport.is_reading(), "what comes behind that stays with whoever sends it"
        listener.app.freed.set()
        assert [await connection.answer() for _ in range(3)] == [(200, b"second"), (200, b"third"), (200, b"fourth")]


async def test_a_process_that_ends_finishes_the_answer_under_way_and_says_so(listener: Listener) -> None:
    listener.app.repeats = True
    async with listener.connection() as connection:
        await second_begun(listener, connection)
        await connection.send(post(b"third"))
        served: Any = next(iter(listener.state.connections))
        while not served._unread:  # noqa: ASYNC110 - bytes, which have no event
            await asyncio.sleep(0.01)
        served.shutdown()
        listener.app.freed.set()
        told = b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\nsecond"
        assert await connection.ended() == told
    assert listener.app.repeated == [b"second"]


def test_whoever_went_away_meanwhile_is_told_nothing_and_nor_is_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def gone() -> None:
        async with listening(ClosingHttp) as listener:
            listener.app.repeats = True
            async with listener.connection() as connection:
                await second_begun(listener, connection)
            while listener.state.connections:  # noqa: ASYNC110 - uvicorn's set
                await asyncio.sleep(0.01)
            listener.app.freed.set()
            assert await asked(listener, post(b"next")) == [(200, b"next")]

    uvloop.run(gone())  # asyncio's own loop lets whatever is written to nobody go
    assert caplog.records == []


async def test_a_connection_that_rests_too_long_is_closed_after_an_answer_of_either_way(quick: Listener) -> None:
    quick.app.repeats = True
    async with quick.connection() as connection:
        for body in (b"first", b"second"):
            await connection.send(post(body))
            assert await connection.answer() == (200, body)
        assert await connection.ended() == b""


async def test_a_connection_is_kept_while_it_answers_under_a_known_head(quick: Listener) -> None:
    quick.app.repeats = True
    async with quick.connection() as connection:
        await second_begun(quick, connection)
        answered = asyncio.create_task(connection.answer())
        await asyncio.wait({answered}, timeout=1.5)
        assert not answered.done(), "the pause before it was over in time"
        quick.app.freed.set()
        assert await answered == (200, b"second")


BODIES = st.sampled_from([b"", b"a", b"\r\n\r\n", DECLINED, b"x" * 3_000, post(b"inner"), b"0\r\n\r\n"])
REQUESTS = st.builds(
    lambda body, headers, chunked: (
        HEAD + b"".join(headers) + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        if chunked and body
        else post(body, *headers)
    ),
    BODIES,
    st.lists(st.sampled_from([TOKEN, b"Accept: */*\r\n"]), max_size=1),
    st.booleans(),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(REQUESTS, st.booleans(), st.integers(0, 4_000)), min_size=2, max_size=6))
async def test_however_requests_come_they_are_answered_as_if_nothing_were_kept(
    requests: list[tuple[bytes, bool, int]],
) -> None:
    """Each in two pieces, or in one; the next when it was answered, or at once."""
    told: list[list[tuple[int, bytes]]] = []
    for repeats in (False, True):
        answers: list[tuple[int, bytes]] = []
        async with listening(ClosingHttp) as listener, listener.connection() as connection:
            listener.app.repeats = repeats
            for sent, (request, waits, cut) in enumerate(requests, 1):
                for piece in filter(None, (request[:cut], request[cut:])):
                    await connection.send(piece)
                    await asyncio.sleep(0)
                while waits and len(answers) < sent:
                    answers.append(await connection.answer())
            answers += [await connection.answer() for _ in requests[len(answers) :]]
        told.append(answers)
    assert told[0] == told[1]
