"""Settings of one process, read once from the environment. Other rooms get plain values, never this class.

A malformed value is a `SettingsError` whose text names the variable, what is wrong with it and what would be right.
"""

import json
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

from services.event_codec import READERS
from services.group_commit import BATCH_MAX
from subscriptions.consumers.topics import ConsumedTopic, parse_topics
from subscriptions.relay.event_names import parse_aliases

T = TypeVar("T")

DEFAULT_TOPIC = "fulfillment.inventory.v1.events"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
SYSTEM_FILE = "system.json"
SIMULATOR_RATE_MAX = 1_000.0
GROUP = "stockcast-consumers"
SUFFIX = ".dead-letter"
PARK_SECONDS = 15 * 60
PARK_SECONDS_MAX = 7 * 24 * 60 * 60


class SettingsError(ValueError):
    """One variable of the environment is missing or malformed; the text says which and how to mend it."""


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
    allowed_origins: tuple[str, ...] = ()
    development: bool = False
    log_level: str = "INFO"
    metrics_port: int | None = None
    simulator_rate: float = 3.0
    group_commit_max: int = BATCH_MAX
    decisions_hours: int = 24
    inbox_days: int = 30
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

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, *, demo: bool = False) -> Self:
        """Read and check every variable; `SettingsError` names the first that is wrong. A `demo` is for development
        unless told otherwise."""
        read = _Reader(os.environ if environ is None else environ)
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
            signing_key_file=Path(read.text("SIGNING_KEY_FILE", str(data_dir / "signing-key.pem"))).absolute(),
            jwks_file=Path(read.text("JWKS_FILE", str(data_dir / "jwks.json"))).absolute(),
            issuer=read.text("ISSUER", "stockcast"),
            audience=read.text("AUDIENCE", "stockcast-api"),
            allowed_origins=read.origins("ALLOWED_ORIGINS", (f"http://127.0.0.1:{port}", f"http://localhost:{port}")),
            development=read.flag("DEVELOPMENT", demo),
            log_level=read.choice("LOG_LEVEL", LOG_LEVELS, "INFO"),
            metrics_port=read.port("METRICS_PORT", 9_100) if read.text("METRICS_PORT", "") else None,
            group_commit_max=read.whole("GROUP_COMMIT_MAX", BATCH_MAX, 10_000),
            decisions_hours=read.whole("DECISIONS_HOURS", 24, 10_000, least=24),
            inbox_days=read.whole("INBOX_DAYS", 30, 10_000),
            consumed_topics=read.parsed("CONSUMED_TOPICS", parse_topics),
            consumer_group=read.name("CONSUMER_GROUP", GROUP),
            consumer_instance=read.name("CONSUMER_INSTANCE", "") or None,
            dead_letter_suffix=read.name("DEAD_LETTER_SUFFIX", SUFFIX),
            park_seconds=read.whole("PARK_SECONDS", PARK_SECONDS, PARK_SECONDS_MAX),
            event_names=read.parsed("EVENT_NAMES", partial(parse_aliases, known=READERS)),
            event_prefix=read.name("EVENT_PREFIX", ""),
            event_suffix=read.name("EVENT_SUFFIX", ""),
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


class _Reader:
    """Reads variables one by one; an empty value counts as not given."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name, "").strip() or default

    def port(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and len(value) <= 5 and 1 <= int(value) <= 65535):
            raise SettingsError(f"{name} must be a number from 1 to 65535, not {value!r}: try {name}={default}.")
        return int(value)

    def number(self, name: str, default: float, most: float) -> float:
        """Above 0, at most `most`."""
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 < number <= most:
            raise SettingsError(f"{name} must be a number above 0, at most {most:g}, not {value!r}.")
        return number

    def whole(self, name: str, default: int, most: int, least: int = 1) -> int:
        """From `least` to `most`."""
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and len(value) <= 9 and least <= int(value) <= most):
            raise SettingsError(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
        return int(value)

    def name(self, name: str, default: str) -> str:
        """What Kafka takes as a part of a name."""
        value = self.text(name, default)
        if not re.fullmatch(r"[A-Za-z0-9._-]{0,100}", value):
            raise SettingsError(f"{name} must be letters, digits, `.`, `_` and `-`, at most 100, not {value!r}.")
        return value

    def parsed(self, name: str, parse: Callable[[str], T]) -> T:
        """`parse` raises ValueError with what is wrong, as a sentence that begins with the variable's name."""
        try:
            return parse(self.text(name, ""))
        except ValueError as error:
            raise SettingsError(f"{name} {error}.") from error

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, "1" if default else "0").lower()
        if value in ("1", "true", "yes", "on"):
            return True
        if value in ("0", "false", "no", "off"):
            return False
        raise SettingsError(f"{name} must be 1 or 0, not {value!r}.")

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(name, default).upper()
        if value not in choices:
            raise SettingsError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
        return value

    def url(self, name: str, schemes: tuple[str, ...]) -> str:
        """A URL with one of the schemes, or an empty string; the text of an error never repeats its password."""
        value = self.text(name, "")
        if not value:
            return ""
        try:
            parts = urlsplit(value)
            complete = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            complete = False
        if not complete:
            raise SettingsError(f"{name} must look like {schemes[0]}://user:password@host:port/name.")
        return value

    def hosts(self, name: str) -> str | None:
        """`host:port[,host:port…]`, or `None`."""
        value = self.text(name, "")
        for address in value.split(",") if value else []:
            host, _, port = address.strip().rpartition(":")
            if not (host and port.isascii() and port.isdigit()):
                raise SettingsError(f"{name} must be host:port, several apart by commas, not {value!r}.")
        return value or None

    def origins(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Origins as a browser sends them: scheme, host and port, without a path."""
        given = [part.strip().rstrip("/") for part in self.text(name, "").split(",") if part.strip()]
        for origin in given:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
                raise SettingsError(f"{name} must be origins such as https://shop.example, not {origin!r}.")
        return tuple(given) or default
