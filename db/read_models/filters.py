"""Filters as conditions: what a caller left out narrows nothing."""

from __future__ import annotations

from collections.abc import Sequence

from db.searching import pattern
from domain.access import Scope


def stated(**conditions: object) -> dict[str, object]:
    """Those of the conditions that have a value."""
    return {name: value for name, value in conditions.items() if value is not None}


def listed(values: Sequence[str] | None) -> list[str] | None:
    """A sequence of texts (or of enumerated ones) as PostgreSQL takes it."""
    return None if values is None else [str(value) for value in values]


def pattern_of(search: str | None) -> str | None:
    return None if search is None else pattern(search)


def scoped(scope: Scope) -> dict[str, object]:
    """The condition that a vendor's view adds."""
    return {} if scope.vendor is None else {"vendor": scope.vendor}
