"""The dashboard's own logic without a browser: vitest in dashboard/."""

import gzip
import subprocess
from pathlib import Path

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


@pytest.mark.node
def test_each_built_file_is_compressed_beside_itself_where_that_is_smaller(node: Path, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    long, short = b"export const stock = 1;\n" * 100, b"a{}"
    files = {"index.html": long, "assets/stock.js": long, "assets/small.css": short}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    subprocess.run([node, embedded_node.PAGES / "tools" / "pack.mjs", tmp_path], check=True)
    assert {path.name for path in tmp_path.rglob("*.gz")} == {"index.html.gz", "stock.js.gz"}
    assert gzip.decompress((tmp_path / "assets" / "stock.js.gz").read_bytes()) == long
