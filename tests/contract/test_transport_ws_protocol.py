"""graphql-transport-ws against the running server: each requirement and each close code of the protocol's text.

The text is PROTOCOL.md of npm's graphql-ws 6; REQUIREMENTS, at the end, names for each of its sentences the tests that
show it. What is ours beyond the text comes last: messages of 64 KB, other sites' pages, no compression.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from websockets.exceptions import InvalidHandshake
from websockets.typing import Origin, Subprotocol

from tests.contract.peer import PING, VIEWER, Message, Peer, complete, init, next_, subscribe
from tests.factories.frames import MALFORMED
from tests.factories.operations import STREAM, mutation
from tests.factories.shop import Shop, fresh
from tests.live import PROTOCOL
from tests.stack import Stack

LEGACY = Subprotocol("graphql-ws")
KIB_64 = 64 * 1024


@pytest.fixture
def peer(stack: Stack) -> Iterator[Peer]:
    """Connected, and not yet initialised."""
    with Peer(stack) as peer:
        yield peer


@pytest.fixture
def ready(peer: Peer, shop: Shop) -> Peer:
    """A manager's, acknowledged."""
    return peer.initialise(shop.manager.token)


def told(shop: Shop) -> Message:
    """What the viewer query gives a manager."""
    return {"data": {"viewer": {"subject": f"manager@{shop.tenant}"}}}


def watch(id_: str, sku: str) -> Message:
    return subscribe(id_, STREAM, variables={"snapshot": True, "filter": {"skus": [sku]}})


def event_of(message: Message) -> Any:
    assert message["type"] == "next", message
    return message["payload"]["data"]["stockLevelChanged"]


def caught_up(peer: Peer, *ids: str) -> None:
    """Each of these streams has told its snapshot."""
    waited_for = set(ids)
    while waited_for:
        message = peer.hear()
        if event_of(message)["type"] == "CAUGHT_UP":
            waited_for.discard(message["id"])


def change(peer: Peer) -> tuple[str, Any]:
    """The next change, with the id of its stream."""
    while event_of(message := peer.hear())["type"] == "CAUGHT_UP":
        pass
    return message["id"], event_of(message)["level"]


# ---------------------------------------------------------------------- the subprotocol
def test_the_socket_speaks_graphql_transport_ws_whatever_else_is_offered(stack: Stack) -> None:
    for offered in ((PROTOCOL,), (LEGACY, PROTOCOL), (Subprotocol("soap"), PROTOCOL)):
        with Peer(stack, protocols=offered) as peer:
            assert peer.socket.subprotocol == PROTOCOL


@pytest.mark.parametrize("offered", [(), (LEGACY,), (Subprotocol("graphql-transport-ws2"),)])
def test_a_client_of_another_protocol_the_legacy_one_too_is_closed_with_4406(
    stack: Stack, offered: tuple[Subprotocol, ...]
) -> None:
    with Peer(stack, protocols=offered) as peer:
        assert peer.socket.subprotocol is None
        assert peer.closed()[0] == 4406


def test_a_client_that_closes_with_1000_is_answered_with_1000(ready: Peer, shop: Shop) -> None:
    ready.say(watch("1", shop.stocked()))
    caught_up(ready, "1")
    ready.socket.close(1000)
    assert ready.closed()[0] == 1000


# ---------------------------------------------------------------------- connection_init
@pytest.mark.parametrize("key", ["Authorization", "authorization", "AUTHORIZATION"])
def test_an_initialisation_is_acknowledged(peer: Peer, shop: Shop, key: str) -> None:
    peer.say({"type": "connection_init", "payload": {key: f"Bearer {shop.manager.token}", "more": [None]}})
    assert peer.hear() == {"type": "connection_ack"}


def test_who_does_not_initialise_within_5_seconds_is_closed_with_4408(peer: Peer) -> None:
    with pytest.raises(TimeoutError):
        peer.hear(3)
    assert peer.closed(10) == (4408, "Connection initialisation timeout")


