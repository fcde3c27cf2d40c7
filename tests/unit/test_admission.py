"""Admission: who may ask what, and what a vendor sees."""

import pytest

from domain.access import OPERATIONS, Caller, Role
from schema.ids import global_id
from tests.factories.calls import CALLS
from tests.factories.pictures import FIRM, identity
from tests.fakes.api import VENDOR, FakeApi

NOBODY = Caller(FIRM.id, FIRM.slug, "nobody", frozenset())
ANALYST = Caller(FIRM.id, FIRM.slug, "analyst", frozenset({Role.ANALYST}))


def test_every_operation_is_called_here_or_is_a_subscription() -> None:
    streams = {"stockLevelChanged", "reservationChanged", "adjustmentChanged", "lowStockAlerts"}
    assert set(OPERATIONS) - set(CALLS) == streams


@pytest.mark.parametrize("operation", CALLS)
async def test_nobody_reads_or_changes_anything_without_a_token(operation: str) -> None:
    api = FakeApi(caller=None)
    assert (await api.error(CALLS[operation]))["extensions"]["code"] == "UNAUTHENTICATED"
    assert api.reads.asked.total() == 0


@pytest.mark.parametrize("operation", CALLS)
async def test_a_role_that_may_not_is_told_which_roles_may(operation: str) -> None:
    error = await FakeApi(caller=NOBODY).error(CALLS[operation])
    assert error["extensions"]["code"] == "FORBIDDEN"
    may = sorted(OPERATIONS[operation])
    assert (f" the role {may[0]}: " if len(may) == 1 else f" the roles {', '.join(may)}: ") in error["message"]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("operation", CALLS)
async def test_each_role_may_what_the_table_says(operation: str, role: Role) -> None:
    caller = Caller(FIRM.id, FIRM.slug, "somebody", frozenset({role}), "acme" if role is Role.VENDOR else None)
    answer = await FakeApi(caller=caller).send(CALLS[operation])
    assert ("errors" not in answer) is (role in OPERATIONS[operation]), answer


async def test_a_refused_mutation_leaves_the_rest_of_the_answer() -> None:
    call = CALLS["receiveStock"]
    answer = await FakeApi(caller=ANALYST).send(call.removesuffix("}") + "__typename }")
    assert answer["data"] == {"receiveStock": None, "__typename": "Mutation"}


# ------------------------------------------------------------------ what a vendor sees
async def test_another_vendors_item_reads_like_one_that_is_not_there() -> None:
    api = FakeApi(caller=VENDOR)
    ids = [global_id("Item", identity("item STOVE")), global_id("StockLevel", identity("level STOVE MAIN"))]
    query = '{ stock(sku: "STOVE") { sku } item(sku: "STOVE") { sku } stockLevel(sku: "STOVE") { sku } }'
    assert await api.ask(query) == {"stock": None, "item": None, "stockLevel": None}
    assert [(await api.ask("query ($id: ID!) { node(id: $id) { id } }", id=id_))["node"] for id_ in ids] == [None] * 2


async def test_a_vendor_sees_no_actor_and_cannot_look_for_one() -> None:
    query = "query ($actor: String) { ledger(filter: { actor: $actor }) { nodes { actor reasonCode } } }"
    nodes = (await FakeApi(caller=VENDOR).ask(query))["ledger"]["nodes"]
    assert nodes == [{"actor": None, "reasonCode": "found"}] * 3
    assert (await FakeApi(caller=VENDOR).error(query, actor="manager"))["extensions"]["code"] == "FORBIDDEN"
    assert (await FakeApi().ask(query))["ledger"]["nodes"][0]["actor"] == "manager"
