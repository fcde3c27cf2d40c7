"""Payloads: what a mutation answers, refused or not."""

import pytest

from domain.refusals import Refusal, RefusalCode
from services.decisions import Decision
from tests.factories.calls import CALLS
from tests.fakes.api import ADMIN, FakeApi, FakeUnits, refusing


async def test_a_refusal_is_told_with_its_details_and_the_level_as_it_is() -> None:
    refusal = Refusal(
        RefusalCode.INSUFFICIENT_STOCK, "Not enough.", ("quantityChange",), "LAMP", "MAIN", requested=99, available=10
    )
    api = FakeApi(units=refusing(refusal, places=(("LAMP", "MAIN"),)))
    payload = (
        await api.ask("""mutation { adjustStock(input:
            { idempotencyKey: "k", sku: "LAMP", quantityChange: -99, reasonCode: "lost" }) {
                adjustment { id } stockLevel { version }
                userErrors { code field message sku location requested available currentVersion limit } } }""")
    )["adjustStock"]
    assert payload == {
        "adjustment": None,
        "stockLevel": {"version": 7},
        "userErrors": [
            {
                "code": "INSUFFICIENT_STOCK",
                "field": ["quantityChange"],
                "message": "Not enough.",
                "sku": "LAMP",
                "location": "MAIN",
                "requested": 99,
                "available": 10,
                "currentVersion": None,
                "limit": None,
            }
        ],
    }


@pytest.mark.parametrize(
    "field",
    [
        "adjustStock",
        "countStock",
        "receiveStock",
        "returnStock",
        "holdStock",
        "unholdStock",
        "wasteStock",
        "setStockPolicy",
    ],
)
async def test_a_change_refused_before_its_level_was_looked_for_shows_that_level(field: str) -> None:
    refusal = Refusal(RefusalCode.INVALID_INPUT, "No.", ("reference",))
    query = CALLS[field].replace("{ userErrors", "{ stockLevel { version } userErrors")
    assert (await FakeApi(units=refusing(refusal)).ask(query))[field]["stockLevel"] == {"version": 7}
    several = query.replace("LAMP", "TENT")
    assert (await FakeApi(units=refusing(refusal)).ask(several))[field]["stockLevel"] is None
    unstorable = query.replace("LAMP", r"\u0000")
    assert (await FakeApi(units=refusing(refusal)).ask(unstorable))[field]["stockLevel"] is None


async def test_a_refused_description_shows_the_item_as_it_is() -> None:
    refusal = Refusal(RefusalCode.IDEMPOTENCY_KEY_REUSED, "No.", ("idempotencyKey",))
    query = CALLS["upsertItem"].replace("{ userErrors", "{ item { sku } userErrors")
    api = FakeApi(caller=ADMIN, units=refusing(refusal))
    assert (await api.ask(query))["upsertItem"]["item"] == {"sku": "LAMP"}
    assert (await api.ask(query.replace("LAMP", "none")))["upsertItem"]["item"] is None
    assert (await api.ask(query.replace("LAMP", r"\u0000")))["upsertItem"]["item"] is None


async def test_a_refusal_without_a_field_has_none() -> None:
    api = FakeApi(units=refusing(Refusal(RefusalCode.OVERLOADED, "Later.", retry_after_ms=50)))
    call = CALLS["receiveStock"].replace("code }", "field retryAfterMs }")
    assert (await api.ask(call))["receiveStock"]["userErrors"] == [{"field": None, "retryAfterMs": 50}]


async def test_a_payload_is_read_anew_after_each_of_several_mutations() -> None:
    api = FakeApi(units=FakeUnits(Decision(places=(("LAMP", "MAIN"),))))
    one = 'receiveStock(input: { idempotencyKey: "k", sku: "LAMP", quantity: 1 }) { stockLevel { version } }'
    await api.ask(f"mutation {{ a: {one} b: {one} }}")
    assert api.reads.asked["levels_at"] == 2


async def test_what_was_made_is_shown_as_it_is_now() -> None:
    api = FakeApi(caller=ADMIN, units=FakeUnits(Decision(subject="LAMP")))
    call = 'mutation { upsertItem(input: { idempotencyKey: "k", sku: "LAMP", name: "x" }) { item { name price } } }'
    assert (await api.ask(call))["upsertItem"] == {"item": {"name": "LAMP by name", "price": "12.50"}}