def test_who_is_initialised_in_time_stays(ready: Peer) -> None:
    with pytest.raises(TimeoutError):
        ready.hear(6)
    assert ready.heard_until_pong() == []


def test_two_initialisations_are_closed_with_4429_acknowledged_or_not(peer: Peer, stack: Stack, shop: Shop) -> None:
    peer.initialise(shop.manager.token).say(init(shop.manager.token))
    assert peer.closed() == (4429, "Too many initialisation requests")
    with Peer(stack) as hasty:
        hasty.say(init(shop.manager.token), init(shop.manager.token))
        assert hasty.closed()[0] == 4429


@pytest.mark.parametrize(
    "given",
    [
        {}, {"payload": None}, {"payload": {}}, {"payload": {"Authorization": None}}, {"payload": {"Authorization": 1}},
        {"payload": {"Authorization": ["Bearer"]}}, {"payload": {"Authorization": "Bearer x"}},
    ],
)  # fmt: skip
def test_who_is_not_let_in_is_closed_with_4403(peer: Peer, given: Message) -> None:
    peer.say({"type": "connection_init"} | given)
    code, reason = peer.closed()
    assert (code, reason.startswith("Forbidden: ")) == (4403, True)


# ---------------------------------------------------------------------- ping and pong
@pytest.mark.parametrize("initialised", [False, True])
def test_a_ping_is_answered_at_once_with_its_payload_if_it_has_one(peer: Peer, shop: Shop, initialised: bool) -> None:
    if initialised:
        peer.initialise(shop.manager.token)
    for payload in (None, {}, {"a": [1, {"b": None}], "é": "\U0001f4a5"}):
        peer.say({"type": "ping", "payload": payload})
        assert peer.hear() == {"type": "pong"} | ({} if payload is None else {"payload": payload})
    peer.say(PING)
    assert peer.hear() == {"type": "pong"}


@pytest.mark.parametrize("initialised", [False, True])
def test_a_pong_that_nobody_asked_for_changes_nothing(peer: Peer, shop: Shop, initialised: bool) -> None:
    if initialised:
        peer.initialise(shop.manager.token)
    peer.say({"type": "pong"}, {"type": "pong", "payload": None}, {"type": "pong", "payload": {"a": 1}})
    assert peer.heard_until_pong() == []


# ---------------------------------------------------------------------- subscribe
def test_who_subscribes_before_the_acknowledgement_is_closed_with_4401(peer: Peer) -> None:
    peer.say(subscribe("1", VIEWER))
    code, reason = peer.closed()
    assert (code, reason.startswith("Unauthorized")) == (4401, True)


def test_an_id_that_is_active_is_closed_with_4409(stack: Stack, shop: Shop) -> None:
    sku = shop.stocked()
    for again in (watch("1", sku), subscribe("1", VIEWER), subscribe("1", "{")):
        with Peer(stack) as peer:
            peer.initialise(shop.manager.token).say(watch("1", sku))
            caught_up(peer, "1")
            peer.say(again)
            assert peer.closed() == (4409, "Subscriber for 1 already exists")


def test_an_id_is_free_again_once_its_operation_is_over_however_it_ended(ready: Peer, shop: Shop) -> None:
    ready.say(subscribe("1", VIEWER))
    assert [ready.hear(), ready.hear()] == [next_("1", told(shop)), complete("1")]
    ready.say(subscribe("1", "{ nothing }"))
    assert ready.hear()["type"] == "error"
    sku = shop.stocked()
    for _ in range(2):
        ready.say(watch("1", sku))
        caught_up(ready, "1")
        ready.say(complete("1"))
    ready.say(subscribe("1", VIEWER))
    assert [ready.hear(), ready.hear()] == [next_("1", told(shop)), complete("1")]


