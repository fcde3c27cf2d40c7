"""Tokens: whom they let in, and what is told to those they do not."""

import asyncio
import base64
import hmac
import json
import stat
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from domain.access import Role, Scope
from domain.identity import tenant_id
from server.key_set import KeySet
from server.keys import ensure_development_key, read_keys, read_signing_key
from server.settings import Settings, SettingsError
from server.tokens import Terms, TokenAuthenticator, issue
from services.identity import Session, Unauthenticated
from services.ports import Unavailable

MERIDIAN = tenant_id("meridian")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a demo with a key of its own."""
    made = Settings(development=True, signing_key_file=tmp_path / "key.pem", jwks_file=tmp_path / "jwks.json")
    ensure_development_key(made.signing_key_file, made.jwks_file)
    return made


async def _exists(tenant: UUID) -> bool:
    return tenant == MERIDIAN


def authenticator(settings: Settings, **options: Any) -> TokenAuthenticator:
    keys = KeySet(read_keys(settings.jwks_file))
    revoked = options.pop("revoked", Revoked())
    return TokenAuthenticator(keys, Terms.of(settings), revoked, options.pop("tenant_exists", _exists), **options)


@dataclass
class Revoked:
    """What was revoked, by the tests' word."""

    ids: set[tuple[UUID, str]] = field(default_factory=set[tuple[UUID, str]])

    def covers(self, tenant: UUID, token_id: str) -> bool:
        return (tenant, token_id) in self.ids


def signed(settings: Settings, *, without: str = "", headers: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token of the demo's key with claims changed or left out."""
    key = read_signing_key(settings.signing_key_file, settings.jwks_file)
    now = int(time.time())
    body = {
        "iss": settings.issuer,
        "aud": settings.audience,
        "sub": "manager@acme",
        "tenant": "meridian",
        "roles": ["analyst"],
        "exp": now + 60,
    } | claims
    body.pop(without, None)
    return jwt.encode(body, key.private, algorithm=key.algorithm, headers={"kid": key.kid} | (headers or {}))


async def test_a_token_of_the_demo_names_tenant_subject_roles_and_end(settings: Settings) -> None:
    token = issue(settings, "meridian", "manager", ttl=60)
    session = await authenticator(settings).authenticate(f"Bearer {token}")
    assert (session.caller.tenant, session.caller.tenant_slug) == (MERIDIAN, "meridian")
    assert session.caller.roles == {Role.MANAGER}
    assert session.caller.subject == "manager@meridian"
    assert 0 < session.expires_at.timestamp() - time.time() <= 60


async def test_a_vendors_token_sees_its_own_items_only(settings: Settings) -> None:
    token = issue(settings, "meridian", "vendor", vendor="Tarnside Equipment")
    session = await authenticator(settings).authenticate(f"bearer {token}")
    assert session.caller.scope == Scope(MERIDIAN, "Tarnside Equipment")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer \ud800.ü.\0"])
async def test_no_token_or_no_jwt_is_refused(settings: Settings, header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        await authenticator(settings).authenticate(header)


@pytest.mark.parametrize("claim", ["exp", "iss", "aud", "sub", "tenant", "roles"])
async def test_a_token_without_a_required_claim_is_refused_by_its_name(settings: Settings, claim: str) -> None:
    with pytest.raises(Unauthenticated, match=f"`{claim}`"):
        await authenticator(settings).authenticate(f"Bearer {signed(settings, without=claim)}")


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"iss": "elsewhere"}, "another issuer"),
        ({"aud": "elsewhere"}, "another audience"),
        ({"exp": 1}, "expired"),
        ({"nbf": time.time() + 3600}, "not valid yet"),
        ({"tenant": "nowhere"}, "tenant does not exist"),
        ({"tenant": ["meridian"]}, "`tenant`"),
        ({"tenant": "meri\0dian"}, "`tenant`"),
        ({"sub": ""}, "`sub`"),
        ({"sub": 7}, "`sub`"),
        ({"roles": "admin"}, "`roles`"),
        ({"roles": [1]}, "`roles`"),
        ({"roles": ["vendor"]}, "`vendor`"),
        ({"roles": ["vendor"], "vendor": ""}, "`vendor`"),
        ({"exp": 10**18}, "`exp`"),
        ({"exp": True}, "`exp`"),
        ({"exp": "tomorrow"}, "`exp`"),
        ({"jti": 7}, "`jti`"),
        ({"jti": ""}, "`jti`"),
        ({"jti": "x" * 201}, "`jti`"),
    ],
)
async def test_a_wrong_claim_is_refused_in_a_sentence(settings: Settings, claims: dict[str, Any], told: str) -> None:
    token = signed(settings, **claims)
    with pytest.raises(Unauthenticated, match=told) as refused:
        await authenticator(settings).authenticate(f"Bearer {token}")
    assert token not in str(refused.value)


