"""Keys: the public ones that tokens are verified with (a JWKS document), and the private one that signs the demo's.

Only asymmetric keys count, and a key's own `alg` (or kind) decides the algorithm, never the token.
"""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import PyJWTError

from server.settings import SettingsError

#: A key whose id begins so signs the demo's tokens; no production process accepts it.
DEVELOPMENT_PREFIX = "development-"
RSA_BITS_MIN = 2048
#: To verify with a larger one takes longer than anybody should wait.
RSA_BITS_MAX = 16_384
#: Of a document only so many are looked at.
KEYS_MAX = 100

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
_PRIVATE_FIELDS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key: its id in the document and the one algorithm it stands for."""

    kid: str | None
    algorithm: str
    public: PublicKey

    @property
    def development(self) -> bool:
        return (self.kid or "").startswith(DEVELOPMENT_PREFIX)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the id and algorithm that its public half has in the JWKS document."""

    kid: str | None
    algorithm: str
    private: PrivateKey


def read_keys(file: Path) -> tuple[VerificationKey, ...]:
    """The usable keys of a JWKS document. Raises SettingsError when there is none."""
    try:
        return keys_in(file.read_bytes())
    except OSError as error:
        raise SettingsError(
            f"JWKS_FILE {file} cannot be read ({error.strerror}): name the document with your issuer's public keys, "
            "JWKS_URL in its place, or set DEVELOPMENT=1 to have one made for a demo."
        ) from error
    except UnusableDocument as error:
        raise SettingsError(f"JWKS_FILE {file} {error}") from error


class UnusableDocument(ValueError):
    """No key can be taken from a document; the text follows the document's name."""


def keys_in(document: bytes) -> tuple[VerificationKey, ...]:
    """The usable keys of a JWKS document. Raises UnusableDocument when there is none."""
    try:
        keys = tuple(_usable(json.loads(document)["keys"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnusableDocument('is no JWKS document: it wants {"keys": [...]} (RFC 7517).') from error
    if not keys:
        raise UnusableDocument(f"holds no key for tokens: it wants RSA ({RSA_BITS_MIN} bits or more), EC or Ed25519.")
    return keys


def _usable(raw_keys: list[Mapping[str, Any]]) -> Iterator[VerificationKey]:
    for raw in raw_keys[:KEYS_MAX]:
        with suppress(PyJWTError, ValueError, TypeError, KeyError, AttributeError):  # of a kind that is not for us
            if raw.get("use", "sig") == "sig" and isinstance(raw.get("kid"), str | None):
                yield from _fitting(PyJWK({name: raw[name] for name in raw.keys() - _PRIVATE_FIELDS}))


def _fitting(key: PyJWK) -> Iterator[VerificationKey]:
    """The key, where it is asymmetric and of a strength that counts."""
    fits = not isinstance(key.key, rsa.RSAPublicKey) or RSA_BITS_MIN <= key.key.key_size <= RSA_BITS_MAX
    if key.algorithm_name in ALGORITHMS and fits:
        yield VerificationKey(key.key_id, key.algorithm_name, key.key)


def read_signing_key(file: Path, jwks_file: Path) -> SigningKey:
    """The private key of a PEM file, as the JWKS document knows it. Raises SettingsError."""
    try:
        private = load_pem_private_key(file.read_bytes(), None)
    except OSError as error:
        raise SettingsError(
            f"There is no signing key at {file}: start the demo with `make run`, name one with SIGNING_KEY_FILE, "
            "or set DEVELOPMENT=1 to have one made."
        ) from error
    except (ValueError, TypeError) as error:
        raise SettingsError(f"SIGNING_KEY_FILE {file} is no private key in PEM without a password.") from error
    if not isinstance(private, PrivateKey):
        raise SettingsError(f"SIGNING_KEY_FILE {file} holds another kind of key than RSA, EC or Ed25519.")
    for key in read_keys(jwks_file):
        if _encoded(key.public) == _encoded(private.public_key()):
            return SigningKey(key.kid, key.algorithm, private)
    raise SettingsError(f"JWKS_FILE {jwks_file} does not name the public half of SIGNING_KEY_FILE {file}: add it.")


def ensure_development_key(signing_key_file: Path, jwks_file: Path) -> None:
    """Make what is missing of the demo's key and its JWKS document; whoever comes second finds the first one's key."""
    for directory in {signing_key_file.parent, jwks_file.parent}:
        directory.mkdir(parents=True, exist_ok=True)
    if not signing_key_file.exists():
        pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        create_private(signing_key_file, pem)
    if not jwks_file.exists():
        private = load_pem_private_key(signing_key_file.read_bytes(), None)
        if not isinstance(private, PrivateKey):
            raise SettingsError(f"SIGNING_KEY_FILE {signing_key_file} holds another kind of key than RSA, EC, Ed25519.")
        create_private(jwks_file, json.dumps({"keys": [_jwk(private.public_key())]}, indent=2).encode() + b"\n")


def create_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole and only if it is not there yet."""
    partial = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
        os.link(partial, file)
    except FileExistsError:
        pass
    finally:
        partial.unlink(missing_ok=True)


def _jwk(public: PublicKey) -> dict[str, Any]:
    if isinstance(public, ec.EllipticCurvePublicKey):
        raw, algorithm = ECAlgorithm.to_jwk(public, as_dict=True), f"ES{min(public.curve.key_size, 512)}"
    elif isinstance(public, rsa.RSAPublicKey):
        raw, algorithm = RSAAlgorithm.to_jwk(public, as_dict=True), "RS256"
    else:
        raw, algorithm = OKPAlgorithm.to_jwk(public, as_dict=True), "EdDSA"
    raw.pop("key_ops", None)
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(_encoded(public)).digest()[:12]).decode()
    return {**raw, "kid": DEVELOPMENT_PREFIX + thumbprint, "use": "sig", "alg": algorithm}


def _encoded(public: PublicKey) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