@pytest.mark.parametrize("field", ["operationName", "variables", "extensions"])
def test_what_a_subscription_may_leave_out_may_be_null(ready: Peer, shop: Shop, field: str) -> None:
    ready.say(subscribe("1", VIEWER, **{field: None}))
    assert ready.hear() == next_("1", told(shop))


def test_an_operation_is_chosen_by_its_name_and_given_its_variables(ready: Peer, shop: Shop) -> None:
    sku = shop.stocked(7)
    query = "query A { viewer { subject } } query B ($s: String!) { stock(sku: $s) { availableToPromise } }"
    ready.say(subscribe("1", query, operationName="B", variables={"s": sku}, extensions={"a": {"b": 1}}))
    assert ready.hear() == next_("1", {"data": {"stock": {"availableToPromise": 7}}})
    assert ready.hear() == complete("1")


# ---------------------------------------------------------------------- next, error, complete
def test_a_mutation_gives_one_next_and_complete(ready: Peer, shop: Shop) -> None:
    sku = shop.item()
    given = {"idempotencyKey": fresh("key"), "sku": sku, "quantity": 5}
    ready.say(subscribe("m", mutation("receiveStock"), variables={"input": given}))
    result = ready.hear()
    assert result["payload"]["data"]["receiveStock"]["stockLevel"] == shop.level(sku)
    assert ready.hear() == complete("m")


def test_operations_are_told_apart_by_their_ids_side_by_side(ready: Peer, shop: Shop) -> None:
    one, other = shop.stocked(), shop.stocked()
    ready.say(watch("one", one), watch("other", other))
    caught_up(ready, "one", "other")
    ready.say(subscribe("query", VIEWER))
    assert [ready.hear(), ready.hear()] == [next_("query", told(shop)), complete("query")]
    for sku in (other, one):
        level = shop.adjust(sku, 1)
        assert change(ready) == ("other" if sku == other else "one", level)


@pytest.mark.parametrize(
    "query", ["{", "", "{ nothing }", "subscription { nothing }", "query A { __typename } query B { __typename }"]
)
def test_what_is_refused_before_it_runs_is_one_error_with_codes_and_nothing_more(ready: Peer, query: str) -> None:
    ready.say(subscribe("1", query))
    message = ready.hear()
    assert (message["id"], message["type"]) == ("1", "error")
    assert message["payload"]
    assert all(error["message"] and error["extensions"]["code"] for error in message["payload"])
    assert ready.heard_until_pong() == []


def test_a_stream_that_cannot_begin_is_one_error_and_nothing_more(ready: Peer) -> None:
    ready.say(subscribe("1", STREAM, variables={"after": "rubbish"}))
    message = ready.hear()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "BAD_USER_INPUT")
    assert ready.heard_until_pong() == []


