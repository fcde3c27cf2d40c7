"""docs/rest.md: its commands work as they are written, and it names every path."""

import json
import os
import re
import shutil
import subprocess

import pytest

from server.contract import ROOT
from server.rest.routes import OPERATIONS
from tests.contract.by_path import service
from tests.factories.shop import Shop

GUIDE = (ROOT / "docs" / "rest.md").read_text(encoding="utf-8")
(COMMANDS,) = re.findall(r"```sh\n(.*?)```", GUIDE, re.S)
TOKEN = re.compile(r"^TOKEN=.*$", re.M)


def test_every_path_is_named() -> None:
    for operation in OPERATIONS:
        assert operation.path in GUIDE or operation.path.rsplit("/", 1)[1] in GUIDE


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
def test_the_commands_of_the_guide_do_what_it_says(shop: Shop) -> None:
    shop.item("OUT-TENT-1P-ORG", catalogProductId="OUT-0001-1P-ORG")
    shop.manager.succeed("receiveStock", sku="OUT-TENT-1P-ORG", quantity=10)
    script, tokens = TOKEN.subn(f"TOKEN={service(shop).token}", COMMANDS)
    assert tokens == 1
    script = script.replace("http://127.0.0.1:5005", shop.stack.url)
    environ = {"PATH": os.environ["PATH"], "no_proxy": "127.0.0.1"}
    ran = subprocess.run(["sh", "-eu", "-c", script], capture_output=True, text=True, env=environ, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    available, reserved, confirmed, shipped, looked, levels, product, checked = map(json.loads, ran.stdout.splitlines())
    assert [row["availableToPromise"] for row in available["items"]] == [10, 0]
    assert [each["status"] for each in (reserved, confirmed, shipped)] == ["PENDING", "CONFIRMED", "COMMITTED"]
    assert looked == shipped
    assert (levels["quantity_on_hand"], product["quantity"]) == (8, 8)
    assert checked == {"OUT-0001-1P-ORG": 8, "nowhere": 0}