async def test_a_clock_half_a_minute_off_does_not_matter_where_a_token_begins(settings: Settings) -> None:
    token = signed(settings, nbf=time.time() + 20, iat=time.time() + 20)
    assert (await authenticator(settings).authenticate(f"Bearer {token}")).caller.subject == "manager@acme"


async def test_a_token_signed_by_nobody_or_by_another_algorithm_is_refused(settings: Settings) -> None:
    claims = jwt.decode(signed(settings), options={"verify_signature": False})
    key = read_keys(settings.jwks_file)[0]
    for token in (
        _joined({"alg": "none", "kid": key.kid}, claims, b""),
        _signed_with_the_public_key(settings, claims),
        jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", headers={"kid": key.kid}),
        jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", headers={"kid": "other"}),
    ):
        with pytest.raises(Unauthenticated):
            await authenticator(settings).authenticate(f"Bearer {token}")


def _signed_with_the_public_key(settings: Settings, claims: dict[str, Any]) -> str:
    """What a verifier accepts that takes the algorithm from the token: everybody knows the public key."""
    key = read_keys(settings.jwks_file)[0]
    secret = key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "kid": key.kid}
    return _joined(header, claims, hmac.digest(secret, _joined(header, claims).encode(), "sha256"))


def _joined(header: dict[str, Any], claims: dict[str, Any], signature: bytes | None = None) -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode()]
    parts += [] if signature is None else [signature]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


async def test_a_changed_payload_does_not_pass_as_the_token_it_was_made_from(settings: Settings) -> None:
    verified = authenticator(settings)
    token = signed(settings)
    await verified.authenticate(f"Bearer {token}")
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps(claims | {"roles": ["admin"]}).encode()).decode().rstrip("=")
    with pytest.raises(Unauthenticated, match="signature"):
        await verified.authenticate(f"Bearer {head}.{forged}.{signature}")


async def test_a_remembered_token_still_expires(settings: Settings) -> None:
    now = time.time()
    clock = [now]
    verified = authenticator(settings, clock=lambda: clock[0])
    token = signed(settings, exp=int(now) + 10)
    assert await verified.authenticate(f"Bearer {token}")
    clock[0] = now + 11
    with pytest.raises(Unauthenticated, match="expired"):
        await verified.authenticate(f"Bearer {token}")


async def test_a_remembered_token_that_is_revoked_no_longer_counts_nor_does_its_session(settings: Settings) -> None:
    revoked = Revoked()
    verified = authenticator(settings, revoked=revoked)
    one, two = (f"Bearer {signed(settings, jti=name)}" for name in ("one", "two"))
    session, other = await verified.authenticate(one), await verified.authenticate(two)
    assert [verified.revoked(each) for each in (session, other)] == [False, False]

    revoked.ids.add((MERIDIAN, "one"))
    verified.forget_revoked()

    assert [verified.revoked(each) for each in (session, other)] == [True, False]
    with pytest.raises(Unauthenticated, match="revoked"):
        await verified.authenticate(one)
    assert await verified.authenticate(two) == other


async def test_a_token_that_is_revoked_while_it_is_verified_does_not_get_in(settings: Settings) -> None:
    revoked = Revoked()

    async def exists(tenant: UUID) -> bool:
        revoked.ids.add((tenant, "one"))
        return True

    verified = authenticator(settings, revoked=revoked, tenant_exists=exists)
    with pytest.raises(Unauthenticated, match="revoked"):
        await verified.authenticate(f"Bearer {signed(settings, jti='one')}")


async def test_a_token_without_an_id_stands_until_it_expires(settings: Settings) -> None:
    session = await authenticator(settings).authenticate(f"Bearer {signed(settings)}")
    assert session.token_id is None


async def test_a_remembered_token_goes_with_its_key(settings: Settings) -> None:
    keys = KeySet()
    keys.replace(read_keys(settings.jwks_file))
    verified = TokenAuthenticator(keys, Terms.of(settings), Revoked(), _exists)
    token = f"Bearer {signed(settings)}"
    session = await verified.authenticate(token)
    assert not keys.replace(read_keys(settings.jwks_file)), "the same key, read once more"
    assert (keys.told, KeySet(read_keys(settings.jwks_file)).told) == (1, 0), (
        "the issuer told one, and of the fixed none"
    )
    assert not verified.revoked(session)

    assert keys.replace(())
    verified.forget_revoked()

    assert verified.revoked(session)
    with pytest.raises(Unauthenticated, match="not trusted"):
        await verified.authenticate(token)


