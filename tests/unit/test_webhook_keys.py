"""The file under whose keys secrets are sealed."""

from __future__ import annotations

import base64
from pathlib import Path
from uuid import uuid4

import pytest

from server.app import create_app
from server.environment import SettingsError
from server.settings import Settings
from server.webhook_keys import keys_of
from services.webhook_ports import SecretLost, WebhookKeys

TENANT, WEBHOOK = uuid4(), uuid4()
OLD, NEW = (base64.b64encode(bytes([n] * 32)).decode() for n in (1, 2))


def keys(file: Path, *lines: str) -> WebhookKeys:
    file.write_text("\n".join(lines) + "\n")
    made = keys_of(Settings(webhook_key_file=file))
    assert made is not None
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_a_secret_is_random_and_of_thirty_two_bytes(file: Path) -> None:
    made = keys(file, OLD)
    first, second = made.fresh(), made.fresh()
    assert first != second
    assert first.startswith("whsec_")
    assert len(base64.b64decode(first.removeprefix("whsec_"), validate=True)) == 32


def test_what_is_sealed_opens_and_shows_nothing_of_the_secret(file: Path) -> None:
    made = keys(file, OLD)
    secret = made.fresh()
    sealed = made.seal(secret, TENANT, WEBHOOK)
    assert made.open(sealed, TENANT, WEBHOOK) == secret
    assert secret.encode() not in sealed
    assert made.seal(secret, TENANT, WEBHOOK) != sealed


def test_what_is_sealed_opens_for_its_own_webhook_of_its_own_tenant_alone(file: Path) -> None:
    made = keys(file, OLD)
    sealed = made.seal(made.fresh(), TENANT, WEBHOOK)
    for tenant, webhook in ((uuid4(), WEBHOOK), (TENANT, uuid4())):
        with pytest.raises(SecretLost):
            made.open(sealed, tenant, webhook)


@pytest.mark.parametrize("place", [0, 5, 20, -1])
def test_what_was_changed_does_not_open(file: Path, place: int) -> None:
    made = keys(file, OLD)
    sealed = bytearray(made.seal(made.fresh(), TENANT, WEBHOOK))
    sealed[place] ^= 1
    with pytest.raises(SecretLost, match="WEBHOOK_KEY_FILE"):
        made.open(bytes(sealed), TENANT, WEBHOOK)


def test_a_new_key_before_the_old_one_seals_and_both_open(file: Path) -> None:
    before = keys(file, OLD)
    secret = before.fresh()
    sealed = before.seal(secret, TENANT, WEBHOOK)

    now = keys(file, NEW, OLD)

    assert now.open(sealed, TENANT, WEBHOOK) == secret
    assert keys(file, NEW).open(now.seal(secret, TENANT, WEBHOOK), TENANT, WEBHOOK) == secret
    with pytest.raises(SecretLost):
        keys(file, NEW).open(sealed, TENANT, WEBHOOK)


def test_without_a_file_there_are_no_keys(file: Path) -> None:
    assert keys_of(Settings()) is None


def test_a_demo_makes_its_key_once_for_its_owner_alone(file: Path) -> None:
    settings = Settings(webhook_key_file=file / "keys", development=True)
    first, second = keys_of(settings), keys_of(settings)
    assert first is not None and second is not None
    assert second.open(first.seal("whsec_x", TENANT, WEBHOOK), TENANT, WEBHOOK) == "whsec_x"
    assert (file / "keys").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "\n", "short", base64.b64encode(b"x" * 16).decode(), "not base64!", "é"])
def test_a_file_that_holds_no_keys_is_refused_and_says_how_to_make_one(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError, match="openssl rand"):
        keys_of(Settings(webhook_key_file=file))


def test_a_file_that_is_not_there_is_refused(file: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        keys_of(Settings(webhook_key_file=file))


def test_a_process_whose_key_cannot_be_read_is_refused_before_it_listens(file: Path, tmp_path: Path) -> None:
    file.write_text("short")
    settings = Settings(
        redis_url="redis://127.0.0.1:1",
        webhook_key_file=file,
        development=True,
        signing_key_file=tmp_path / "signing-key.pem",
        jwks_file=tmp_path / "jwks.json",
    )
    with pytest.raises(SettingsError, match="WEBHOOK_KEY_FILE"):
        create_app(settings)
