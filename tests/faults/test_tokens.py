"""Tokens that must let nobody in, at every door of a production API whose keys an issuer tells over HTTP; and the end
of what a token opened that is revoked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from server.embedded.database import Addresses, run
from server.settings import Settings
from server.tokens import TOKEN_LENGTH_MAX, issue
from tests import servers
from tests.factories.shop import fresh
from tests.fakes.issuer import Issuer, running_issuer
from tests.faults.doors import OPEN, Ajar, Doors, Said
from tests.faults.figures import LONG, SHARED, Figures, spread_ms
from tests.stack import Stack, assert_healthy, eventually, running_stack

pytestmark = pytest.mark.tokens

REVOKED_WITHIN_S = 5.0 * SHARED
REVOCATIONS = 20 if LONG else 2


@dataclass(frozen=True, slots=True)
class Town:
    """An issuer, and two API processes that believe it."""

    issuer: Issuer
    stack: Stack
    doors: tuple[Doors, ...]
    demos: Settings
    addresses: Addresses

    def kid_of_nobody(self) -> str:
        """A token of a key that the issuer never tells, which makes every process ask for its keys."""
        kid = fresh("nobody")
        self.issuer.add(kid)
        self.issuer.hidden.add(kid)
        return kid


@pytest.fixture(scope="module")
def town(postgres: servers.Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with (
        running_issuer(rsa="RS256", ec="ES256", ed="EdDSA", old="ES256") as issuer,
        postgres.clone() as addresses,
        servers.running(servers.redis_server) as redis,
    ):
        environ = {
            "DEVELOPMENT": "0",
            "JWKS_URL": issuer.url,
            "ISSUER": issuer.name,
            "AUDIENCE": issuer.audience,
            "NO_PROXY": "127.0.0.1",
        }
        with running_stack(addresses, redis.url, only=("serve",), environ=environ) as stack:
            urls = (stack.url, stack.start_beside("serve-2"))
            doors = tuple(Doors(url, stack.http) for url in urls)
            yield Town(issuer, stack, doors, _demos(tmp_path_factory.mktemp("demo")), addresses)


def _demos(directory: Path) -> Settings:
    return Settings.from_environment({"DEVELOPMENT": "1", "DATA_DIR": str(directory)})


@pytest.fixture(autouse=True)
def healthy(town: Town) -> Iterator[None]:
    """Whatever is sent, no process writes what a healthy one never writes."""
    yield
    assert_healthy(town.stack)


def _of_another_key(issuer: Issuer, kid: str, **headers: object) -> str:
    """Under a known key's id, or one that the token brings along."""
    stranger = Issuer(issuer.name, issuer.audience)
    stranger.add(kid)
    return stranger.token(kid, headers=headers)


def _bringing_its_key(issuer: Issuer) -> str:
    private = ec.generate_private_key(ec.SECP256R1())
    stranger = Issuer(issuer.name, issuer.audience)
    stranger.add("ec", private=private)
    jwk = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return stranger.token("ec", headers={"jwk": jwk, "jku": "http://127.0.0.1:1/keys"})


def _withdrawn(town: Town) -> str:
    """Of a key that counted until the issuer withdrew it."""
    token = town.issuer.token("old")
    assert [doors.status(token) for doors in town.doors] == [200, 200]
    town.issuer.hidden.add("old")
    for doors in town.doors:
        nudge = town.issuer.token(town.kid_of_nobody())
        eventually(lambda doors=doors, nudge=nudge: doors.status(nudge) and doors.status(token) == 401, "the key goes")
    return token


def _revoked(town: Town) -> str:
    token = town.issuer.token("ec", jti="leaked")
    town.stack.run("token", "revoke", "leaked", "--tenant", "acme")
    for doors in town.doors:
        eventually(lambda doors=doors: doors.status(token) == 401, "the revocation is known", REVOKED_WITHIN_S)
    return token


def now() -> int:
    return int(time.time())


#: What is wrong with a token -> how it is made, and a word of what is told.
BAD: dict[str, tuple[Callable[[Town], str | None], str]] = {
    "none at all": (lambda town: None, "No token"),
    "no JWT": (lambda town: "a.b.c", "not a signed JWT"),
    "longer than any": (lambda town: town.issuer.token("ec", more="x" * TOKEN_LENGTH_MAX), "longer than"),
    "unsigned (alg none)": (lambda town: town.issuer.unsigned("ec"), "algorithm"),
    "HS256 with the public key": (lambda town: town.issuer.signed_with_the_public_key("rsa"), "algorithm"),
    "PS256 of an RS256 key": (lambda town: town.issuer.token("rsa", headers={"alg": "PS256"}), "algorithm"),
    "another key under a known id": (lambda town: _of_another_key(town.issuer, "ec"), "signature"),
    "brings its key (jwk, jku)": (lambda town: _bringing_its_key(town.issuer), "signature"),
    "a key that nobody told": (lambda town: town.issuer.token(town.kid_of_nobody()), "key that is not trusted"),
    "a key that was withdrawn": (_withdrawn, "key that is not trusted"),
    "the demo's key": (lambda town: issue(town.demos, "acme", "admin"), "key that is not trusted"),
    "claims changed": (lambda town: town.issuer.tampered("ec", roles=["admin"]), "signature"),
    "critical header unknown": (lambda town: town.issuer.token("ec", headers={"crit": ["x"], "x": 1}), "not a signed"),
    "expired": (lambda town: town.issuer.token("ec", exp=now() - 1), "expired"),
    "valid in five minutes": (lambda town: town.issuer.token("ec", nbf=now() + 300), "not valid yet"),
    "without exp": (lambda town: town.issuer.token("ec", exp=None), "`exp`"),
    "another issuer": (lambda town: town.issuer.token("ec", iss="https://evil.test"), "another issuer"),
    "another audience": (lambda town: town.issuer.token("ec", aud="shop"), "another audience"),
    "without a tenant": (lambda town: town.issuer.token("ec", tenant=None), "`tenant`"),
    "a tenant that is not here": (lambda town: town.issuer.token("ec", tenant="nowhere"), "tenant does not exist"),
    "roles that are no list": (lambda town: town.issuer.token("ec", roles="admin"), "`roles`"),
    "a vendor without its code": (lambda town: town.issuer.token("ec", roles=["vendor"]), "`vendor`"),
    "revoked": (_revoked, "revoked"),
}  # fmt: skip


