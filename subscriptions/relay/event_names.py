"""Event names: what the header `type` of a published message says, where those who read it know our events by theirs.

The body keeps our name: whoever reads envelopes, as the bridge does, needs no settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class EventNames:
    """`aliases` stand in the place of our names; prefix and suffix go around whichever it is: `IStockReservedEvent`."""

    aliases: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    prefix: str = ""
    suffix: str = ""

    def told(self, type_: str) -> str:
        return f"{self.prefix}{self.aliases.get(type_, type_)}{self.suffix}"


def parse_aliases(text: str, known: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """`OURS=THEIRS,OURS=THEIRS`. Raises ValueError with what is wrong and what would be right."""
    pairs = [_pair(part.strip(), set(known)) for part in text.split(",") if part.strip()]
    return tuple(dict(pairs).items())


def _pair(text: str, known: set[str]) -> tuple[str, str]:
    ours, _, theirs = (part.strip() for part in text.partition("="))
    if ours not in known:
        raise ValueError(f"names {ours!r}, which we do not publish: give {', '.join(sorted(known))}")
    if not _NAME.fullmatch(theirs):
        raise ValueError(f"gives {ours} no name in {text!r}: write it as {ours}=THEIRS")
    return ours, theirs
