"""docs/rest.md: its commands work as they are written, and it names every path."""

from server.rest.routes import OPERATIONS
from tests.contract.by_path import service
from tests.contract.guides import needs_curl, text_of, told_by
from tests.factories.shop import Shop

GUIDE = text_of("rest.md")


def test_every_path_is_named() -> None:
    for operation in OPERATIONS:
        assert operation.path in GUIDE or operation.path.rsplit("/", 1)[1] in GUIDE


@needs_curl
def test_the_commands_of_the_guide_do_what_it_says(shop: Shop) -> None:
    shop.item("OUT-TENT-1P-ORG", catalogProductId="OUT-0001-1P-ORG")
    shop.manager.succeed("receiveStock", sku="OUT-TENT-1P-ORG", quantity=10)

    told = told_by("rest.md", shop.stack.url, service(shop).token)

    available, reserved, confirmed, shipped, looked, levels, product, checked = told
    assert [row["availableToPromise"] for row in available["items"]] == [10, 0]
    assert [each["status"] for each in (reserved, confirmed, shipped)] == ["PENDING", "CONFIRMED", "COMMITTED"]
    assert looked == shipped
    assert (levels["quantity_on_hand"], product["quantity"]) == (8, 8)
    assert checked == {"OUT-0001-1P-ORG": 8, "nowhere": 0}