def test_no_bad_token_gets_in_at_any_door(town: Town, figures: Figures) -> None:
    rows: list[str] = []
    for name, (make, told) in BAD.items():
        token = make(town)
        said, elsewhere = (doors.tried(token) for doors in town.doors)
        assert said == elsewhere, name
        assert {door: each.code for door, each in said.items()} == _refused(), name
        assert all(told in each.message for each in said.values()), (name, said)
        assert token is None or token not in str(said)
        rows.append(_row(name, said))
    for kid in ("rsa", "ec", "ed"):
        said = town.doors[0].tried(town.issuer.token(kid, jti=f"good-{kid}"))
        assert {door: each.code for door, each in said.items()} == OPEN, kid
        rows.append(_row(f"a good one of {town.issuer.keys[kid][0]}", said))
    heading = f"{'token':<30} {'HTTP':<5} {'by path':<8} {'WebSocket':<10} {'SSE':<5} told"
    figures.tell("\n".join([f"{len(BAD)} bad tokens, at two processes each", heading, *rows]))


def _refused() -> dict[str, str]:
    return {"HTTP": "401", "by path": "401", "WebSocket": "4403", "SSE": "401"}


def _row(name: str, said: dict[str, Said]) -> str:
    http, path, socket, sse = (said[door].code for door in OPEN)
    return f"{name:<30} {http:<5} {path:<8} {socket:<10} {sse:<5} {said['HTTP'].message}".rstrip()


def test_a_revoked_token_ends_everywhere_within_five_seconds_and_no_other_does(town: Town, figures: Figures) -> None:
    seconds: list[float] = []
    bystander = town.issuer.token("ec", jti="bystander")
    with Ajar(town.doors[0], bystander) as beside:
        for _ in range(REVOCATIONS):
            seconds += _end_one(town, bystander)
        assert beside.ended == {}
    assert max(seconds) < REVOKED_WITHIN_S
    told = f"{REVOCATIONS} tokens revoked, each with a socket and a stream at two processes"
    figures.tell(f"{told}: refused and ended after {spread_ms(seconds)}")


def _end_one(town: Town, bystander: str) -> list[float]:
    """Seconds from the moment at which it was revoked to each end of what the token had opened."""
    jti = fresh("jti")
    token = town.issuer.token("ec", jti=jti)
    with Ajar(town.doors[0], token) as first, Ajar(town.doors[1], token) as second:
        assert town.doors[0].status(token) == 200
        town.stack.run("token", "revoke", jti, "--tenant", "acme")
        for doors in town.doors:
            eventually(lambda doors=doors: doors.status(token) == 401, "refused over HTTP", REVOKED_WITHIN_S)
        refused = time.time()
        for ajar in (first, second):
            ajar.wait()
            assert {door: how for door, (how, _) in ajar.ended.items()} == {"WebSocket": "4403", "SSE": "end"}
        assert [doors.status(bystander) for doors in town.doors] == [200, 200]
        ends = [at for ajar in (first, second) for _, at in ajar.ended.values()]
        return [at - run(_revoked_at(town, jti)) for at in (*ends, refused)]


async def _revoked_at(town: Town, jti: str) -> float:
    connection = await asyncpg.connect(town.addresses.superuser_url)
    try:
        sql = "SELECT extract(epoch FROM revoked_at)::float FROM revoked_tokens WHERE token_id = $1"
        return await connection.fetchval(sql, jti)
    finally:
        await connection.close()


def test_an_issuer_that_is_away_takes_no_key_along_and_one_that_comes_back_is_believed(town: Town) -> None:
    doors, issuer = town.doors[0], town.issuer
    known = issuer.token("ec", sub="somebody new")
    issuer.stop()
    try:
        later = fresh("later")
        issuer.add(later)
        eventually(
            lambda: doors.status(issuer.token(later)) == 401 and _faults(doors.http, doors.url) > 0, "it is asked"
        )
        assert doors.status(known) == 200
        assert doors.http.get(f"{doors.url}/readyz").json()["checks"]["keys"]["status"] == "up"
    finally:
        issuer.start()
    eventually(lambda: doors.status(issuer.token(later)) == 200, "the new key counts")
    log = Path(town.stack.directory, "serve.log").read_text()
    assert log.count("the issuer's keys cannot be had") == 1
    assert log.count("the issuer's keys are to be had again") == 1


def _faults(http: httpx2.Client, url: str) -> float:
    lines = http.get(f"{url}/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("stockcast_jwks_faults_total"))
