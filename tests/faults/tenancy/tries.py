"""Tries: what a request is filled with in place of a thing of one's own, and what must read the same."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from schema.ids import global_id
from tests.factories.shop import fresh
from tests.faults.tenancy.belongings import Belongings, uuid_in
from tests.faults.tenancy.things import IDENTIFIED, Thing

#: Of a UUID of ours some of the random bits: neither its time nor the number of a line.
_OTHERWISE = 0x5A5A_5A5A << 24
#: Of so many forged ones `some` are one.
FORGED_OF = 4


@dataclass(frozen=True, slots=True)
class Try:
    """A value made of another tenant's thing, and one made alike of nothing, which reads the same."""

    how: str
    value: str
    nothing: str

    @property
    def forged(self) -> bool:
        return self.how.startswith("forged")


def some(every: Iterable[Try], turn: int) -> list[Try]:
    """Another tenant's things, and of the forged ones some: others at each turn."""
    chosen = list(every)
    return [each for number, each in enumerate(chosen) if not each.forged or (number + turn) % FORGED_OF == 0]


def tries(thing: Thing, theirs: Belongings, mine: Belongings, told: Sequence[str] = ()) -> Iterator[Try]:
    """`told`: what another tenant has that is of use at one place alone: the cursors of this list and of another one,
    or the idempotency key of a request like this."""
    if thing is Thing.NODE:
        for kind, id_ in theirs.nodes.items():
            yield from _ids(kind, id_, mine)
    elif thing in IDENTIFIED:
        yield from _ids(thing.value, theirs.name(thing), mine)
    elif thing is Thing.CURSOR:
        yield from _cursors(told[0], told[1])
    elif thing is Thing.STREAM_CURSOR:
        yield from _positions(told[0])
    else:
        name = told[0] if thing is Thing.KEY else theirs.name(thing)
        yield from _texts(name, fresh("Nothing"), theirs.shop.tenant)


def _texts(theirs: str, nothing: str, tenant: str) -> Iterator[Try]:
    yield Try("another tenant's", theirs, nothing)
    yield Try("forged: in other letters", theirs.swapcase(), nothing)
    yield Try("forged: a pattern", f"%{theirs[2:]}", nothing)
    yield Try("forged: with its tenant", f"{tenant}/{theirs}", nothing)
    yield Try("forged: as SQL", f"{theirs}' OR true --", nothing)


def _ids(kind: str, theirs: str, mine: Belongings) -> Iterator[Try]:
    uuid = UUID(uuid_in(theirs))
    nothing = global_id(kind, _another(uuid))
    yield Try(f"another tenant's {kind}", theirs, nothing)
    yield Try(f"another tenant's {kind} by its UUID", str(uuid), str(_another(uuid)))
    other = "Item" if kind != "Item" else "Location"
    yield Try(f"forged: another tenant's {kind} as {other}", global_id(other, uuid), nothing)
    wrong = mine.nodes["Tenant" if kind != "Tenant" else "Item"]
    yield Try(f"forged: {kind} with an id of mine", global_id(kind, UUID(uuid_in(wrong))), nothing)
    yield Try(f"forged: {kind} in capitals", encoded(f"{kind}:{str(uuid).upper()}"), nothing)
    yield Try(f"forged: {kind} of two tenants", encoded(f"{kind}:{uuid}:{mine.tenant}"), nothing)
    yield Try(f"forged: {kind} padded", f"{theirs}==", nothing)
    yield Try(f"forged: {kind} cut", theirs[:-3], nothing)
    yield Try("forged: rubbish", "rubbish", nothing)


def _cursors(first: str, of_another_list: str) -> Iterator[Try]:
    """Each forged alike from another tenant's cursor and from one that only lies at the same place."""
    forged: dict[str, Callable[[list[object]], list[object]]] = {
        "another tenant's": lambda values: values,
        "forged: of another order": lambda values: ["TENANT", *values[1:]],
        "forged: with a tenant in it": lambda values: [*values, first],
        "forged: without its end": lambda values: values[:-1],
        "forged: with other kinds of values": lambda values: [values[0], *([value] for value in values[1:])],
    }
    for how, forge in forged.items():
        yield Try(how, _cursor(forge(_values(first))), _cursor(forge(_elsewhere(_values(first)))))
    others = _values(of_another_list)
    yield Try("forged: of another list", of_another_list, _cursor(_elsewhere(others)))
    yield Try("forged: rubbish", "rubbish", "nothing")


def _positions(theirs: str) -> Iterator[Try]:
    epoch, _, offset = decoded(theirs).partition(":")
    nobodys = epoch[::-1].swapcase()
    assert nobodys != epoch
    for how, number in (("another tenant's", int(offset)), ("forged: far ahead", 10**9), ("forged: at its begin", 0)):
        yield Try(how, encoded(f"{epoch}:{number}"), encoded(f"{nobodys}:{number}"))
    yield Try("forged: rubbish", "rubbish", "nothing")
    yield Try("forged: without a number", encoded(f"{epoch}:"), encoded(f"{nobodys}:"))


def _another(uuid: UUID) -> UUID:
    return UUID(int=uuid.int ^ _OTHERWISE)


def _elsewhere(values: list[object]) -> list[object]:
    """A place in the same list right beside, at which nothing is: no name of anybody's has this end."""
    return [values[0], *(_beside(value) for value in values[1:])]


def _beside(value: object) -> object:
    if not isinstance(value, str) or (value[:4].isdigit() and value[4:5] == "-" and value[10:11] in ("T", " ")):
        return value  # a number or a time
    try:
        return str(_another(UUID(value)))
    except ValueError:
        return f"{value}~"


def _values(cursor: str) -> list[object]:
    return json.loads(decoded(cursor))


def _cursor(values: list[object]) -> str:
    return encoded(json.dumps(values, separators=(",", ":")))


def decoded(text: str) -> str:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
