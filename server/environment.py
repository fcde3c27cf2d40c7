"""The environment's variables, read one by one. What is malformed is a SettingsError that names the variable."""

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
#: What stands in no address, and would mean something beside it.
_NO_PART_OF_A_URL = re.compile(r"[\s;,'\"<>\\]")


class SettingsError(ValueError):
    """One variable of the environment is missing or malformed; the text says which and how to mend it."""


class Reader:
    """Reads variables one by one; an empty value counts as not given."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name, "").strip() or default

    def file(self, name: str) -> Path | None:
        """An absolute path, or `None`."""
        value = self.text(name, "")
        return Path(value).expanduser().absolute() if value else None

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

    def secure_url(self, name: str) -> str:
        """An https URL, or an http one of this machine, or an empty string; no error repeats its password."""
        value = self.text(name, "")
        try:
            parts = urlsplit(value)
            here = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
            usable = (here or parts.scheme == "https") and bool(parts.hostname) and (parts.port or 1) > 0
            usable = usable and _NO_PART_OF_A_URL.search(parts.netloc) is None
        except ValueError:
            usable = False
        if value and not usable:
            raise SettingsError(
                f"{name} must look like https://issuer.example/jwks.json; http:// is for this machine alone, for who "
                "can change the document on its way can let anybody in."
            )
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
            found = _ORIGIN.fullmatch(origin)
            if found is None or not 1 <= int(found[1] or 1) <= 65535:
                raise SettingsError(
                    f"{name} must be origins such as https://shop.example or http://10.0.0.7:8080, several apart by "
                    f"commas, not {origin!r}: scheme, host and port, and no `*`."
                )
        return tuple(given) or default
