"""docs/consumed-events.md: its commands bring an order from Kafka to a reservation as they are written."""

import json
import subprocess
import sys

import pytest

from server.embedded.wheel import ROOT
from tests.contract.guides import commands_of, needs_curl
from tests.factories.shop import Shop
from tests.stack import TENANT

PATIENCE_SECONDS = 120


@pytest.mark.parametrize("line", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True)
@needs_curl
def test_the_commands_of_the_guide_make_a_reservation(shop: Shop) -> None:
    stack, demo = shop.stack, shop.stack.directory / "demo.json"
    shop.item("OUT-TENT-1P-ORG")
    shop.manager.succeed("receiveStock", sku="OUT-TENT-1P-ORG", quantity=10)
    demo.write_text(json.dumps({"kafka": stack.settings.kafka_bootstrap_servers}))
    script = commands_of("consumed-events.md")
    for written, here in (
        (".venv/bin/python", sys.executable),
        (".data/demo.json", str(demo)),
        ("http://127.0.0.1:5005", stack.url),
        ("meridian", TENANT),
    ):
        assert written in script
        script = script.replace(written, here)
    environ = stack.environment() | {"no_proxy": "127.0.0.1"}
    ran = subprocess.run(
        ["sh", "-eu", "-c", script], capture_output=True, text=True, env=environ, cwd=ROOT, timeout=PATIENCE_SECONDS
    )
    assert ran.returncode == 0, ran.stderr
    held = {"sku": "OUT-TENT-1P-ORG", "quantityAllocated": 2}
    reservation = {"orderId": "kafka-1", "status": "PENDING", "lines": [held]}
    assert json.loads(ran.stdout) == {"data": {"reservation": reservation}}
