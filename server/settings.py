"""Settings of one process, read once from the environment. Other rooms get plain values, never this class.

A malformed value is a `SettingsError` whose text names the variable, what is wrong with it and what would be right.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

from domain.access import Role
from domain.webhook_addresses import Network, networks_from
from server.claims import ClaimNames, parse_claim, parse_role_names
from server.environment import Reader, SettingsError
from services.event_codec import READERS
from services.group_commit import BATCH_MAX
from subscriptions.consumers.topics import ConsumedTopic, parse_topics
from subscriptions.relay.event_names import parse_aliases

DEFAULT_TOPIC = "fulfillment.inventory.v1.events"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
SYSTEM_FILE = "system.json"
SIMULATOR_RATE_MAX = 1_000.0
GROUP = "stockcast-consumers"
SUFFIX = ".dead-letter"
JWKS_SECONDS = 5 * 60
OPERATIONS_A_MINUTE = 100_000
SOCKETS_A_SUBJECT = 2_000
OPERATIONS_A_SUBJECT = 4_000
GROUPS_A_SUBJECT = 1_000
#: A year, leap years too.
AUDIT_DAYS = 366
WEBHOOK_DAYS = 30
PARK_SECONDS = 15 * 60
PARK_SECONDS_MAX = 7 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Settings:
    """Every knob of the product. Addresses that were not given are empty strings (`None` for Kafka)."""

    port: int = 5005
    host: str = "127.0.0.1"
    data_dir: Path = Path(".data")
    ephemeral: bool = False
    simulator: bool = True
    kafka: bool = False
    database_url: str = ""
    migration_database_url: str = ""
    redis_url: str = ""
    kafka_bootstrap_servers: str | None = None
    topic: str = DEFAULT_TOPIC
    signing_key_file: Path = Path(".data/signing-key.pem")
    jwks_file: Path = Path(".data/jwks.json")
    issuer: str = "stockcast"
    audience: str = "stockcast-api"
    openid_client_id: str = ""
    openid_scope: str = "openid"
    openid_origins: tuple[str, ...] = ()
    jwks_url: str = ""
    jwks_seconds: int = JWKS_SECONDS
    tenant_claim: str = "tenant"
    subject_claim: str = "sub"
    roles_claim: str = "roles"
    scopes_claim: str = "scope"
    vendor_claim: str = "vendor"
    role_names: tuple[tuple[str, frozenset[Role]], ...] = ()
    scope_roles: tuple[tuple[str, frozenset[Role]], ...] = ()
    ledger_head_file: Path | None = None
    ledger_key_file: Path | None = None
    persisted_documents: Path | None = None
    only_persisted: bool = False
    allowed_origins: tuple[str, ...] = ()
    development: bool = False
    log_level: str = "INFO"
    metrics_port: int | None = None
    simulator_rate: float = 3.0
    group_commit_max: int = BATCH_MAX
    operations_a_minute: int = OPERATIONS_A_MINUTE
    sockets_a_subject: int = SOCKETS_A_SUBJECT
    operations_a_subject: int = OPERATIONS_A_SUBJECT
    groups_a_subject: int = GROUPS_A_SUBJECT
    decisions_hours: int = 24
    inbox_days: int = 30
    audit_days: int = AUDIT_DAYS
    webhook_key_file: Path | None = None
    webhook_private_networks: tuple[Network, ...] = ()
    webhook_days: int = WEBHOOK_DAYS
    consumed_topics: tuple[ConsumedTopic, ...] = ()
    consumer_group: str = GROUP
    consumer_instance: str | None = None
    dead_letter_suffix: str = SUFFIX
    park_seconds: int = PARK_SECONDS
    event_names: tuple[tuple[str, str], ...] = ()
    event_prefix: str = ""
    event_suffix: str = ""

    @property
    def own_host(self) -> str:
        """Where a program on this machine finds the API."""
        return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def claim_names(self) -> ClaimNames:
        """Where a token says what."""
        return ClaimNames(
            self.tenant_claim,
            self.subject_claim,
            self.roles_claim,
            self.scopes_claim,
            self.vendor_claim,
            dict(self.role_names),
            dict(self.scope_roles),
        )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, *, demo: bool = False) -> Self:
        """Read and check every variable; `SettingsError` names the first that is wrong. A `demo` is for development
        unless told otherwise."""
        read = Reader(os.environ if environ is None else environ)
        data_dir = Path(read.text("DATA_DIR", ".data")).expanduser().absolute()
        port = read.port("PORT", 5005)
        return cls(
            port=port,
            host=read.text("HOST", "127.0.0.1"),
            data_dir=data_dir,
            ephemeral=read.flag("EPHEMERAL", False),
            simulator=read.flag("SIMULATOR", True),
            kafka=read.flag("KAFKA", False),
            database_url=read.url("DATABASE_URL", ("postgresql", "postgres")),
            migration_database_url=read.url("MIGRATION_DATABASE_URL", ("postgresql", "postgres")),
            redis_url=read.url("REDIS_URL", ("redis", "rediss")),
            kafka_bootstrap_servers=read.hosts("KAFKA_BOOTSTRAP_SERVERS"),
            topic=read.text("TOPIC", DEFAULT_TOPIC),
            **_tokens(read, data_dir),
            ledger_head_file=read.file("LEDGER_HEAD_FILE"),
            ledger_key_file=read.file("LEDGER_KEY_FILE"),
            allowed_origins=read.origins("ALLOWED_ORIGINS", (f"http://127.0.0.1:{port}", f"http://localhost:{port}")),
            persisted_documents=read.file("PERSISTED_DOCUMENTS"),
            only_persisted=read.flag("ONLY_PERSISTED", False),
            development=read.flag("DEVELOPMENT", demo),
            log_level=read.choice("LOG_LEVEL", LOG_LEVELS, "INFO"),
            metrics_port=read.port("METRICS_PORT", 9_100) if read.text("METRICS_PORT", "") else None,
            operations_a_minute=read.whole("OPERATIONS_A_MINUTE", OPERATIONS_A_MINUTE, 999_999_999),
            **_open_at_once(read),
            group_commit_max=read.whole("GROUP_COMMIT_MAX", BATCH_MAX, 10_000),
            decisions_hours=read.whole("DECISIONS_HOURS", 24, 10_000, least=24),
            inbox_days=read.whole("INBOX_DAYS", 30, 10_000),
            audit_days=read.whole("AUDIT_DAYS", AUDIT_DAYS, 10_000, least=365),
            webhook_key_file=read.file("WEBHOOK_KEY_FILE"),
            webhook_private_networks=read.parsed("WEBHOOK_PRIVATE_NETWORKS", parse_networks),
            webhook_days=read.whole("WEBHOOK_DAYS", WEBHOOK_DAYS, 10_000),
            **_events(read),
            simulator_rate=read.number("SIMULATOR_RATE", 3.0, SIMULATOR_RATE_MAX),
        )

    @classmethod
    def of_demo(cls, environ: Mapping[str, str] | None = None) -> Self:
        """As `from_environment`, but what is not given comes from the demo that runs in DATA_DIR, if one does."""
        given = dict(os.environ if environ is None else environ)
        return cls.from_environment(given | _running(given))

    @classmethod
    def of_running_system(cls, *needed: str, environ: Mapping[str, str] | None = None) -> Self:
        """As `of_demo`; `SettingsError` when the address of the database, or another one that is `needed`, is nowhere.

        `needed` are names of variables, such as REDIS_URL.
        """
        settings = cls.of_demo(environ)
        for name in ("DATABASE_URL", *needed):
            if not getattr(settings, name.lower()):
                raise SettingsError(
                    f"{name} is not set, and no demo that has one runs in {settings.data_dir}: start one with "
                    f"`make run`, or set {name}."
                )
        return settings


def parse_networks(text: str) -> tuple[Network, ...]:
    """Raises ValueError, as `Reader.parsed` takes it."""
    try:
        return networks_from(text)
    except ValueError as error:
        raise ValueError(f"must be networks such as 10.0.0.0/8, apart by commas: {error}") from error


def _tokens(read: Reader, data_dir: Path) -> dict[str, Any]:
    """By what keys tokens are recognized, and where they say what."""
    return {
        "signing_key_file": Path(read.text("SIGNING_KEY_FILE", str(data_dir / "signing-key.pem"))).absolute(),
        "jwks_file": Path(read.text("JWKS_FILE", str(data_dir / "jwks.json"))).absolute(),
        "issuer": read.text("ISSUER", "stockcast"),
        "audience": read.text("AUDIENCE", "stockcast-api"),
        "openid_client_id": _openid_client(read),
        "openid_scope": read.text("OPENID_SCOPE", "openid"),
        "openid_origins": read.origins("OPENID_ORIGINS", ()),
        "jwks_url": read.secure_url("JWKS_URL"),
        "jwks_seconds": read.whole("JWKS_SECONDS", JWKS_SECONDS, 24 * 60 * 60, least=10),
        "tenant_claim": read.parsed("TENANT_CLAIM", parse_claim) or "tenant",
        "subject_claim": read.parsed("SUBJECT_CLAIM", parse_claim) or "sub",
        "roles_claim": read.parsed("ROLES_CLAIM", parse_claim) or "roles",
        "scopes_claim": read.parsed("SCOPES_CLAIM", parse_claim) or "scope",
        "vendor_claim": read.parsed("VENDOR_CLAIM", parse_claim) or "vendor",
        "role_names": read.parsed("ROLE_NAMES", parse_role_names),
        "scope_roles": read.parsed("SCOPE_ROLES", parse_role_names),
    }


def _openid_client(read: Reader) -> str:
    """The dashboard's name at the issuer, which must then be an address."""
    client = read.text("OPENID_CLIENT_ID", "")
    if client:
        read.secure_url("ISSUER")
    return client


