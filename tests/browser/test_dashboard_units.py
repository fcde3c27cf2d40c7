"""The dashboard's own logic without a browser: vitest in dashboard/."""

import subprocess

import pytest

from server.embedded import node as embedded_node
from server.embedded.wheel import CACHE


@pytest.mark.node
def test_the_dashboards_own_tests_pass() -> None:
    environ = embedded_node.packages(CACHE / "npm.log", lambda _: None)
    ran = subprocess.run(
        ["npm", "test"], cwd=embedded_node.PAGES, env=environ, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
