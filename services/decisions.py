"""Decisions: what a command came to, and the key under which it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of a command in codes and ids; the things themselves are read as they are when it is answered.

    `places` are the levels concerned as (SKU, location code), known also when the command was refused; `adjustment` and
    `subject` (a SKU, a location's code) name what else was made.
    """

    refusals: tuple[Refusal, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    adjustment: UUID | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One use of an idempotency key: unique per subject and operation; `fingerprint` tells what was asked under it."""

    subject: str
    operation: str
    key: str
    fingerprint: bytes


class KeyReused(Exception):
    """The key was used before with another request."""
