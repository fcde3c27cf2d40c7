"""The examples of frontend-contract that ask for one thing after the other: each ends as it says."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.factories.shop import Shop
from tests.live import CONTRACT, contract_packages

pytestmark = pytest.mark.node


def ran(script: str, shop: Shop, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    demo = folder / "demo.json"
    tokens = {role: shop.as_(role).token for role in ("admin", "manager", "approver")}
    demo.write_text(json.dumps({"graphql": shop.stack.graphql_url, "tokens": tokens}))
    command = ["node", CONTRACT / "examples" / script, demo, *arguments]
    return subprocess.run(command, env=contract_packages(), cwd=CONTRACT, capture_output=True, text=True)


def told_by(script: str, shop: Shop, folder: Path, *arguments: str) -> Any:
    done = ran(script, shop, folder, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_a_day_in_a_warehouse_ends_with_what_was_counted(shop: Shop, tmp_path: Path) -> None:
    sku, other = shop.stocked(20), shop.location()
    told = told_by("warehouse.mjs", shop, tmp_path, sku, "MAIN", other)
    assert (told["began"]["quantityOnHand"], told["ended"]["quantityOnHand"]) == (20, 26)
    assert (told["transfersOnTheirWay"], told["count"]) == (2, {"status": "CLOSED", "wasListed": True})
    ended, moved = shop.level(sku, "MAIN"), shop.level(sku, other)
    assert ended
    assert moved
    assert (ended["quantityOnHand"], moved["quantityOnHand"]) == (26, 4)


def test_settings_are_read_and_written_back_with_one_rule_more(firm: Shop, tmp_path: Path) -> None:
    firm.stocked(1, "MAIN", firm.location())
    first = told_by("settings.mjs", firm, tmp_path)
    assert "water-damage" in first["reasonCodes"]
    assert first["items"] == 1
    assert told_by("settings.mjs", firm, tmp_path)["rules"] == first["rules"]
    assert len(first["changes"]) > 1


def test_of_several_corrections_the_large_ones_wait_and_are_withdrawn_or_rejected(firm: Shop, tmp_path: Path) -> None:
    sku = firm.stocked(20)
    told_by("settings.mjs", firm, tmp_path)
    told = told_by("approvals.mjs", firm, tmp_path, sku, "MAIN")
    assert told["outcomes"] == ["APPLIED", "PENDING_APPROVAL", "PENDING_APPROVAL"]
    assert (told["withdrawn"], told["rejected"]) == (1, 1)
    level = firm.level(sku)
    assert level
    assert level["quantityOnHand"] == 19


def test_a_webhook_is_made_looked_after_and_deleted(firm: Shop, tmp_path: Path) -> None:
    firm.webhook("OUT_OF_STOCK")
    sku = firm.stocked(1)
    firm.adjust(sku, -1)
    told = told_by("webhooks.mjs", firm, tmp_path, "https://acme.example/hooks")
    assert [each["description"] for each in told["webhooks"]].count("Tells the buyers.") == 1
    assert [each["event"] for each in told["told"]] == ["OUT_OF_STOCK"]
    assert told["sentAgain"] == 0
    assert told_by("webhooks.mjs", firm, tmp_path, "https://acme.example/hooks")["webhooks"] == told["webhooks"]


def test_an_order_is_shown_with_its_stock_and_kept_for_longer(shop: Shop, tmp_path: Path) -> None:
    sku = shop.stocked(2)
    reservation = shop.reserve(sku, 2)
    told = told_by("order.mjs", shop, tmp_path, reservation["orderId"])
    assert (told["status"], told["lines"]) == ("PENDING", [{"sku": sku, "quantity": 2, "quantityBackordered": 0}])
    assert [alert["kind"] for alert in told["alerts"]] == ["OUT_OF_STOCK"]
    assert [alert["status"] for alert in shop.alerts(skus=[sku])] == ["ACKNOWLEDGED"]
    assert told["expiresAt"] > reservation["expiresAt"]
    assert told_by("order.mjs", shop, tmp_path, "nobody's")["status"] is None


def test_what_is_refused_is_told_in_a_sentence(shop: Shop, tmp_path: Path) -> None:
    refused = ran("warehouse.mjs", shop, tmp_path, "NOWHERE", "MAIN", "MAIN")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no item" in refused.stderr
    assert refused.stderr.count("\n") == 1
