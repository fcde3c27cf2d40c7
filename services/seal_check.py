"""The check of a chain of seals: what a block says against the block before it, the entries it speaks of, and what is
known of it outside the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol
from uuid import UUID

from services.seals import GONE, MARK_BYTES, Block, BlockKind, Entry, Head, KnownBlock, block_hash, entry_hash


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was sealed: an entry by id, its place in the chain and its block; None: not known."""

    what: str
    id: UUID | None
    sequence: int | None = None
    block: int | None = None


class Witness(Protocol):
    """What is known of one tenant's chain outside the database."""

    @property
    def last(self) -> int:
        """The number of the last block known; 0 where none is."""
        ...

    def block(self, number: int) -> KnownBlock | None:
        """What is known of a block. Raises BadWitness."""
        ...


class BadWitness(Exception):
    """What was kept outside cannot be believed; the text says why."""


def link_faults(block: Block, before: Head) -> Iterator[Fault]:
    """Whether it follows from the block before it, and its hash from itself."""
    if block.number != before.number + 1:
        yield _of(block, f"blocks {before.number + 1} to {block.number - 1} are missing before its block")
    elif block.previous != before.hash:
        yield _of(block, "its block does not follow from the one before it")
    if block.first != before.sequence + 1:
        yield _of(block, f"its block counts entries from {block.first} instead of {before.sequence + 1}")
    if block.hash != block_hash(block):
        yield _of(block, "its block does not have the hash that it tells")


def linked(blocks: Sequence[Block], before: Head) -> Sequence[Block]:
    """Those of the blocks that follow from one another and from the one before them, up to the first that does not."""
    for n, block in enumerate(blocks):
        if any(link_faults(block, before)):
            return blocks[:n]
        before = block.head
    return blocks


def witness_faults(block: Block, known: KnownBlock) -> Iterator[Fault]:
    """Whether it is the block that is known outside; where not, the entries by which it differs."""
    if block.hash == known.hash:
        return
    here = [(id_, hash_[:MARK_BYTES]) for id_, hash_ in block.sealed]
    differ = False
    for n, (ours, theirs) in enumerate(zip_longest(here, known.marked)):
        if ours == theirs:
            continue
        differ = True
        at = known.first + n
        if theirs is None:
            yield Fault("it was added to a block that was rewritten", ours[0], at, block.number)
        elif ours is None or ours[0] != theirs[0]:
            yield Fault("it stood here before the block was rewritten", theirs[0], at, block.number)
        else:
            yield Fault("it was sealed anew with other contents: its block was rewritten", ours[0], at, block.number)
    if not differ:
        yield _of(block, "its block is another one than was known outside the database: the chain was rewritten")


def entry_faults(block: Block, found: Mapping[UUID, Entry]) -> Iterator[Fault]:
    """Whether its entries are there and as they were."""
    tenant = str(block.tenant)
    for n, (id_, hash_) in enumerate(block.sealed):
        values = found.get(id_)
        if hash_ == GONE:
            yield Fault("it was taken out of the ledger before it was sealed", id_, block.first + n, block.number)
        elif values is None:
            yield Fault("it is not in the ledger any more", id_, block.first + n, block.number)
        elif entry_hash(tenant, values) != hash_:
            yield Fault("it is not what was sealed", id_, block.first + n, block.number)


def balance_faults(block: Block, found: Mapping[UUID, bytes]) -> Iterator[Fault]:
    """Whether the balances that an archive left are there and as they were: entries that they follow, with hashes."""
    for id_, hash_ in block.sealed:
        if id_ not in found:
            yield Fault(f"the balance that it left in {block.month} is not there any more", id_, None, block.number)
        elif found[id_] != hash_:
            yield Fault(f"the balance that it left in {block.month} is not what was sealed", id_, None, block.number)
    for id_ in found.keys() - set(block.ids):
        yield Fault(f"a balance of {block.month} follows it that was never sealed", id_, None, block.number)


def lost(known: KnownBlock) -> Fault:
    """A block that is known outside and not in the chain any more, told of its first entry."""
    what = "it was sealed in a block that is not there any more"
    return Fault(what, known.ids[0] if known.ids else None, known.first, known.number)


def _of(block: Block, what: str) -> Fault:
    """A fault of a whole block, told of its first entry."""
    return Fault(what, block.ids[0] if block.ids else None, block.first, block.number)


def seals_entries(block: Block, archived: frozenset[str]) -> bool:
    """Whether its entries should be in the ledger."""
    return block.kind is BlockKind.ENTRIES and block.month not in archived
