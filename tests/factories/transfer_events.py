"""Events of transfers: each act as the domain's own verbs lead to it."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid5

from domain.events import TransferChanged
from domain.ledger import Cause
from domain.locations import Location
from domain.refusals import Refusal
from domain.transfer_state import TransferState
from domain.transfers import Moved, Route, Transfer, TransferAct
from tests.factories.events import START, TENANT, a_level, event_id

CAUSE = Cause("manager@acme", None, "by van\nat noon", "transfer", "TO-7")
_LEVEL = a_level("TENT")
_SHOP = Location(uuid5(TENANT, "SHOP"), "SHOP", "Shop", "store", zone="city", version=3)
_ROUTE = Route("TENT", "MAIN", "SHOP")


def life() -> list[TransferChanged]:
    """Events of each type: the whole and a part, with a document and without."""
    sent = Transfer.sent(uuid5(TENANT, "transfer"), _ROUTE, 5, "TO-7", START)
    bare = Transfer.sent(uuid5(TENANT, "another"), _ROUTE, 100_000_000, None, START)
    some, whole = sent.transfer.receive(2, START), bare.transfer.receive(100_000_000, START)
    return [
        *(_told(TransferAct.SENT, None, each) for each in (sent, bare)),
        _told(TransferAct.RECEIVED, sent.transfer, some),
        _told(TransferAct.RECEIVED, bare.transfer, whole),
        _told(TransferAct.CANCELLED, bare.transfer, bare.transfer.cancel(START)),
        _told(TransferAct.CANCELLED, _of(some), _of(some).cancel(START)),
    ]


def _of(outcome: Moved | Refusal) -> Transfer:
    assert isinstance(outcome, Moved), outcome
    return outcome.transfer


def _told(act: TransferAct, before: Transfer | None, outcome: Moved | Refusal) -> TransferChanged:
    assert isinstance(outcome, Moved), outcome
    item = replace(_LEVEL.item, catalog_product_id="P-1") if outcome.transfer.reference else _LEVEL.item
    state = TransferState(outcome.transfer, item, _LEVEL.location, _SHOP)
    return TransferChanged(event_id(), act, state, before and before.status, outcome.units, CAUSE, START)