def _open_at_once(read: Reader) -> dict[str, Any]:
    """What one subject may have at one process."""
    return {
        "sockets_a_subject": read.whole("SOCKETS_A_SUBJECT", SOCKETS_A_SUBJECT, 1_000_000),
        "operations_a_subject": read.whole("OPERATIONS_A_SUBJECT", OPERATIONS_A_SUBJECT, 100_000_000),
        "groups_a_subject": read.whole("GROUPS_A_SUBJECT", GROUPS_A_SUBJECT, 100_000_000),
    }


def _events(read: Reader) -> dict[str, Any]:
    """What is told by other systems, and how ours is named to them."""
    return {
        "consumed_topics": read.parsed("CONSUMED_TOPICS", parse_topics),
        "consumer_group": read.name("CONSUMER_GROUP", GROUP),
        "consumer_instance": read.name("CONSUMER_INSTANCE", "") or None,
        "dead_letter_suffix": read.name("DEAD_LETTER_SUFFIX", SUFFIX),
        "park_seconds": read.whole("PARK_SECONDS", PARK_SECONDS, PARK_SECONDS_MAX),
        "event_names": read.parsed("EVENT_NAMES", partial(parse_aliases, known=READERS)),
        "event_prefix": read.name("EVENT_PREFIX", ""),
        "event_suffix": read.name("EVENT_SUFFIX", ""),
    }


def _running(given: Mapping[str, str]) -> dict[str, str]:
    """Variables of the demo in DATA_DIR, fewer those that `given` already names; empty without a demo.

    All or nothing: with a DATABASE_URL of one's own, the demo's Redis and Kafka belong to another system.
    """
    if given.get("DATABASE_URL"):
        return {}
    file = Path(given.get("DATA_DIR") or ".data").expanduser() / SYSTEM_FILE
    try:
        running: dict[str, str] = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return {name: value for name, value in running.items() if not given.get(name)}
