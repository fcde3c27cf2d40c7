"""GraphiQL in a real browser against the running system: its examples work as they stand, and what happens is shown."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import install
from server.embedded import node as embedded_node
from server.embedded.wheel import CACHE
from tests import servers
from tests.stack import Stack, assert_healthy, running_stack

HERE = Path(__file__).parent
RUN_SECONDS = 180


@pytest.fixture(scope="module")
def browser() -> str:
    """A Chromium. Without one the test is skipped at home, and fails where `make test` or somebody else sees to it."""
    found = install.browser()
    if found is None:
        missing = (
            "no Chromium on PATH: install it (on Debian as root `make test` does, elsewhere your system's package "
            "chromium or Google Chrome), or name it with CHROMIUM=/path/to/chromium"
        )
        if os.environ.get("CI") or install.may_install_browser():
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="module")
def demo(postgres: servers.Postgres) -> Iterator[Stack]:
    """The system with the demo's data, and the page built."""
    embedded_node.build(CACHE / "npm.log", lambda _: None)
    with (
        postgres.clone() as addresses,
        servers.running(servers.redis_server) as redis,
        running_stack(addresses, redis.url, tenants=()) as stack,
    ):
        stack.run("seed")
        yield stack
        assert_healthy(stack)


@pytest.mark.node
@pytest.mark.slow
def test_the_examples_sell_a_unit_and_show_a_change_of_the_level_that_is_watched(
    browser: str, demo: Stack, tmp_path: Path
) -> None:
    environ = embedded_node.packages(CACHE / "npm.log", lambda _: None, HERE) | {"CHROMIUM": browser}
    page = tmp_path / "page.png"
    ran = subprocess.run(
        ["node", HERE / "graphiql.mjs", demo.url, page],
        env=environ,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
    )
    assert ran.returncode == 0, f"the page is shown in {page}; it said:\n{ran.stderr}"
    seen = json.loads(ran.stdout)
    assert seen["sold"] == ["PENDING", "CONFIRMED", "COMMITTED"]
    query = """
    query ($sku: String!, $code: String!) {
      stockLevel(sku: $sku, location: $code) { ledger(first: 1) { nodes { reference } } }
    }
    """
    answer = demo.graphql(query, {"sku": seen["sku"], "code": seen["location"]}, demo.token("analyst", "meridian"))
    assert seen["reference"] in json.dumps(answer.data)
    assert page.stat().st_size > 10_000
