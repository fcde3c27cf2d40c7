"""Archives: a month of a tenant's ledger as lines of text, and the balances that stay in its place.

A line for each entry is what is hashed of it, in the order of its seals, so its SHA-256 is the hash in its block; then
comes a line for the last balance of each level that the month changed. The hash of the whole text is sealed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

import orjson

from services.seals import ENTRY_FIELDS, Entry, entry_bytes, time_of

BALANCE_FORMAT = "stockcast ledger balance 1"
#: What is hashed of a balance, after the format, the tenant and the month.
BALANCE_FIELDS = (
    *("entry_id", "sku", "location", "level_version", "recorded_at"),
    *("on_hand", "allocated", "unavailable", "incoming"),
)
_KEPT = tuple(ENTRY_FIELDS.index(name) for name in ("id", "sku", "location", "level_version", "recorded_at"))
_AFTER = tuple(ENTRY_FIELDS.index(f"{name}_after") for name in BALANCE_FIELDS[5:])
_SKU, _LOCATION, _VERSION = (ENTRY_FIELDS.index(name) for name in ("sku", "location", "level_version"))

#: A balance as the values of BALANCE_FIELDS.
Balance = Iterable[Any]


def balance_bytes(tenant: str, month: str, balance: Balance) -> bytes:
    """What is hashed of a balance: that after the last entry of a month."""
    id_, sku, location, version, recorded_at, *quantities = balance
    return orjson.dumps(
        [BALANCE_FORMAT, tenant, month, str(id_), sku, location, version, time_of(recorded_at), *quantities]
    )


def balance_hash(tenant: str, month: str, balance: Balance) -> bytes:
    return hashlib.sha256(balance_bytes(tenant, month, balance)).digest()


class MonthArchive:
    """Takes the entries of a month, in their order, and tells the lines of its archive."""

    def __init__(self, tenant: UUID, month: str) -> None:
        self._tenant = str(tenant)
        self._month = month
        self._digest = hashlib.sha256()
        self._last: dict[tuple[str, str], tuple[Any, ...]] = {}
        self.entries = 0

    def line(self, entry: Entry) -> bytes:
        values = tuple(entry)
        place = values[_SKU], values[_LOCATION]
        if place not in self._last or self._last[place][_VERSION] < values[_VERSION]:
            self._last[place] = values
        self.entries += 1
        return self._told(entry_bytes(self._tenant, values))

    def closing_lines(self) -> Iterator[bytes]:
        """To be written when all entries have been."""
        for balance in self.balances():
            yield self._told(balance_bytes(self._tenant, self._month, balance))

    def balances(self) -> Iterator[list[Any]]:
        """Of each level that the month changed, as the values of BALANCE_FIELDS."""
        for _, values in sorted(self._last.items()):
            yield [*(values[at] for at in _KEPT), *(values[at] for at in _AFTER)]

    @property
    def document(self) -> bytes:
        """The hash of all that was written."""
        return self._digest.digest()

    def _told(self, line: bytes) -> bytes:
        self._digest.update(line + b"\n")
        return line + b"\n"


def sealed_balances(tenant: UUID, month: str, balances: Iterable[Balance]) -> Mapping[UUID, bytes]:
    """Balances by the entry that they follow, with their hashes."""
    return {next(iter(balance)): balance_hash(str(tenant), month, balance) for balance in balances}
