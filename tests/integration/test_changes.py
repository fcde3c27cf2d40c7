"""What is written through the API over PostgreSQL is what is read."""

from tests.integration.firm import Api


async def test_an_adjustment_is_answered_with_what_is_now_and_a_repeat_with_the_same(api: Api) -> None:
    query = """mutation ($input: AdjustStockInput!) { adjustStock(input: $input) {
        adjustment { id quantityChange status requestedBy location { code } }
        stockLevel { version quantityOnHand } userErrors { code field } } }"""
    wanted = {"idempotencyKey": "k-1", "sku": "SKU-00", "location": "WEST", "quantityChange": -2, "reasonCode": "lost"}
    first = (await api.ask(query, input=wanted))["adjustStock"]
    assert first["adjustment"] | {"id": None} == {
        "id": None,
        "quantityChange": -2,
        "status": "APPLIED",
        "requestedBy": "admin",
        "location": {"code": "WEST"},
    }
    assert first["stockLevel"] == {"version": 3, "quantityOnHand": 5}
    assert (await api.ask(query, input=wanted))["adjustStock"] == first
    node = (await api.ask("query ($id: ID!) { node(id: $id) { __typename } }", id=first["adjustment"]["id"]))["node"]
    assert node == {"__typename": "Adjustment"}


async def test_a_shortage_names_the_field_that_asked_for_too_much(api: Api) -> None:
    query = """mutation ($input: AdjustStockInput!) { adjustStock(input: $input) {
        adjustment { id } stockLevel { quantityOnHand } userErrors { code field requested available } } }"""
    wanted = {"idempotencyKey": "k-2", "sku": "SKU-00", "location": "MAIN", "quantityChange": -8, "reasonCode": "lost"}
    assert (await api.ask(query, input=wanted))["adjustStock"] == {
        "adjustment": None,
        "stockLevel": {"quantityOnHand": 7},
        "userErrors": [{"code": "INSUFFICIENT_STOCK", "field": ["quantityChange"], "requested": 8, "available": 7}],
    }


async def test_an_item_is_made_described_anew_and_received_at_the_default_location(api: Api) -> None:
    make = """mutation ($input: UpsertItemInput!) { upsertItem(input: $input) {
        item { sku name price currency barcodes vendor } userErrors { code field } } }"""
    made = await api.ask(
        make, input={"idempotencyKey": "i-1", "sku": "NEW", "name": "New", "price": "9.90", "vendor": "acme"}
    )
    assert made["upsertItem"] == {
        "item": {"sku": "NEW", "name": "New", "price": "9.90", "currency": "EUR", "barcodes": [], "vendor": "acme"},
        "userErrors": [],
    }
    anew = {"idempotencyKey": "i-2", "sku": "NEW", "name": "Newer", "vendor": None, "barcodes": ["4006381333931"]}
    item = (await api.ask(make, input=anew))["upsertItem"]["item"]
    assert (item["name"], item["vendor"], item["price"], item["barcodes"]) == ("Newer", None, "9.90", ["4006381333931"])
    receive = """mutation { receiveStock(input: { idempotencyKey: "r-1", sku: "NEW", quantity: 4, unitCost: "2.5",
        reference: "PO-7" }) { stockLevel { location { code } quantityOnHand
            ledger { nodes { kind referenceType reference actor } } } userErrors { code } } }"""
    assert (await api.ask(receive))["receiveStock"] == {
        "stockLevel": {
            "location": {"code": "MAIN"},
            "quantityOnHand": 4,
            "ledger": {
                "nodes": [{"kind": "RECEIPT", "referenceType": "receipt", "reference": "PO-7", "actor": "admin"}]
            },
        },
        "userErrors": [],
    }


async def test_two_changes_in_one_document_are_each_answered_as_they_left_it(api: Api) -> None:
    one = """receiveStock(input: { idempotencyKey: "%s", sku: "SKU-00", location: "MAIN", quantity: 1 })
        { stockLevel { quantityOnHand } }"""
    told = await api.ask(f"mutation {{ a: {one % 'a'} b: {one % 'b'} }}")
    assert [told[name]["stockLevel"]["quantityOnHand"] for name in "ab"] == [8, 9]


async def test_thresholds_that_are_left_out_stay_and_those_set_to_null_are_cleared(api: Api) -> None:
    query = """mutation ($input: StockPolicyInput!) { setStockPolicy(input: $input) {
        stockLevel { reorderPoint safetyStock lowStockThreshold status } userErrors { code field } } }"""
    place = {"sku": "SKU-00", "location": "MAIN"}
    await api.ask(query, input={**place, "idempotencyKey": "p-1", "lowStockThreshold": 9, "safetyStock": 3})
    told = await api.ask(query, input={**place, "idempotencyKey": "p-2", "reorderPoint": None})
    assert told["setStockPolicy"] == {
        "stockLevel": {"reorderPoint": None, "safetyStock": 3, "lowStockThreshold": 9, "status": "LOW"},
        "userErrors": [],
    }
