"""What is wrong with saying that an alert was seen."""

from tests.contract.requests import BAD_TEXTS, Case, Input, with_
from tests.factories.shop import Shop

NAME = "acknowledgeAlert"


def cases() -> list[Case]:
    keys = [
        Case(NAME, "INVALID_INPUT", "idempotencyKey", with_(idempotencyKey=text), what=what)
        for what, text in BAD_TEXTS.items()
    ]
    wrong = {"empty": "", "rubbish": "rubbish", "NUL": "a\0b", "long": "x" * 10_000}
    missing = [Case(NAME, "NOT_FOUND", "alertId", with_(alertId=id_), what=what) for what, id_ in wrong.items()]
    return [
        *keys,
        *missing,
        Case(NAME, "NOT_FOUND", "alertId", _id_of_an_item, what="of an item"),
        Case(NAME, "ILLEGAL_TRANSITION", "alertId", _resolved),
    ]


def _id_of_an_item(shop: Shop, given: Input) -> Input:
    query = "query ($sku: String!) { item(sku: $sku) { id } }"
    return given | {"alertId": shop.admin.ask(query, sku=shop.stocked(1))["item"]["id"]}


def _resolved(shop: Shop, given: Input) -> Input:
    [sku] = shop.skus_of(given)
    shop.manager.succeed("receiveStock", sku=sku, quantity=100)
    return given
