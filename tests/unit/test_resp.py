"""RESP: replies of Redis as they are read, whole and in pieces."""

import pytest
from redis.exceptions import ResponseError

from subscriptions.log.resp import Coming, Incomplete, command, reply

ENTRIES = (
    b"*1\r\n*2\r\n$6\r\nstream\r\n*2\r\n"
    b"*2\r\n$3\r\n1-1\r\n*4\r\n$1\r\ne\r\n$2\r\n\r\n\r\n$1\r\nb\r\n$0\r\n\r\n"
    b"*2\r\n$3\r\n2-1\r\n*4\r\n$1\r\ne\r\n$2\r\n$9\r\n$1\r\nb\r\n$-1\r\n"
)
READ = [[b"stream", [[b"1-1", [b"e", b"\r\n", b"b", b""]], [b"2-1", [b"e", b"$9", b"b", None]]]]]


def test_a_command_tells_the_length_of_each_of_its_words() -> None:
    assert command(b"XREAD", b"", "ü".encode()) == b"*3\r\n$5\r\nXREAD\r\n$0\r\n\r\n$2\r\n\xc3\xbc\r\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [(ENTRIES, READ), (b"*-1\r\n", None), (b"*0\r\n", []), (b":-7\r\n", -7), (b"+OK\r\n", b"OK"), (b"$-1\r\n", None)],
)
def test_a_whole_reply_is_read_as_what_it_tells(text: bytes, told: object) -> None:
    assert reply(text) == (told, len(text))


def test_what_follows_a_reply_is_left() -> None:
    assert reply(b":1\r\n:2\r\n") == (1, 4)


def test_a_reply_that_is_cut_anywhere_is_incomplete_until_its_last_byte() -> None:
    coming, here = Coming(), bytearray()
    for end in range(1, len(ENTRIES)):
        here += ENTRIES[end - 1 : end]
        with pytest.raises(Incomplete):
            reply(ENTRIES[:end])
        assert not coming.is_whole(here)
        assert not Coming().is_whole(ENTRIES[:end])
    assert coming.is_whole(here + ENTRIES[-1:])
    assert Coming().is_whole(ENTRIES)


def test_an_error_is_raised_with_what_redis_says() -> None:
    with pytest.raises(ResponseError, match="NOAUTH Authentication required"):
        reply(b"-NOAUTH Authentication required.\r\n")


def test_what_is_no_reply_is_refused() -> None:
    with pytest.raises(ValueError, match="HTTP/1"):
        reply(b"HTTP/1.1 400 Bad Request\r\n")
