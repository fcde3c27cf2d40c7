"""Packages of npm: fetched once, by whoever comes first."""

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
