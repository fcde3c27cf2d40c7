"""Asks: requests as they are drawn and handed in, and what most of them are drawn from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from domain.access import Caller, roles_named
from services.decisions import Decision
from tests.conformance.write_model.people import ADMIN, PEOPLE
from tests.conformance.write_model.plain_stock import Why
from tests.conformance.write_model.world import WriteWorld

FEW = st.integers(1, 5)
SKU = st.sampled_from(["A", "A", "A", "B", "B", "C"])
ANY_SKU = SKU | st.sampled_from(["OLD", "GHOST", "NEW"])
LOCATION = st.sampled_from(["MAIN", "WEST", "EAST"])
PLACE = st.tuples(SKU, LOCATION)
#: D is never promised to anyone, and lies where nothing else does: both come and go (`policies`).
PLACE_OF_D = st.tuples(st.just("D"), st.sampled_from(["MAIN", "ANNEX"]))
ANY_PLACE = st.one_of(
    *(PLACE, PLACE, PLACE, PLACE_OF_D),
    st.tuples(ANY_SKU, st.none() | LOCATION | st.sampled_from(["SHUT", "NOWHERE"])),
)
#: A number that means none of those there are.
UNKNOWN = 40
NUMBER = st.integers(0, UNKNOWN)


class Ask(NamedTuple):
    """One request as it is sent: what, under which key (none: an expiry), with what, by whom. Things are named by their
    numbers, in the order in which they were made."""

    operation: str
    key: str
    arguments: tuple[Any, ...]
    by: str = ADMIN


NOTE = st.sampled_from([None, None, "seen", " "])
REFERENCE = st.sampled_from([None, None, "R-1", "R-2"])
_REASON = st.sampled_from(
    (*["correction"] * 3, *["promotion"] * 2, "damaged", "found", "other", "spoiled", "nonsense", None)
)
WHY = st.builds(Why, _REASON, NOTE, REFERENCE)
#: Mostly what stands in nobody's way.
MOSTLY_FINE = st.just(Why("correction")) | st.just(Why("promotion", "seen", "R-1")) | WHY
_ADMIN = st.just(ADMIN)


def asks(
    operation: str, arguments: st.SearchStrategy[tuple[Any, ...]], by: st.SearchStrategy[str] = _ADMIN
) -> st.SearchStrategy[Ask]:
    return st.builds(lambda drawn, who: Ask(operation, "", drawn, who), arguments, by)


def one_of(number: int, every: Sequence[int], rather: Sequence[int] = ()) -> int | None:
    """A number drawn, as that of a thing that there is: mostly one of those that are wanted rather. None: of none."""
    found = [*(list(rather) * 4), *every]
    return None if number == UNKNOWN or not found else found[number % len(found)]


@dataclass
class Desk:
    """Where requests are handed in; `known` are the ids of what there is, by its kind and number."""

    world: WriteWorld
    known: Mapping[str, Sequence[UUID]]

    def caller(self, ask: Ask) -> Caller:
        tenant, person = self.world.tenant, PEOPLE[ask.by]
        return Caller(tenant.id, tenant.slug, ask.by, roles_named(person.roles), person.vendor)

    def id(self, kind: str, number: int | None) -> UUID:
        """None: that of another tenant's."""
        return self.world.strangers[kind] if number is None else self.known[kind][number]


Send = Callable[[Desk, Ask], Awaitable[Decision]]
