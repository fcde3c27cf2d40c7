"""Who acts in the random runs, with which roles; and what the plain books know of roles."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

ADMIN = "admin@acme"
EXPIRY = "stockcast:expiry"


class Person(NamedTuple):
    roles: frozenset[str]
    vendor: str | None = None


def _person(*roles: str, vendor: str | None = None) -> Person:
    return Person(frozenset(roles), vendor)


PEOPLE = {
    ADMIN: _person("admin"),
    "manager@acme": _person("manager"),
    "approver@acme": _person("approver"),
    "lead@acme": _person("manager", "approver"),
    "vendor@acme": _person("vendor", vendor="acme"),
    "vendor@other": _person("vendor", vendor="other"),
    # Asks as a vendor, decides as one of the house.
    "partner@acme": _person("vendor", "approver", vendor="acme"),
    EXPIRY: _person("system"),
}
#: Roles by which stock is corrected without being asked for it.
_BY_RIGHT = frozenset({"manager", "admin"})

MOVING = st.sampled_from([ADMIN, "manager@acme", "lead@acme"])
CORRECTING = st.sampled_from((*[ADMIN, "manager@acme", "vendor@acme"] * 2, "lead@acme", "vendor@other", "partner@acme"))
DECIDING = st.sampled_from([ADMIN, "approver@acme", "approver@acme", "approver@acme", "lead@acme", "partner@acme"])


def only_asks(name: str) -> bool:
    """Whether what this person corrects waits whatever the rules: a vendor's does."""
    return not PEOPLE[name].roles & _BY_RIGHT


def vendor_of(name: str) -> str | None:
    """The vendor whose items alone this person may correct."""
    return PEOPLE[name].vendor if only_asks(name) else None
