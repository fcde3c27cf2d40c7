"""Audit: who did what beside stock, written down in the transaction that does it. Of stock the ledger tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast
from uuid import UUID

from domain.access import Caller

#: What says nothing of a thing to a person: its identity, and how often it was written.
_SILENT = frozenset({"id", "version", "searched"})


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done. When it was, the database's clock tells.

    `action` is the operation of the API, or what else did it, as an imperative; `subject_type` and `subject` name what
    it was done to (`Item`, its SKU); `detail` is JSON: numbers, texts, lists and objects. `request_id` is that of the
    request in which it was asked for, None where there was none.
    """

    id: UUID
    actor: str
    action: str
    subject_type: str
    subject: str
    detail: Mapping[str, Any] | None = None
    request_id: str | None = None


def entry_of(id_: UUID, caller: Caller, action: str, subject_type: str, subject: str, **detail: object) -> AuditEntry:
    """What a caller did; of its details those that are None are left out."""
    told = {name: plain(value) for name, value in detail.items() if value is not None}
    return AuditEntry(id_, caller.subject, action, subject_type, subject, told or None, caller.request_id)


def described(
    id_: UUID, caller: Caller, action: str, subject_type: str, subject: str, before: object, after: object
) -> AuditEntry:
    """That a caller made a thing (`before` is None) or described it anew, with what became of each of its fields."""
    changes = differences(before, after)
    return entry_of(id_, caller, action, subject_type, subject, changes=changes)


def differences(before: object, after: object) -> dict[str, Any]:
    """Of each field that differs, by its name in the API: {"from": …, "to": …}, null where there was none."""
    was, now = _fields_of(before), _fields_of(after)
    return {
        _told_as(name): {"from": plain(was.get(name)), "to": plain(value)}
        for name, value in now.items()
        if value != was.get(name)
    }


def plain(value: Any) -> Any:
    """A value as JSON has it: money as text, moments in ISO 8601, what is composed as an object of what it states."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, UUID):
        return str(value)
    if is_dataclass(value):
        return {_told_as(name): plain(each) for name, each in _fields_of(value).items() if each is not None}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in cast("Mapping[object, object]", value).items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in cast("tuple[object, ...]", value)]
    return value


def _fields_of(thing: Any) -> dict[str, Any]:
    if thing is None:
        return {}
    return {field.name: getattr(thing, field.name) for field in fields(thing) if field.name not in _SILENT}


def _told_as(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
