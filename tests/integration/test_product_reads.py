"""Products of the catalog on PostgreSQL: what there is of all items of one."""

from collections.abc import Sequence

from domain.access import Scope
from domain.ledger import NOTHING
from domain.levels import LevelState
from services.reads import ProductRow
from tests.integration.shelf import NORTH, SCOPE, Shelf

IDS = ["P-2", "none", "P-1", "P-2"]


def told(levels: Sequence[LevelState], id_: str, scope: Scope, location: str | None) -> tuple[object, ...]:
    """A row as plain Python works it out, but for `known` and the time it was read."""
    of_it = [
        level
        for level in levels
        if level.item.catalog_product_id == id_
        and scope.vendor in (None, level.item.vendor)
        and location in (None, level.location.code)
    ]
    total = sum((level.quantities for level in of_it), NOTHING)
    changed = max((level.updated_at for level in of_it), default=None)
    return id_, total.on_hand, total.allocated, sum(level.promisable for level in of_it), changed


def in_use(shelf: Shelf, id_: str, scope: Scope) -> tuple[int, str | None]:
    """How many items of a product are not archived, and the first of their SKUs."""
    items = [item for item in shelf.items if item.catalog_product_id == id_ and not item.archived]
    skus = sorted(item.sku for item in items if scope.vendor in (None, item.vendor))
    return len(skus), skus[0] if skus else None


def plain(row: ProductRow) -> tuple[object, ...]:
    return row.product_id, row.on_hand, row.allocated, row.available_to_promise, row.updated_at


async def test_a_product_is_summed_over_its_items_and_locations_in_the_order_asked(shelf: Shelf) -> None:
    for scope in (SCOPE, NORTH):
        for location in (None, "MAIN", "NOWHERE"):
            rows = await shelf.costs(1, lambda s=scope, at=location: shelf.reads.stock.products(s, IDS, at))
            assert [plain(row) for row in rows] == [told(shelf.states, id_, scope, location) for id_ in IDS]
            assert [(row.items, row.sku) for row in rows] == [in_use(shelf, id_, scope) for id_ in IDS]
            assert [row.known for row in rows] == [True, False, True, True]


async def test_a_product_of_which_a_vendor_has_no_item_is_unknown_to_it(shelf: Shelf) -> None:
    rows = await shelf.reads.stock.products(Scope(SCOPE.tenant, "nobody"), ["P-1"], None)
    assert [(row.known, row.on_hand, row.available_to_promise) for row in rows] == [(False, 0, 0)]
