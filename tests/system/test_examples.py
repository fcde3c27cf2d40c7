"""The examples of frontend-contract as newcomers start them: on the demo's file, narrowed, cut off by `| head`."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.factories.shop import Shop
from tests.live import CONTRACT, NodeWatcher, contract_packages
from tests.stack import PATIENCE_SECONDS

pytestmark = pytest.mark.node


def test_a_watcher_of_the_demo_is_narrowed_by_variables_and_ends_with_its_reader(shop: Shop, tmp_path: Path) -> None:
    sku = shop.stocked(10)
    demo = tmp_path / "demo.json"
    demo.write_text(json.dumps({"websocket": shop.stack.websocket_url, "tokens": {"manager": shop.manager.token}}))
    watcher = subprocess.Popen(
        ["node", CONTRACT / "examples" / "watch-levels.mjs", demo, json.dumps({"filter": {"skus": [sku]}})],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=contract_packages(),
        cwd=CONTRACT,
    )
    told, complained = watcher.stdout, watcher.stderr
    assert told is not None
    assert complained is not None
    try:
        connected, snapshot, caught_up = (json.loads(told.readline()) for _ in range(3))
        assert connected["kind"] == "connected"
        assert (snapshot["event"]["type"], caught_up["event"]["type"]) == ("SNAPSHOT", "CAUGHT_UP")
        assert snapshot["event"]["level"]["sku"] == sku
        told.close()
        shop.adjust(sku, 1)  # what it is told now, it tells nobody
        assert watcher.wait(PATIENCE_SECONDS) == 0
        assert complained.read() == b""
    finally:
        watcher.kill()
        watcher.wait()
        complained.close()


def test_who_approves_watches_an_inbox_that_empties(shop: Shop) -> None:
    sku = shop.stocked(10, vendor="Peak")
    inbox = {"snapshot": True, "filter": {"status": ["PENDING_APPROVAL"], "skus": [sku]}}
    with NodeWatcher(
        "watch-adjustments.mjs", shop.stack.websocket_url, shop.stack.token("approver", shop.tenant), inbox
    ) as watcher:
        watcher.caught_up()
        asked = {"sku": sku, "quantityChange": -1, "reasonCode": "damaged"}
        waiting = shop.as_("vendor", "Peak").succeed("adjustStock", **asked)["adjustment"]
        shop.admin.succeed("approveAdjustment", adjustmentId=waiting["id"])
        came, left = watcher.acts(2)
        assert (came["adjustment"]["status"], left["type"]) == ("PENDING_APPROVAL", "REMOVED")
        assert watcher.final()["adjustments"] == []


def test_an_alert_is_watched_from_its_opening_to_its_end(shop: Shop) -> None:
    sku = shop.stocked(10)
    wanted = {"snapshot": True, "filter": {"skus": [sku]}}
    with NodeWatcher(
        "watch-alerts.mjs", shop.stack.sse_url, shop.stack.token("analyst", shop.tenant), wanted
    ) as watcher:
        watcher.caught_up()
        shop.adjust(sku, -10)
        shop.manager.succeed("receiveStock", sku=sku, quantity=10)
        told = [(act["alert"]["kind"], act["alert"]["status"]) for act in watcher.acts(2)]
        assert told == [("OUT_OF_STOCK", "OPEN"), ("OUT_OF_STOCK", "RESOLVED")]
        assert [alert["status"] for alert in watcher.final()["alerts"]] == ["RESOLVED"]


def test_variables_that_are_no_json_are_told_in_a_sentence(tmp_path: Path) -> None:
    demo = tmp_path / "demo.json"
    demo.write_text(json.dumps({"websocket": "ws://127.0.0.1:1/graphql", "tokens": {"manager": "x"}}))
    ran = subprocess.run(
        ["node", CONTRACT / "examples" / "watch-levels.mjs", demo, "TENT"],
        capture_output=True,
        text=True,
        env=contract_packages(),
        cwd=CONTRACT,
    )
    assert (ran.returncode, ran.stderr.split(":", 1)[0]) == (2, "TENT is no JSON")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
def test_curl_alone_reads_corrects_once_and_looks_live(shop: Shop) -> None:
    sku = shop.stocked(10)
    ran = subprocess.run(
        ["sh", CONTRACT / "examples" / "curl.sh", sku, "MAIN"],
        capture_output=True,
        text=True,
        env=os.environ | {"API": shop.stack.url, "TOKEN": shop.manager.token or "", "no_proxy": "127.0.0.1"},
        timeout=PATIENCE_SECONDS,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    levels, corrected, again, event = (json.loads(line)["data"] for line in ran.stdout.splitlines())
    assert [level["quantityOnHand"] for level in levels["stockLevels"]["nodes"]] == [10]
    assert corrected["adjustStock"]["adjustment"] == again["adjustStock"]["adjustment"]
    assert corrected["adjustStock"]["userErrors"] == []
    seen = event["stockLevelChanged"]
    assert (seen["type"], seen["level"]["sku"], seen["level"]["quantityOnHand"]) == ("SNAPSHOT", sku, 9)
