"""The demo's goods and their ninety days: believable, the same on every start, and never against the rules of stock."""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from random import Random
from uuid import UUID

import pytest

from domain.ledger import Cause, LedgerEntry, Stamp
from domain.reasons import DEFAULT_REASON_CODES
from domain.refusals import Refusal
from domain.status import StockStatus, stale_from
from domain.stock import StockLevel
from domain.texts import CODE_LENGTH_MAX, NAME_LENGTH_MAX, SKU_LENGTH_MAX
from server.demo.catalogue.items import ean_13, items, locations, tenants, vendor_of
from server.demo.catalogue.records import ItemSeed
from server.demo.catalogue.stands import policies
from server.demo.history.season import MovementSeed, season

SLUGS = ("meridian", "lumen")
UNTIL = datetime(2025, 6, 15, 14, 30, tzinfo=UTC)
REASONS = {reason.code: reason for reason in DEFAULT_REASON_CODES}

each_tenant = pytest.mark.parametrize("slug", SLUGS)


@cache
def moved(slug: str) -> tuple[MovementSeed, ...]:
    """The movements of the season."""
    return tuple(season(slug, UNTIL, 90, Random(7)))


@cache
def played(slug: str) -> dict[tuple[str, str], StockLevel]:
    """The season through the rules of stock; fails at the first movement they refuse."""
    levels: dict[tuple[str, str], StockLevel] = {}
    for movement in moved(slug):
        key = movement.sku, movement.location
        level = levels.setdefault(key, StockLevel(UUID(int=0), *key, created_at=movement.at))
        outcome = move(level, movement)
        assert isinstance(outcome, LedgerEntry), (movement, outcome)
    for place, policy in policies(slug, Random(8)).items():
        levels[place].policy = policy
    return levels


def move(level: StockLevel, movement: MovementSeed) -> LedgerEntry | Refusal:
    verbs = {
        "receive": level.receive,
        "allocate": level.allocate,
        "pick": level.pick,
        "return": level.return_,
        "adjust": level.adjust,
        "count": level.count,
        "hold": level.hold,
        "unhold": level.unhold,
    }
    cause = Cause(movement.actor, movement.reason_code, movement.note, movement.reference_type, movement.reference)
    return verbs[movement.verb](movement.quantity, cause, Stamp(movement.at, movement.at))


# ---------------------------------------------------------------- catalogue
def test_two_tenants_differ_in_time_zone_and_currency() -> None:
    assert [(tenant.slug, tenant.name, tenant.time_zone, tenant.currency) for tenant in tenants()] == [
        ("meridian", "Meridian Outfitters", "Europe/London", "GBP"),
        ("lumen", "Lumen Books & Games", "America/New_York", "USD"),
    ]


@pytest.mark.parametrize(("slug", "least"), [("meridian", 520), ("lumen", 500)])
def test_a_tenant_has_hundreds_of_items_each_with_its_own_sku(slug: str, least: int) -> None:
    skus = [item.sku for item in items(slug)]
    assert len(skus) >= least
    assert len(set(skus)) == len(skus)
    assert all(re.fullmatch(r"(OUT|LUM)(-[A-Z0-9]+)+", sku) and len(sku) <= SKU_LENGTH_MAX for sku in skus)
    assert "OUT-TENT-2P-GRN" in {item.sku for item in items("meridian")}


@each_tenant
def test_categories_vendors_and_conditions_are_as_many_as_in_a_real_shop(slug: str) -> None:
    catalogue = items(slug)
    assert 10 <= len({item.category for item in catalogue}) <= 14
    assert 8 <= len({item.vendor for item in catalogue}) <= 12
    assert {"new", "refurbished", "used-good"} <= {item.condition for item in catalogue}
    assert {None, "en", "de", "fr"} <= {item.language for item in catalogue}
    assert Counter(item.vendor for item in catalogue)[vendor_of(slug)] >= 40


@each_tenant
def test_names_are_words_a_shelf_label_would_carry(slug: str) -> None:
    for item in items(slug):
        assert 3 <= len(item.name) <= NAME_LENGTH_MAX
        assert not re.search(r"[{}]|\s\s|, $|\(\)", item.name), item.name


@each_tenant
def test_prices_are_believable_and_above_cost(slug: str) -> None:
    currency = next(tenant.currency for tenant in tenants() if tenant.slug == slug)
    for item in items(slug):
        shown = item.price * (1000 if item.unit_of_measure == "g" else 1)
        assert Decimal(1) <= shown <= Decimal(600), item
        assert Decimal("0.2") <= item.unit_cost / item.price <= Decimal("0.7"), item
        assert item.currency == currency
        assert 1 <= item.lead_time_days <= 30


@each_tenant
def test_a_few_goods_are_weighed_in_grams_and_the_rest_are_pieces(slug: str) -> None:
    units = Counter((item.unit_of_measure, item.quantity_scale) for item in items(slug))
    assert set(units) == {("each", 0), ("g", 3)}
    assert 3 <= units["g", 3] <= 20


