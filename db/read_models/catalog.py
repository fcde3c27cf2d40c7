"""What there is to stock, and where: items, locations, reason codes, the tenant."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import approval_policies, reason_codes, reservation_ttls, tenants
from db.items import COLUMNS as ITEM_COLUMNS
from db.items import item_from
from db.locations import COLUMNS as LOCATION_COLUMNS
from db.locations import location_from
from db.look_ups import LookUps
from db.pool import Database
from db.read_models.filters import listed, pattern_of, scoped, stated
from db.read_models.listing import Listing, Order
from db.read_models.statements import named, one, tenant, texts, uuids, within
from db.tables import items as item_table
from db.tables import locations as location_table
from domain.access import Scope
from domain.approvals import ApprovalPolicy
from domain.items import Item
from domain.locations import Location
from domain.reasons import ReasonCode
from domain.tenants import Tenant
from services.reads import ItemFilter, LocationFilter, Page, PageRequest
from services.rows import Columns, Row, RowPage

_item, _location = item_table.c, location_table.c

_items = Listing(
    sa.select(*named(item_table, ITEM_COLUMNS)).where(_item.tenant_id == tenant()),
    {
        "skus": within(_item.sku, texts("skus")),
        "categories": within(_item.category, texts("categories")),
        "vendors": within(_item.vendor, texts("vendors")),
        "catalog_product_ids": within(_item.catalog_product_id, texts("catalog_product_ids")),
        "conditions": within(_item.condition, texts("conditions")),
        "languages": within(_item.language, texts("languages")),
        "barcodes": _item.barcodes.bool_op("&&")(texts("barcodes")),
        "archived": _item.archived_at.is_not(None) == one("archived", sa.Boolean()),
        "search": _item.searched.like(one("search")),
        "vendor": _item.vendor == one("vendor"),
        "ids": within(_item.id, uuids("ids")),
    },
    item_from,
    columns={name: _item[name] for name in ITEM_COLUMNS},
)
_locations = Listing(
    sa.select(*named(location_table, LOCATION_COLUMNS)).where(_location.tenant_id == tenant()),
    {
        "codes": within(_location.code, texts("codes")),
        "kinds": within(_location.kind, texts("kinds")),
        "zones": within(_location.zone, texts("zones")),
        "parent": _location.parent == one("parent"),
        "active": _location.active == one("active", sa.Boolean()),
        "search": _location.searched.like(one("search")),
        "ids": within(_location.id, uuids("ids")),
    },
    location_from,
)
_BY_SKU = Order("ITEM", (_item.sku,), (str,), walked=True)
_BY_CODE = Order("LOCATION", (_location.code,), (str,), walked=True)


def _items_wanted(filter: ItemFilter, scope: Scope) -> dict[str, object]:
    asked = stated(
        skus=listed(filter.skus),
        categories=listed(filter.categories),
        vendors=listed(filter.vendors),
        catalog_product_ids=listed(filter.catalog_product_ids),
        conditions=listed(filter.conditions),
        languages=listed(filter.languages),
        barcodes=listed(filter.barcodes),
        archived=filter.archived,
        search=pattern_of(filter.search),
    )
    return asked | scoped(scope)


class PostgresCatalogReads:
    """Implements `services.reads.CatalogReads`."""

    def __init__(self, database: Database, look_ups: LookUps) -> None:
        self._database, self._look_ups = database, look_ups

    async def tenant(self, tenant: UUID) -> Tenant | None:
        rows = await self._database.fetch(tenant, tenants.ONE, [tenant])
        return tenants.tenant_from(rows[0]) if rows else None

    async def items(self, scope: Scope, filter: ItemFilter, page: PageRequest) -> Page[Item]:
        return await _items.page(self._database, scope.tenant, _items_wanted(filter, scope), _BY_SKU, page)

    async def item_rows(self, scope: Scope, filter: ItemFilter, page: PageRequest, columns: Columns) -> RowPage:
        wanted = _items_wanted(filter, scope)
        return await _items.rows(self._database, scope.tenant, wanted, _BY_SKU, page, columns)

    def item_row(self, scope: Scope, sku: str, columns: Columns) -> Awaitable[Row | None]:
        return self._look_ups.one(scope, ("item", columns), sku, partial(self._item_rows, (*columns, "sku")))

    async def items_of(self, scope: Scope, skus: Sequence[str]) -> Mapping[str, Item]:
        return await self._look_ups.find(scope, "items", skus, self._items_of)

    async def items_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, Item]:
        return await self._look_ups.find(scope, "items by id", ids, self._items_by_id)

    async def locations(self, scope: Scope, filter: LocationFilter, page: PageRequest) -> Page[Location]:
        wanted = stated(
            codes=listed(filter.codes),
            kinds=listed(filter.kinds),
            zones=listed(filter.zones),
            parent=filter.parent,
            active=filter.active,
            search=pattern_of(filter.search),
        )
        return await _locations.page(self._database, scope.tenant, wanted, _BY_CODE, page)

    async def locations_of(self, scope: Scope, codes: Sequence[str]) -> Mapping[str, Location]:
        return await self._look_ups.find(scope, "locations", codes, self._locations_of)

    async def locations_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, Location]:
        return await self._look_ups.find(scope, "locations by id", ids, self._locations_by_id)

    async def approval_policy(self, tenant: UUID) -> ApprovalPolicy:
        [row] = await self._database.fetch(tenant, approval_policies.READ, [tenant])
        return approval_policies.policy_from(*row)

    async def reservation_ttls(self, tenant: UUID) -> Mapping[str | None, int]:
        told = await reservation_ttls.ttls_of(self._database, tenant) or {}
        return {channel or None: seconds for channel, seconds in told.items()}

    async def reason_codes(self, tenant: UUID) -> Sequence[ReasonCode]:
        rows = await self._database.fetch(tenant, reason_codes.ALL, [tenant])
        return [reason_codes.reason_from(row) for row in rows]

    async def _item_rows(self, columns: Columns, scope: Scope, skus: Sequence[str]) -> Mapping[str, Any]:
        rows = await _items.all_rows(self._database, scope.tenant, {"skus": skus, **scoped(scope)}, columns)
        return {row[-1]: Row(row) for row in rows}

    async def _items_of(self, scope: Scope, skus: Sequence[str]) -> Mapping[str, Item]:
        wanted = {"skus": skus, **scoped(scope)}
        return {item.sku: item for item in await _items.all(self._database, scope.tenant, wanted)}

    async def _items_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, Item]:
        wanted = {"ids": ids, **scoped(scope)}
        return {item.id: item for item in await _items.all(self._database, scope.tenant, wanted)}

    async def _locations_of(self, scope: Scope, codes: Sequence[str]) -> Mapping[str, Location]:
        found = await _locations.all(self._database, scope.tenant, {"codes": codes})
        return {location.code: location for location in found}

    async def _locations_by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, Location]:
        found = await _locations.all(self._database, scope.tenant, {"ids": ids})
        return {location.id: location for location in found}
