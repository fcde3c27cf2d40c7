"""Ledger heads: the file beside the database that tells where the chains of seals end, and the key that signs it."""

from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from server.keys import create_private
from server.settings import Settings, SettingsError
from workers.head_file import HeadFile

MAKE = "make one with `openssl genpkey -algorithm ed25519 -out FILE`"


def heads_of(settings: Settings) -> HeadFile | None:
    """The head file of these settings; None where there is none. A demo's key is made where it is missing.

    Raises SettingsError where there is no key to sign with.
    """
    if settings.ledger_head_file is None:
        return None
    file = settings.ledger_key_file
    if file is None:
        raise SettingsError(f"LEDGER_HEAD_FILE is set and LEDGER_KEY_FILE, which signs it, is not: {MAKE}.")
    if settings.development and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        create_private(
            file, Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
    return HeadFile(settings.ledger_head_file, signing_key(file).sign)


def signing_key(file: Path) -> Ed25519PrivateKey:
    """Raises SettingsError."""
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except OSError as error:
        raise SettingsError(f"LEDGER_KEY_FILE {file} cannot be read ({error.strerror}): {MAKE}.") from error
    except (ValueError, TypeError) as error:
        raise SettingsError(f"LEDGER_KEY_FILE {file} is no private key in PEM without a password: {MAKE}.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"LEDGER_KEY_FILE {file} holds another kind of key than Ed25519: {MAKE}.")
    return key


def verifier(file: Path) -> Callable[[bytes, bytes], bool]:
    """Tells whether a signature is one of some bytes, by the private key of a file or by the public one that belongs to
    it. Raises SettingsError."""
    public = _public_key(file)

    def verify(signature: bytes, signed: bytes) -> bool:
        try:
            public.verify(signature, signed)
        except InvalidSignature:
            return False
        return True

    return verify


def _public_key(file: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(file.read_bytes())
    except OSError as error:
        raise SettingsError(f"LEDGER_KEY_FILE {file} cannot be read ({error.strerror}).") from error
    except ValueError:
        return signing_key(file).public_key()
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsError(f"LEDGER_KEY_FILE {file} holds another kind of key than Ed25519.")
    return key
