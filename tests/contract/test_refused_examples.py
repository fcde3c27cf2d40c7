"""The examples of frontend-contract where the service refuses them: they say why, and end or try on."""

import subprocess
from typing import Any

import pytest

from tests.factories.shop import Shop
from tests.live import CONTRACT, NodeWatcher, contract_packages
from tests.stack import PATIENCE_SECONDS

pytestmark = pytest.mark.node

#: Each client's example, and whether it asks over an event stream.
CLIENTS = {
    "watch-levels.mjs": False,
    "watch-levels-sse.mjs": True,
    "watch-levels-urql.mjs": False,
    "watch-levels-apollo.mjs": False,
}


def watcher_of(script: str, shop: Shop, token: str, **variables: Any) -> NodeWatcher:
    url = shop.stack.sse_url if CLIENTS[script] else shop.stack.websocket_url
    return NodeWatcher(script, url, token, variables)


@pytest.mark.parametrize("variables", [{"filter": {"nope": 1}}, {"after": "rubbish"}], ids=str)
@pytest.mark.parametrize("script", CLIENTS)
def test_a_refused_operation_is_told_and_ends_the_watcher_with_status_1(
    shop: Shop, script: str, variables: dict[str, Any]
) -> None:
    with watcher_of(script, shop, shop.manager.token or "", **variables) as watcher:
        assert watcher.process.wait(PATIENCE_SECONDS) == 1
        watcher.reader.join()
        kinds = [line["kind"] for line in watcher.lines]
        assert "error" in kinds
        assert "final" in kinds


@pytest.mark.parametrize("script", CLIENTS)
def test_a_watcher_whose_token_is_not_accepted_says_so_and_tries_on(shop: Shop, script: str) -> None:
    with watcher_of(script, shop, "no.token.ofours") as watcher:

        def refused() -> list[dict[str, Any]]:
            told = [line for line in watcher.lines if line["kind"] == "disconnected"]
            return told if len(told) > 1 else []

        first, second, *_ = watcher.wait(refused, "two refusals")
        assert first["code"] == (401 if CLIENTS[script] else 4403)
        assert "token" in first["reason"].lower()
        assert second["code"] == first["code"]


def test_options_that_are_not_there_are_asked_for_in_a_sentence() -> None:
    ran = subprocess.run(
        ["node", CONTRACT / "examples" / "watch-levels.mjs"],
        input="",
        capture_output=True,
        text=True,
        env=contract_packages(),
        cwd=CONTRACT,
    )
    assert (ran.returncode, ran.stderr.split(":", 1)[0]) == (2, "stdin is empty")
