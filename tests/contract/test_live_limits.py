"""The limits of live transports as a deployment sets them, against a running server with small ones."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import pytest

from tests import servers
from tests.contract.event_source import EventSource
from tests.contract.peer import PING, VIEWER, Peer, complete, init, subscribe
from tests.factories.shop import Shop
from tests.stack import Stack, assert_healthy, eventually, running_stack

SOCKETS, OPERATIONS = 3, 150
OPERATIONS_AT_ONCE, GROUPS = 110, 2
#: Of one socket; no setting.
STREAMS = 100
WATCH = "subscription { stockLevelChanged { type } }"


@pytest.fixture(scope="module")
def strict_stack(postgres: servers.Postgres) -> Iterator[Stack]:
    limits = {
        "SOCKETS_A_SUBJECT": SOCKETS,
        "OPERATIONS_A_MINUTE": OPERATIONS,
        "OPERATIONS_A_SUBJECT": OPERATIONS_AT_ONCE,
        "GROUPS_A_SUBJECT": GROUPS,
    }
    environ = {name: str(most) for name, most in limits.items()}
    with (
        postgres.clone() as addresses,
        servers.running(servers.redis_server) as redis,
        running_stack(addresses, redis.url, only=("serve",), environ=environ) as stack,
    ):
        yield stack


@pytest.fixture
def stack(strict_stack: Stack) -> Iterator[Stack]:
    yield strict_stack
    assert_healthy(strict_stack)


@pytest.fixture
def token(stack: Stack, request: pytest.FixtureRequest) -> str:
    """Of a subject that no other test counts with."""
    return stack.token("analyst", subject=f"{request.node.name}@acme")


def test_a_subject_has_so_many_sockets_and_event_streams_and_no_other_is_the_poorer(stack: Stack, token: str) -> None:
    watched = {"query": WATCH}
    with ExitStack() as opened:
        for _ in range(SOCKETS - 1):
            opened.enter_context(Peer(stack)).initialise(token)
        assert opened.enter_context(EventSource(stack, token, watched)).status == 200
        with Peer(stack) as refused:
            refused.say(init(token))
            code, reason = refused.closed()
            assert (code, f"{SOCKETS} sockets" in reason) == (1013, True)
        with EventSource(stack, token, watched) as refused:
            assert (refused.status, refused.headers["retry-after"]) == (429, "1")
            (error,) = refused.json()["errors"]
            assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("LIMIT_EXCEEDED", SOCKETS)
        with Peer(stack) as other:
            other.initialise(Shop(stack).manager.token)
    eventually(lambda: _may_come_back(stack, token), "a seat is free again")


def _may_come_back(stack: Stack, token: str) -> bool:
    with Peer(stack) as peer:
        peer.say(init(token), PING)
        try:
            return peer.hear()["type"] == "connection_ack"
        except Exception:  # noqa: BLE001 - closed with 1013: asked again
            return False


def test_a_socket_carries_so_many_operations_and_one_more_is_refused_alone(stack: Stack, token: str) -> None:
    with Peer(stack) as peer:
        peer.initialise(token)
        peer.say(*(subscribe(str(number), WATCH) for number in range(STREAMS)))
        heard = [peer.hear() for _ in range(STREAMS)]
        assert {message["type"] for message in heard} == {"next"}
        peer.say(subscribe("more", VIEWER))
        refusal = next(message for message in iter(peer.hear, None) if message["id"] == "more")
        assert refusal["type"] == "error"
        assert refusal["payload"][0]["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": STREAMS}
        peer.say(complete("0"), subscribe("more", VIEWER))
        answer = next(message for message in iter(peer.hear, None) if message["id"] == "more")
        assert answer["type"] == "next"


def test_a_subject_has_so_many_operations_open_over_all_its_sockets(stack: Stack, token: str) -> None:
    with Peer(stack) as one, Peer(stack) as other:
        for peer, number in ((one, STREAMS), (other, OPERATIONS_AT_ONCE - STREAMS)):
            peer.initialise(token)
            peer.say(*(subscribe(str(number), WATCH) for number in range(number)))
            assert {peer.hear()["type"] for _ in range(number)} == {"next"}
        other.say(subscribe("more", VIEWER))
        refusal = next(message for message in iter(other.hear, None) if message["id"] == "more")
        assert refusal["payload"][0]["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": OPERATIONS_AT_ONCE}
    with Peer(stack) as peer:
        peer.initialise(token)
        eventually(lambda: _answers(peer), "what left gave its operations back")


def _answers(peer: Peer) -> bool:
    peer.say(subscribe("more", VIEWER))
    if peer.hear()["type"] == "error":
        return False
    return peer.hear() == complete("more")


def test_a_subject_watches_in_so_many_ways(stack: Stack, token: str) -> None:
    ways = [f'subscription {{ stockLevelChanged(filter: {{ skus: ["{number}"] }}) {{ type }} }}' for number in "abc"]
    with Peer(stack) as peer:
        peer.initialise(token)
        peer.say(subscribe("1", ways[0]), subscribe("2", ways[0]), subscribe("3", ways[1]))
        assert {peer.hear()["type"] for _ in range(3)} == {"next"}
        peer.say(subscribe("4", ways[2]))
        refusal = next(message for message in iter(peer.hear, None) if message["id"] == "4")
        assert refusal["payload"][0]["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": GROUPS}


def test_operations_above_the_rate_are_refused_on_every_socket_of_the_subject(stack: Stack, token: str) -> None:
    with Peer(stack) as one, Peer(stack) as other:
        for peer in (one, other):
            peer.initialise(token)
        _ask_until_refused(one)
        error, asked = _ask_until_refused(other)
        assert asked < OPERATIONS / 2, "no more than what a moment gives back"
        assert error["code"] == "RATE_LIMITED"
        assert 0 < error["retryAfterMs"] <= 60_000


def _ask_until_refused(peer: Peer) -> tuple[dict[str, Any], int]:
    """What the refusal says, and how often it was let pass before."""
    for asked in count():
        peer.say(subscribe("1", VIEWER))
        if (answer := peer.hear())["type"] == "error":
            return answer["payload"][0]["extensions"], asked
        assert peer.hear() == complete("1")
    raise AssertionError


@pytest.mark.parametrize("message", [PING, {"type": "pong"}, complete("never")], ids=lambda message: message["type"])
def test_a_flood_of_messages_that_ask_for_nothing_ends_its_socket_with_1013(
    stack: Stack, token: str, message: dict[str, object]
) -> None:
    with Peer(stack) as peer:
        peer.initialise(token)
        peer.flood(*[message] * (2 * OPERATIONS + 200))
        code, reason = peer.closed()
        assert (code, reason.startswith("Too many messages")) == (1013, True)


def test_a_flood_before_the_initialisation_ends_its_socket_with_1013(stack: Stack) -> None:
    with Peer(stack) as peer:
        peer.flood(*[PING] * 50)
        assert peer.closed()[0] == 1013
