"""Packages of npm, fetched once, by whoever comes first; pages, built anew where they are older than their sources."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.embedded import node

#: Leaves what npm leaves; a second one finds the folder taken.
NPM = """#!/bin/sh
mkdir node_modules || { echo "two at once"; exit 1; }
echo "$1" >> asked
"""


def test_of_two_that_need_the_same_packages_one_fetches_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs, pages, log = tmp_path / "bin", tmp_path / "pages", tmp_path / "npm.log"
    programs.mkdir()
    pages.mkdir()
    (programs / "npm").write_text(NPM)
    (programs / "npm").chmod(0o755)
    (pages / "package-lock.json").write_text("{}")
    monkeypatch.setattr(node, "node_bin", lambda _: programs)
    monkeypatch.setattr(node, "CACHE", tmp_path / "cache")

    with ThreadPoolExecutor(4) as pool:
        environs = list(pool.map(lambda _: node.packages(log, lambda _: None, pages), range(4)))

    assert {environ["PATH"].split(os.pathsep)[0] for environ in environs} == {str(programs)}
    assert (pages / "asked").read_text().splitlines() == ["ci"]


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pages that were just built; the contract lies beside them."""
    pages, contract = tmp_path / "pages", tmp_path / "contract"
    for file in (
        "pages/src/views/Stock.tsx",
        "pages/src/views/stock.test.ts",
        "pages/README.md",
        "pages/dist/.sources",
    ):
        _write(tmp_path / file)
    for file in ("contract/access.json", "contract/operations/levels.graphql", "contract/client/live.js"):
        _write(tmp_path / file)
    monkeypatch.setattr(node, "CONTRACT", contract)
    (pages / "dist" / ".sources").write_text(node.source_digest(pages))
    return pages


def _write(file: Path, text: str = "as it was") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_what_was_built_of_these_sources_is_not_built_again(built: Path) -> None:
    _write(built / "src" / "views" / "stock.test.ts", "another test")
    _write(built / "README.md", "more to read")
    _write(built / "node_modules" / "react" / "index.js")
    assert not node.needs_build(built)


@pytest.mark.parametrize(
    "changed", ["src/views/Stock.tsx", "src/new.ts", "../contract/operations/levels.graphql", "../contract/access.json"]
)
def test_a_changed_source_or_contract_is_built_again(built: Path, changed: str) -> None:
    _write(built / changed, "as it is now")
    assert node.needs_build(built)


def test_a_folder_of_another_name_is_built_again(built: Path) -> None:
    (built / "src" / "views").rename(built / "src" / "sights")
    assert node.needs_build(built)


def test_what_was_never_built_is_built(built: Path) -> None:
    (built / "dist" / ".sources").unlink()
    assert node.needs_build(built)