async def test_only_so_many_tokens_are_remembered_and_a_tenant_is_looked_up_until_it_exists(settings: Settings) -> None:
    asked: list[UUID] = []

    async def exists(tenant: UUID) -> bool:
        asked.append(tenant)
        return len(asked) > 1

    verified = authenticator(settings, tenant_exists=exists, cache_max=3)
    with pytest.raises(Unauthenticated):
        await verified.authenticate(f"Bearer {signed(settings)}")
    for number in range(10):
        await verified.authenticate(f"Bearer {signed(settings, sub=f'subject {number}')}")
    assert len(asked) == 2
    assert len(verified._sessions) == 3


@pytest.mark.parametrize("kind", ["RS256", "EdDSA", "ES384"])
async def test_keys_of_every_asymmetric_kind_are_accepted(tmp_path: Path, kind: str) -> None:
    private: Any = {
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
        "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    }[kind]()
    to_jwk = {"RS256": RSAAlgorithm, "EdDSA": OKPAlgorithm, "ES384": ECAlgorithm}[kind].to_jwk
    jwks, pem = tmp_path / "jwks.json", tmp_path / "key.pem"
    jwks.write_text(json.dumps({"keys": [to_jwk(private.public_key(), as_dict=True) | {"kid": "1", "alg": kind}]}))
    pem.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    settings = Settings(signing_key_file=pem, jwks_file=jwks)
    token = issue(settings, "meridian", "admin")
    assert (await authenticator(settings).authenticate(f"Bearer {token}")).caller.roles == {Role.ADMIN}


def test_a_shared_secret_or_a_short_key_counts_as_no_key(tmp_path: Path) -> None:
    secret = {"kty": "oct", "k": base64.urlsafe_b64encode(b"s" * 32).decode(), "kid": "1", "alg": "HS256"}
    short = RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024).public_key(), as_dict=True)
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps({"keys": [secret, short]}))
    with pytest.raises(SettingsError, match="holds no key"):
        read_keys(jwks)


@pytest.mark.parametrize("content", ["", "[]", '{"keys": 1}', '{"keys": [1]}', "{}", '"x"'])
def test_a_document_that_is_none_is_refused_in_a_sentence(tmp_path: Path, content: str) -> None:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(content)
    with pytest.raises(SettingsError, match="JWKS_FILE"):
        read_keys(jwks)


def test_the_demos_key_is_made_once_for_its_owner_alone(settings: Settings) -> None:
    files = (settings.signing_key_file, settings.jwks_file)
    before = [file.read_bytes() for file in files]
    ensure_development_key(*files)
    assert [file.read_bytes() for file in files] == before
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    assert [key.development for key in read_keys(settings.jwks_file)] == [True]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"role": "king"}, "role must be one of"),
        ({"role": "vendor"}, "needs the vendor's name"),
        ({"role": "analyst", "vendor": "Tarnside Equipment"}, "no other role"),
        ({"role": "analyst", "tenant": " "}, "`tenant`"),
    ],
)
def test_a_token_that_would_be_refused_is_not_issued(settings: Settings, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        issue(settings, arguments.pop("tenant", "meridian"), arguments.pop("role"), **arguments)


def test_without_a_key_nothing_is_issued_and_the_remedy_is_told(tmp_path: Path, settings: Settings) -> None:
    bare = replace(settings, development=False, signing_key_file=tmp_path / "none.pem")
    with pytest.raises(SettingsError, match="make run"):
        issue(bare, "meridian", "analyst")


async def test_a_refused_token_is_told_with_its_reason_and_a_missing_one_is_not(settings: Settings) -> None:
    told: list[tuple[str, str]] = []
    verified = authenticator(settings, refused=lambda token, reason: told.append((token, reason)))
    for header in (None, "Bearer ", "Bearer x"):
        with pytest.raises(Unauthenticated):
            await verified.authenticate(header)
    assert [token for token, _ in told] == ["x"]
    assert "JWT" in told[0][1]


async def test_of_many_who_come_at_once_the_tenant_is_asked_for_once_and_again_where_no_answer_came(
    settings: Settings,
) -> None:
    asked: list[UUID] = []
    answers = [Unavailable("away"), True]

    async def exists(tenant: UUID) -> bool:
        asked.append(tenant)
        await asyncio.sleep(0)
        answer = answers.pop(0)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    tokens = authenticator(settings, tenant_exists=exists)
    bearers = [f"Bearer {signed(settings, sub=f'analyst-{number}@acme')}" for number in range(20)]
    for outcome, times in ((Unavailable, 1), (Session, 2)):
        told = await asyncio.gather(*map(tokens.authenticate, bearers), return_exceptions=True)
        assert {type(each) for each in told} == {outcome}
        assert asked == [MERIDIAN] * times