@each_tenant
def test_a_product_is_one_in_all_its_conditions_and_languages(slug: str) -> None:
    products: dict[str, list[ItemSeed]] = defaultdict(list)
    for item in items(slug):
        products[item.catalog_product_id].append(item)
    shared = [group for group in products.values() if len(group) > 1]
    assert len(shared) >= 40
    for group in shared:
        assert len({(item.condition, item.language) for item in group}) == len(group)
        new = {item.language: item.price for item in group if item.condition == "new"}
        assert all(item.price < new[item.language] for item in group if item.condition != "new")


def test_a_check_digit_is_that_of_a_known_barcode() -> None:
    assert ean_13("400638133393") == "4006381333931"


@each_tenant
def test_barcodes_are_unique_in_store_numbers_with_a_right_check_digit(slug: str) -> None:
    codes = [code for item in items(slug) for code in item.barcodes]
    assert len(set(codes)) == len(codes)
    for code in codes:
        assert re.fullmatch(r"2\d{12}", code)
        assert ean_13(code[:12]) == code
    assert all(item.barcodes for item in items(slug))


@each_tenant
def test_four_places_hold_stock_and_form_one_tree_with_parents_first(slug: str) -> None:
    places = locations(slug)
    assert Counter(place.kind for place in places) == {"warehouse": 2, "store": 2, "zone": 1}
    known: set[str] = set()
    for place in places:
        assert place.parent is None or place.parent in known
        assert len(place.code) <= CODE_LENGTH_MAX
        known.add(place.code)
    assert places[0].priority == min(place.priority for place in places)


@each_tenant
def test_thresholds_rise_from_low_to_reorder_to_overstock(slug: str) -> None:
    for policy in policies(slug, Random(1)).values():
        assert policy.reorder_point is not None
        assert policy.overstock_threshold is not None
        assert 0 < (policy.low_stock_threshold or 1) <= policy.reorder_point < policy.overstock_threshold


@each_tenant
def test_the_same_randomness_gives_the_same_policies_and_season(slug: str) -> None:
    assert policies(slug, Random(3)) == policies(slug, Random(3))
    assert list(season(slug, UNTIL, 5, Random(3))) == list(season(slug, UNTIL, 5, Random(3)))


# ---------------------------------------------------------------- season
@each_tenant
def test_no_movement_of_the_season_is_refused_by_the_rules_of_stock(slug: str) -> None:
    assert all(level.version > 0 for level in played(slug).values())


@each_tenant
def test_movements_come_in_the_order_of_time_within_the_ninety_days(slug: str) -> None:
    movements = moved(slug)
    assert all(before.at <= after.at for before, after in pairwise(movements))
    assert movements[0].at.date() == (UNTIL - timedelta(days=90)).date()
    assert UNTIL - timedelta(days=1) <= movements[-1].at <= UNTIL


@each_tenant
def test_a_season_is_full_but_small_enough_to_seed_quickly(slug: str) -> None:
    movements, levels = moved(slug), played(slug)
    assert len(movements) <= 45_000
    assert 24 <= len(movements) / len(levels) <= 40
    verbs = Counter(movement.verb for movement in movements)
    assert set(verbs) == {"receive", "allocate", "pick", "return", "adjust", "count", "hold", "unhold"}
    assert min(verbs.values()) > 100


@each_tenant
def test_every_reason_code_occurs_with_its_direction_and_its_note(slug: str) -> None:
    used: set[str] = set()
    for movement in moved(slug):
        if movement.reason_code:
            change = movement.quantity if movement.verb in ("adjust", "return") else 0
            assert REASONS[movement.reason_code].refuses(change, movement.note) is None, movement
            used.add(movement.reason_code)
    assert used == set(REASONS)


@each_tenant
def test_most_items_are_kept_at_two_or_three_places_and_all_at_the_default_one(slug: str) -> None:
    kept = Counter(sku for sku, _ in played(slug))
    assert set(kept) == {item.sku for item in items(slug)}
    assert sum(2 <= places <= 3 for places in kept.values()) > 0.7 * len(kept)
    assert {sku for sku, location in played(slug) if location == locations(slug)[0].code} == set(kept)
    assert policies(slug, Random(1)).keys() == set(played(slug))


@each_tenant
def test_few_items_sell_a_lot_many_little_and_some_nothing(slug: str) -> None:
    picks = Counter(movement.sku for movement in moved(slug) if movement.verb == "pick")
    best = sum(lines for _, lines in picks.most_common(len(items(slug)) // 10))
    assert best > 0.35 * picks.total()
    assert len(items(slug)) - len(picks) >= 20


@each_tenant
def test_saturday_sells_more_than_sunday(slug: str) -> None:
    days = Counter(movement.at.strftime("%a") for movement in moved(slug) if movement.verb == "allocate")
    assert days["Sat"] > 1.2 * days["Sun"]


@each_tenant
def test_the_season_ends_with_every_status_on_the_shelves(slug: str) -> None:
    levels = played(slug).values()
    statuses = Counter(level.status for level in levels)
    assert set(statuses) == set(StockStatus)
    assert min(statuses.values()) >= 20
    assert statuses[StockStatus.IN_STOCK] > len(levels) / 2
    due = [stale_from(level.policy.stale_after_days, level.last_movement_at, level.created_at) for level in levels]
    assert sum(at is not None and at <= UNTIL for at in due) >= 20
    assert any(level.allocated for level in levels)
    assert any(level.unavailable for level in levels)
