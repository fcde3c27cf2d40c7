"""The sender against a real receiver: where it goes, how it proves it, and how long it waits."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest

from domain.webhook_addresses import Address, networks_from
from domain.webhook_retries import Outcome
from server.webhook_sender import WebhookSender
from tests.fakes.receiver import Receiver, answer, certificate_for, receiving

HERE = networks_from("127.0.0.0/8")
HEADERS = {"content-type": "application/json", "webhook-id": "message-1"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@asynccontextmanager
async def sender(*args: object, **more: object) -> AsyncIterator[WebhookSender]:
    made = WebhookSender(*args, **more)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.close()


async def sent(url: str, *args: object, **more: object) -> Outcome:
    async with sender(*args, **more) as one:
        return await one.send(url, HEADERS, b'{"a": 1}')


def leading_to(*addresses: str) -> Callable[[str, int], object]:
    """A resolver that gives each of these in turn, the last for ever."""
    turns = list(addresses)

    async def resolve(host: str, port: int) -> Sequence[Address]:
        return [ip_address(turns.pop(0) if len(turns) > 1 else turns[0])]

    return resolve


async def test_a_message_comes_as_it_is_with_its_headers(receiver: Receiver) -> None:
    receiver.answering = lambda handler: answer(handler, 200, b"thanks")

    outcome = await sent(receiver.url("/hooks?a=1&b=%20"), HERE)

    assert (outcome.status, outcome.error, outcome.answer) == (200, None, "thanks")
    [told] = receiver.told
    assert (told.path, told.body) == ("/hooks?a=1&b=%20", b'{"a": 1}')
    assert told.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert told.headers["webhook-id"] == "message-1"
    assert told.headers["content-type"] == "application/json"


async def test_where_no_private_network_is_allowed_nothing_is_sent_to_one(receiver: Receiver) -> None:
    for host in ("127.0.0.1", "hooks.example.com"):
        outcome = await sent(receiver.url(host=host, scheme="https"), (), resolve=leading_to("127.0.0.1"))
        assert outcome.status is None
        assert outcome.error is not None and "nothing is sent there" in outcome.error
    assert receiver.told == []


async def test_a_name_that_leads_to_the_public_first_and_to_this_machine_then_is_never_called_here(
    receiver: Receiver,
) -> None:
    """Rebinding: each try resolves the name once, and goes where it was judged."""
    resolve = leading_to("93.184.216.34", "127.0.0.1")
    async with sender((), resolve=resolve, within_s=0.3) as one:
        for _ in range(3):
            outcome = await one.send(receiver.url(host="hooks.example.com", scheme="https"), HEADERS, b"{}")
            assert outcome.status is None
    assert receiver.told == []


async def test_the_name_is_resolved_once_for_each_try(receiver: Receiver) -> None:
    resolve = leading_to("127.0.0.1", "10.0.0.1")

    outcome = await sent(receiver.url(host="hooks.example.com"), HERE, resolve=resolve)

    assert outcome.status == 204
    assert receiver.told[0].headers["host"] == f"hooks.example.com:{receiver.port}"


async def test_of_several_addresses_only_those_are_tried_that_may_be_called(receiver: Receiver) -> None:
    async def resolve(host: str, port: int) -> Sequence[Address]:
        return [ip_address(each) for each in ("10.0.0.1", "127.0.0.2", "127.0.0.1")]  # nobody listens at the second

    outcome = await sent(receiver.url(host="hooks.example.com"), HERE, resolve=resolve)

    assert outcome.status == 204


async def test_in_the_clear_nothing_goes_to_the_internet() -> None:
    outcome = await sent("http://hooks.example.com/", HERE, resolve=leading_to("93.184.216.34"))

    assert outcome.error is not None and "93.184.216.34" in outcome.error


async def test_over_tls_the_name_is_proved_though_the_connection_is_made_by_number(tmp_path: Path) -> None:
    server, client = certificate_for(tmp_path, "hooks.example.com")
    with receiving(server) as receiver:
        url = receiver.url(host="hooks.example.com", scheme="https")
        outcome = await sent(url, HERE, resolve=leading_to("127.0.0.1"), trusted=client)
        assert (outcome.status, outcome.error) == (204, None)
        other = receiver.url(host="other.example.com", scheme="https")
        outcome = await sent(other, HERE, resolve=leading_to("127.0.0.1"), trusted=client)
        assert outcome.status is None and "certificate" in (outcome.error or "").lower()
        outcome = await sent(url, HERE, resolve=leading_to("127.0.0.1"))
        assert outcome.status is None and "certificate" in (outcome.error or "").lower()
    assert len(receiver.told) == 1


async def test_two_names_at_one_address_share_no_connection(tmp_path: Path) -> None:
    server, client = certificate_for(tmp_path, "one.example.com")
    with receiving(server) as receiver:
        async with sender(HERE, resolve=leading_to("127.0.0.1"), trusted=client) as one:
            first = await one.send(receiver.url(host="one.example.com", scheme="https"), HEADERS, b"{}")
            second = await one.send(receiver.url(host="two.example.com", scheme="https"), HEADERS, b"{}")
    assert (first.status, second.status) == (204, None)


async def test_what_one_receiver_says_is_not_told_to_another_at_its_address(receiver: Receiver) -> None:
    receiver.answering = lambda handler: answer(handler, 200, set_cookie="admin=1; Path=/")
    async with sender(HERE, resolve=leading_to("127.0.0.1")) as one:
        for host in ("one.example.com", "two.example.com", "two.example.com"):
            await one.send(receiver.url(host=host), HEADERS, b"{}")
    assert len(receiver.told) == 3
    assert not [told for told in receiver.told if "cookie" in told.headers]


@pytest.mark.parametrize("host", ["xn--strae-oqa.de", "xn--hqbpi0jcw.com", "xn--cdb7e.com", "xn--pgb01b.com"])
async def test_an_international_name_is_looked_up_and_told_as_it_was_judged(receiver: Receiver, host: str) -> None:
    looked_up: list[str] = []

    async def resolve(name: str, port: int) -> Sequence[Address]:
        looked_up.append(name)
        return [ip_address("127.0.0.1")]

    outcome = await sent(receiver.url(host=host), HERE, resolve=resolve)

    assert (outcome.status, outcome.error, looked_up) == (204, None, [host])
    assert receiver.told[0].headers["host"] == f"{host}:{receiver.port}"


async def test_an_international_name_is_proved_as_it_was_judged(tmp_path: Path) -> None:
    server, client = certificate_for(tmp_path, "xn--strae-oqa.de")
    with receiving(server) as receiver:
        url = receiver.url(host="xn--strae-oqa.de", scheme="https")
        assert (await sent(url, HERE, resolve=leading_to("127.0.0.1"), trusted=client)).status == 204


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("moment", ["Mon, 01 Jan 9999999999 00:00:00 GMT", "Mon, 01 Jan 2027 99999999999999:00:00 GMT"])
async def test_a_moment_beyond_all_calendars_asks_for_nothing(receiver: Receiver, status: int, moment: str) -> None:
    receiver.answering = lambda handler: answer(handler, status, retry_after=moment)
    outcome = await sent(receiver.url(), HERE)
    assert (outcome.status, outcome.retry_after_s) == (status, None)


async def test_a_fault_of_ours_is_a_try_that_failed(receiver: Receiver) -> None:
    async def resolve(name: str, port: int) -> Sequence[Address]:
        raise RuntimeError("a fault")

    outcome = await sent(receiver.url(host="hooks.example.com"), HERE, resolve=resolve)

    assert (outcome.status, outcome.error) == (None, "RuntimeError: a fault")


async def test_redirects_are_told_and_not_followed(receiver: Receiver) -> None:
    receiver.answering = lambda handler: answer(handler, 307, location=receiver.url("/elsewhere"))

    outcome = await sent(receiver.url(), HERE)

    assert outcome.status == 307
    assert [told.path for told in receiver.told] == ["/hooks"]


async def test_no_proxy_of_the_environment_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert (await sent(receiver.url(), HERE)).status == 204


@pytest.mark.parametrize(
    ("header", "seconds"), [("120", 120.0), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("-5", None)]
)
async def test_what_the_answer_asks_for_is_told(receiver: Receiver, header: str, seconds: float | None) -> None:
    receiver.answering = lambda handler: answer(handler, 503, retry_after=header)

    outcome = await sent(receiver.url(), HERE)

    assert (outcome.status, outcome.retry_after_s) == (503, seconds)


async def test_of_a_long_answer_the_beginning_is_kept_and_the_rest_is_not_waited_for(receiver: Receiver) -> None:
    def talk(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", str(10**12))
        handler.end_headers()
        for _ in range(1_000):
            handler.wfile.write(b"\x00\xff x" * 4_096)

    receiver.answering = talk

    outcome = await sent(receiver.url(), HERE)

    assert outcome.status == 200
    assert outcome.answer is not None and len(outcome.answer) == 1_024
    assert "\x00" not in outcome.answer


async def test_an_answer_whose_body_never_comes_is_still_its_status(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.webhook_sender.ANSWER_S", 0.1)

    def hang(handler: BaseHTTPRequestHandler) -> None:
        # In one piece: with its head arrives what there is of the body.
        handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nth")
        handler.rfile.read(1)

    receiver.answering = hang

    outcome = await sent(receiver.url(), HERE)

    assert (outcome.status, outcome.answer) == (200, "th")


async def test_whoever_does_not_answer_is_not_waited_for(receiver: Receiver) -> None:
    receiver.answering = lambda handler: handler.rfile.read(1)

    outcome = await sent(receiver.url(), HERE, within_s=0.3)

    assert (outcome.status, outcome.error) == (None, "no answer within 0.3 s")
    assert outcome.duration_ms >= 300


async def test_a_name_server_that_does_not_answer_is_not_waited_for() -> None:
    async def resolve(host: str, port: int) -> Sequence[Address]:
        await asyncio.Event().wait()
        return ()

    outcome = await sent("https://hooks.example.com/", (), resolve=resolve, within_s=0.1)

    assert outcome.error == "no answer within 0.1 s"


async def test_what_cannot_be_reached_is_told_as_it_is() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        outcome = await sent(f"http://127.0.0.1:{taken.getsockname()[1]}/", HERE)
    assert outcome.status is None and outcome.error

    async def nowhere(host: str, port: int) -> Sequence[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    outcome = await sent("https://hooks.example.com/", (), resolve=nowhere)
    assert outcome.error is not None and "cannot be resolved" in outcome.error


async def test_who_speaks_no_http_is_told_as_it_is(receiver: Receiver) -> None:
    receiver.answering = lambda handler: handler.wfile.write(b"220 mail.example.com ESMTP\r\n")

    outcome = await sent(receiver.url(), HERE)

    assert outcome.status is None and outcome.error


async def test_a_name_of_this_machine_is_resolved_by_the_machine(receiver: Receiver) -> None:
    assert (await sent(receiver.url(host="localhost"), HERE)).status == 204