def test_an_error_of_a_field_comes_in_the_result_with_its_extensions(peer: Peer, shop: Shop) -> None:
    peer.initialise(shop.analyst.token)
    given = {"idempotencyKey": fresh("key"), "sku": "NONE", "quantity": 1}
    peer.say(subscribe("1", mutation("receiveStock"), variables={"input": given}))
    result = peer.hear()
    assert result["type"] == "next"
    assert result["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert peer.hear() == complete("1")


def test_nothing_of_a_stream_comes_once_the_client_has_completed_it(ready: Peer, shop: Shop) -> None:
    sku = shop.stocked()
    ready.say(watch("gone", sku), watch("stays", sku))
    caught_up(ready, "gone", "stays")
    ready.say(complete("gone"))
    ready.heard_until_pong()
    level = shop.adjust(sku, 1)
    assert change(ready) == ("stays", level)
    assert "gone" not in {message["id"] for message in ready.heard_until_pong()}


def test_no_result_comes_of_what_was_completed_before_it_resolved_and_it_is_carried_out(
    ready: Peer, shop: Shop
) -> None:
    sku = shop.stocked(1)
    given = {"idempotencyKey": fresh("key"), "sku": sku, "quantity": 1}
    ready.say(watch("w", sku))
    caught_up(ready, "w")
    ready.say(subscribe("m", mutation("receiveStock"), variables={"input": given}), complete("m"))
    assert change(ready)[1]["quantityOnHand"] == 2
    assert "m" not in {message["id"] for message in ready.heard_until_pong()}


def test_completing_what_is_over_or_never_was_is_passed_over(ready: Peer) -> None:
    ready.say(complete("never"))
    ready.say(subscribe("1", VIEWER))
    assert [ready.hear()["type"], ready.hear()["type"]] == ["next", "complete"]
    ready.say(complete("1"))
    ready.say(subscribe("2", "{"))
    assert ready.hear()["type"] == "error"
    ready.say(complete("2"))
    assert ready.heard_until_pong() == []


# ---------------------------------------------------------------------- what is no message
@pytest.mark.parametrize("frame", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_no_message_of_the_protocol_is_closed_with_4400_and_a_reason(ready: Peer, frame: str) -> None:
    ready.say(frame)
    code, reason = ready.closed()
    assert (code, bool(reason.strip())) == (4400, True)


@pytest.mark.parametrize(
    "frame", ["{", '{"type":"nope"}', '{"type":"ping","payload":1}', '{"type":"subscribe","id":"1"}', b"{}"]
)
def test_so_it_is_before_the_initialisation(peer: Peer, frame: str | bytes) -> None:
    peer.say(frame)
    assert peer.closed()[0] == 4400


@pytest.mark.parametrize("frame", [b"", b'{"type":"ping"}', b"\xff\xfe\x00"])
def test_a_binary_frame_is_closed_with_4400(ready: Peer, frame: bytes) -> None:
    ready.say(frame)
    assert ready.closed()[0] == 4400


def test_a_closed_socket_says_nothing_more(ready: Peer, shop: Shop) -> None:
    sku = shop.stocked()
    ready.say(watch("1", sku))
    caught_up(ready, "1")
    ready.flood("{", subscribe("2", VIEWER), PING)
    shop.adjust(sku, 1)
    assert ready.closed()[0] == 4400


# ---------------------------------------------------------------------- beyond the text
def padded(size: int) -> str:
    """A ping of so many bytes."""
    frame = '{"type":"ping","payload":{"x":""}}'
    return frame.replace('""', f'"{"y" * (size - len(frame))}"')


def test_a_message_of_64_kilobytes_is_taken_and_a_longer_one_is_closed_with_1009(ready: Peer) -> None:
    ready.say(padded(KIB_64))
    assert ready.hear()["type"] == "pong"
    ready.say(padded(KIB_64 + 1))
    assert ready.closed() == (1009, f"The message is longer than {KIB_64} bytes")


def test_a_message_in_many_fragments_is_one_message(ready: Peer) -> None:
    ready.socket.send(iter(['{"type":', '"pi', 'ng","payload":{"é":"', "\U0001f4a5", '"}}']))
    assert ready.hear() == {"type": "pong", "payload": {"é": "\U0001f4a5"}}


@pytest.mark.parametrize("size", [256 * 1024 + 1, 3_000_000])
def test_a_message_that_is_far_too_long_is_closed_with_1009_before_it_is_read(ready: Peer, size: int) -> None:
    ready.flood(padded(size))
    assert ready.closed()[0] == 1009


def test_text_that_is_no_utf8_is_closed_with_1007(ready: Peer) -> None:
    ready.socket.send(b'{"type":"\xff"}', text=True)
    assert ready.closed()[0] == 1007


def test_nothing_is_compressed(ready: Peer) -> None:
    assert ready.socket.protocol.extensions == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
def test_another_sites_page_is_refused_with_403(stack: Stack, origin: str) -> None:
    with pytest.raises(InvalidHandshake, match="403"):
        Peer(stack, origin=Origin(origin))


def test_a_page_of_this_host_may_connect(stack: Stack, shop: Shop) -> None:
    with Peer(stack, origin=Origin(stack.url)) as peer:
        peer.initialise(shop.manager.token)


REQUIREMENTS: dict[str, tuple[Callable[..., None], ...]] = {
    "The WebSocket sub-protocol for this specification is: graphql-transport-ws.": (
        test_the_socket_speaks_graphql_transport_ws_whatever_else_is_offered,
        test_a_client_of_another_protocol_the_legacy_one_too_is_closed_with_4406,
    ),
    "Multiple operations identified with separate IDs can be active at any time and interleaved.": (
        test_operations_are_told_apart_by_their_ids_side_by_side,
    ),
    "The client closes the socket by dispatching a 1000: Normal Closure close event.": (
        test_a_client_that_closes_with_1000_is_answered_with_1000,
    ),
    "ConnectionAck: Expected response to the ConnectionInit message.": (test_an_initialisation_is_acknowledged,),
    "If the client does not request a connection within the allowed timeout, the server will close with 4408.": (
        test_who_does_not_initialise_within_5_seconds_is_closed_with_4408,
        test_who_is_initialised_in_time_stays,
    ),
    "More than one ConnectionInit message at any given time: 4429.": (
        test_two_initialisations_are_closed_with_4429_acknowledged_or_not,
    ),
    "If the server wishes to reject the connection it is recommended to close the socket with 4403: Forbidden.": (
        test_who_is_not_let_in_is_closed_with_4403,
    ),
    "A Pong must be sent in response to a Ping as soon as possible; a Ping can be sent at any time.": (
        test_a_ping_is_answered_at_once_with_its_payload_if_it_has_one,
    ),
    "The Pong message may even be sent unsolicited as an unidirectional heartbeat.": (
        test_a_pong_that_nobody_asked_for_changes_nothing,
    ),
    "An active subscriber with the ID, regardless of the operation type: the server must close with 4409.": (
        test_an_id_that_is_active_is_closed_with_4409,
    ),
    "Once a client completes an operation, it is free to re-use that ID.": (
        test_an_id_is_free_again_once_its_operation_is_over_however_it_ended,
    ),
    "operationName?, variables?, extensions?: … | null": (
        test_what_a_subscription_may_leave_out_may_be_null,
        test_an_operation_is_chosen_by_its_name_and_given_its_variables,
    ),
    "If the connection is not acknowledged, the socket will be closed immediately with 4401: Unauthorized.": (
        test_who_subscribes_before_the_acknowledgement_is_closed_with_4401,
    ),
    "After all results have been emitted, the Complete message will follow.": (
        test_a_mutation_gives_one_next_and_complete,
    ),
    "Error can occur before execution starts or during it; it terminates the operation, no further messages.": (
        test_what_is_refused_before_it_runs_is_one_error_with_codes_and_nothing_more,
        test_a_stream_that_cannot_begin_is_one_error_and_nothing_more,
        test_an_error_of_a_field_comes_in_the_result_with_its_extensions,
    ),
    "Client -> Server Complete: no further events should be sent through.": (
        test_nothing_of_a_stream_comes_once_the_client_has_completed_it,
    ),
    "Complete for a single-result-operation before it resolved: the result should not be sent through.": (
        test_no_result_comes_of_what_was_completed_before_it_resolved_and_it_is_carried_out,
    ),
    "Be prepared to receive and ignore messages for operations already completed; ignore unknown IDs.": (
        test_completing_what_is_over_or_never_was_is_passed_over,
    ),
    "A message of a type or format which is not specified: immediate socket closure with 4400: <error-message>.": (
        test_what_is_no_message_of_the_protocol_is_closed_with_4400_and_a_reason,
        test_so_it_is_before_the_initialisation,
        test_a_binary_frame_is_closed_with_4400,
        test_a_closed_socket_says_nothing_more,
    ),
}
