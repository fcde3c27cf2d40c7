"""The issuer's keys over HTTP: followed through rotation, kept through whatever else it answers, asked for seldom."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import UUID

import pytest

from server.jwks import DOCUMENT_BYTES_MAX, IssuerKeys, JwksDocument, KeysUnavailable
from server.key_set import KeySet
from server.keys import KEYS_MAX
from server.tokens import Terms, TokenAuthenticator
from services.identity import Unauthenticated
from tests.fakes.issuer import MAKERS, Issuer, answer, running_issuer
from tests.fakes.live import PATIENCE_S, eventually

#: Longer than any test.
NEVER_S = 3600.0


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer(one="ES256") as issuer:
        yield issuer


class Nothing:
    """Was revoked."""

    def covers(self, tenant: UUID, token_id: str) -> bool:
        return False


async def _every_tenant_exists(tenant: UUID) -> bool:
    return True


@dataclass
class Follower:
    issuer: Issuer
    keys: KeySet
    found: IssuerKeys
    authenticator: TokenAuthenticator
    withdrawn: int = 0
    now_s: float = 0.0

    async def lets_in(self, kid: str, **changed: Any) -> bool:
        try:
            await self.authenticator.authenticate(f"Bearer {self.issuer.token(kid, **changed)}")
        except Unauthenticated as refused:
            assert "key that is not trusted" in str(refused)
            return False
        return True


@asynccontextmanager
async def following(
    issuer: Issuer, *, max_age_s: float = NEVER_S, within_s: float = 2.0, development: bool = False
) -> AsyncIterator[Follower]:
    document = JwksDocument(issuer.url, development=development, within_s=within_s)
    keys = KeySet()
    found = IssuerKeys(keys, document.fetch, max_age_s=max_age_s, clock=lambda: follower.now_s)
    authenticator = TokenAuthenticator(found, Terms(issuer.name, issuer.audience), Nothing(), _every_tenant_exists)
    follower = Follower(issuer, keys, found, authenticator)

    def withdrawn() -> None:
        follower.withdrawn += 1
        authenticator.forget_revoked()

    found.withdrawn = withdrawn
    async with found.followed():
        yield follower
    await document.close()


# ---------------------------------------------------------------------- rotation
@pytest.mark.parametrize("algorithm", MAKERS)
async def test_a_key_that_comes_after_the_start_counts_at_its_first_token(issuer: Issuer, algorithm: str) -> None:
    async with following(issuer) as follower:
        assert await follower.lets_in("one")
        issuer.add("two", algorithm)
        follower.now_s += 5
        assert await follower.lets_in("two")
        assert await follower.lets_in("one")
        assert issuer.asked == 2


async def test_a_key_that_is_withdrawn_no_longer_counts_nor_do_tokens_that_were_remembered(issuer: Issuer) -> None:
    issuer.add("two")
    async with following(issuer, max_age_s=0.05) as follower:
        session = await follower.authenticator.authenticate(f"Bearer {issuer.token('one')}")
        stays = await follower.authenticator.authenticate(f"Bearer {issuer.token('two')}")
        issuer.hidden.add("one")
        follower.now_s += 5
        await eventually(lambda: follower.withdrawn > 0)
        assert [follower.authenticator.revoked(each) for each in (session, stays)] == [True, False]
        assert not await follower.lets_in("one")
        assert await follower.lets_in("two")


async def test_another_key_under_a_known_id_takes_the_place_of_the_first(issuer: Issuer) -> None:
    async with following(issuer) as follower:
        first = issuer.token("one")
        await follower.authenticator.authenticate(f"Bearer {first}")
        issuer.add("one")
        issuer.add("two")
        follower.now_s += 5
        assert await follower.lets_in("two")
        assert await follower.lets_in("one")
        with pytest.raises(Unauthenticated, match="signature"):
            await follower.authenticator.authenticate(f"Bearer {first}")


async def test_however_many_unknown_keys_are_named_the_issuer_is_asked_once_in_five_seconds(issuer: Issuer) -> None:
    async with following(issuer) as follower:
        for n in range(50):
            issuer.add(f"unknown-{n}")
            issuer.hidden.add(f"unknown-{n}")
        for seconds in (4.9, 0.2, 4.7, 0.2):
            follower.now_s += seconds
            await asyncio.gather(*(follower.lets_in(f"unknown-{n}") for n in range(50)))
        assert issuer.asked == 2, "at the start, and once after five seconds"


async def test_those_who_come_while_the_issuer_is_asked_wait_for_its_answer(issuer: Issuer) -> None:
    told = threading.Event()

    def once_told(request: BaseHTTPRequestHandler) -> None:
        told.wait(PATIENCE_S)
        issuer.tell(request)

    async with following(issuer) as follower:
        issuer.add("two")
        issuer.answering = once_told
        follower.now_s += 5
        waiting = [asyncio.create_task(follower.lets_in("two", sub=f"user {n}")) for n in range(20)]
        await eventually(lambda: issuer.asked == 2)
        assert not any(each.done() for each in waiting)
        told.set()
        assert await asyncio.gather(*waiting) == [True] * 20
        assert issuer.asked == 2


async def test_nobody_is_asked_for_a_key_of_an_algorithm_that_never_counts(issuer: Issuer) -> None:
    async with following(issuer) as follower:
        follower.now_s += 5
        issuer.keys["other"] = issuer.keys["one"]
        for token in (issuer.unsigned("other"), issuer.signed_with_the_public_key("other")):
            with pytest.raises(Unauthenticated, match="algorithm"):
                await follower.authenticator.authenticate(f"Bearer {token}")
        assert issuer.asked == 1


# ---------------------------------------------------------------------- what else it answers
def slowly(request: BaseHTTPRequestHandler) -> None:
    """A byte now and then: no single read takes long."""
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        try:
            request.wfile.write(b" ")
            request.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def without_an_end(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    try:
        while True:
            request.wfile.write(b" " * 65_536)
    except OSError:
        return


BAD = {
    "no JSON": (answer(b"<html>"), "is no JWKS document"),
    "another JSON": (answer(b'["keys"]'), "is no JWKS document"),
    "deep JSON": (answer(b"[" * 100_000), "is no JWKS document"),
    "nothing": (answer(b""), "is no JWKS document"),
    "no key": (answer(b'{"keys": []}'), "holds no key"),
    "shared secrets": (answer(b'{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "one"}]}'), "holds no key"),
    "compressed": (answer(b"\x1f\x8b\x08\x00", headers={"content-encoding": "gzip"}), "is no JWKS document"),
    "a fault": (answer(b"{}", 500), "answers 500"),
    "elsewhere": (answer(b"", 302, {"location": "http://127.0.0.1:1/keys"}), "answers 302 to elsewhere"),
    "slowly": (slowly, "within 0.5 s"),
    "without an end": (without_an_end, f"longer than {DOCUMENT_BYTES_MAX // 1024} KiB"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_an_answer_that_is_no_document_takes_no_known_key_away_and_is_told_once(
    issuer: Issuer, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    bad, told = BAD[kind]
    with caplog.at_level(logging.INFO, "server.jwks"):
        async with following(issuer, within_s=0.5) as follower:
            issuer.answering = bad
            issuer.add("two")
            for _ in range(3):
                follower.now_s += 5
                assert not await follower.lets_in("two")
                assert await follower.lets_in("one")
            [warning] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
            assert told in warning and "Those known of it stay (1)" in warning
            issuer.answering = None
            follower.now_s += 5
            assert await follower.lets_in("two")
    assert [record.getMessage() for record in caplog.records][1:] == ["the issuer's keys are to be had again"]


async def test_an_issuer_that_cannot_be_reached_is_found_again(issuer: Issuer) -> None:
    async with following(issuer) as follower:
        issuer.stop()
        issuer.add("two")
        follower.now_s += 5
        assert not await follower.lets_in("two")
        assert await follower.lets_in("one")
        issuer.start()
        follower.now_s += 5
        assert await follower.lets_in("two")


async def test_a_start_without_the_issuer_knows_no_key_and_goes_on(issuer: Issuer) -> None:
    issuer.stop()
    async with following(issuer, max_age_s=0.05) as follower:
        assert len(follower.keys) == 0
        issuer.start()
        follower.now_s += 5
        await eventually(lambda: len(follower.keys) > 0)
        assert await follower.lets_in("one")


async def test_keys_of_other_kinds_beside_ours_are_passed_over(issuer: Issuer) -> None:
    others: list[Any] = [
        1, None, {}, {"kty": "RSA"}, {"kty": "EC", "crv": "secp256k1", "kid": "k"}, {"kty": ["EC"], "kid": "l"},
        issuer.jwk("one") | {"kid": ["one"]}, issuer.jwk("one") | {"kid": "enc", "use": "enc"},
        issuer.jwk("one") | {"kid": "hs", "alg": "HS256"}, issuer.jwk("one") | {"kid": "other", "alg": "RS256"},
        issuer.jwk("one") | {"kid": "wrong", "alg": ["ES256"]},
    ]  # fmt: skip
    issuer.answering = answer(json.dumps({"keys": [*others, issuer.jwk("one")]}).encode())
    async with following(issuer) as follower:
        assert len(follower.keys) == 1
        assert await follower.lets_in("one")


async def test_of_a_document_with_very_many_keys_the_first_are_taken(issuer: Issuer) -> None:
    keys = [issuer.jwk("one") | {"kid": f"key-{n}"} for n in range(KEYS_MAX + 50)]
    issuer.answering = answer(json.dumps({"keys": keys}).encode())
    async with following(issuer) as follower:
        assert len(follower.keys) == KEYS_MAX


async def test_a_production_process_takes_nothing_of_a_document_that_names_the_demos_key(issuer: Issuer) -> None:
    issuer.add("development-abc")
    async with following(issuer) as follower:
        assert len(follower.keys) == 0
    async with following(issuer, development=True) as follower:
        assert len(follower.keys) == 2


async def test_what_is_said_of_an_address_tells_no_password() -> None:
    document = JwksDocument("http://user:hunter2@127.0.0.1:1/keys?secret=hunter3", development=False)
    with pytest.raises(KeysUnavailable) as told:
        await document.fetch()
    await document.close()
    assert "http://127.0.0.1:1/keys cannot be reached" in str(told.value)
    assert "hunter" not in str(told.value)
