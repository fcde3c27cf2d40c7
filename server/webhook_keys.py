"""Webhook keys: the file under whose keys the secrets of webhooks are sealed in the database.

A line is a key: 32 random bytes in base64. The first seals, all open; so a new one is put before the others, and an old
one is taken away once every secret that was sealed under it has been replaced. Sealed is done by AES-256-GCM, bound to
the tenant and the webhook: what is copied to another row does not open there.
"""

from __future__ import annotations

import logging
import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.keys import create_private
from server.settings import Settings, SettingsError
from services.webhook_messages import SECRET_PREFIX
from services.webhook_ports import SecretLost, WebhookKeys, WebhookPolicy

KEY_BYTES = SECRET_BYTES = 32
NONCE_BYTES = 12
#: What a sealed secret begins with, should there ever be another way to seal.
FORMAT = b"\x01"
logger = logging.getLogger(__name__)

MAKE = "make one with `openssl rand -base64 32 > FILE`"


class FileKeys:
    """Implements `services.webhook_ports.WebhookKeys`."""

    def __init__(self, keys: list[bytes]) -> None:
        self._keys = [AESGCM(key) for key in keys]

    def fresh(self) -> str:
        return SECRET_PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()

    def seal(self, secret: str, tenant: UUID, webhook: UUID) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return FORMAT + nonce + self._keys[0].encrypt(nonce, secret.encode(), _bound_to(tenant, webhook))

    def open(self, sealed: bytes, tenant: UUID, webhook: UUID) -> str:
        nonce, text = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        for key in self._keys if sealed.startswith(FORMAT) else ():
            try:
                return key.decrypt(nonce, text, _bound_to(tenant, webhook)).decode()
            except InvalidTag:
                continue
        raise SecretLost(
            "none of the keys in WEBHOOK_KEY_FILE opens its secret: bring back the line that was there when it was "
            "made, or have the secret replaced with rotateWebhookSecret."
        )


def _bound_to(tenant: UUID, webhook: UUID) -> bytes:
    return b"stockcast webhook secret" + tenant.bytes + webhook.bytes


def webhook_policy(settings: Settings) -> WebhookPolicy:
    """What these settings allow. Raises SettingsError."""
    return WebhookPolicy(keys_of(settings), settings.webhook_private_networks)


def keys_of(settings: Settings) -> WebhookKeys | None:
    """The keys of these settings; None where there are none. A demo's is made where it is missing.

    Raises SettingsError.
    """
    file = settings.webhook_key_file
    if file is None:
        return None
    if settings.development and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        create_private(file, b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        logger.info("WEBHOOK_KEY_FILE %s was missing: a key was made there", file)
    return FileKeys(_read(file))


def _read(file: Path) -> list[bytes]:
    try:
        lines = file.read_text("ascii").split()
        keys = [b64decode(line, validate=True) for line in lines]
    except OSError as error:
        raise SettingsError(f"WEBHOOK_KEY_FILE {file} cannot be read ({error.strerror}): {MAKE}.") from error
    except ValueError as error:
        raise SettingsError(f"WEBHOOK_KEY_FILE {file} holds a line that is not base64: {MAKE}.") from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SettingsError(f"WEBHOOK_KEY_FILE {file} must hold keys of {KEY_BYTES} bytes, one a line: {MAKE}.")
    return keys
