"""What the guides lead to is there: pages and their headings, files, modules, targets of make."""

import os
import re
from functools import cache
from pathlib import Path

import pytest

from server.embedded.wheel import ROOT
from tests.unit.test_told_commands import GUIDES

LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"^make ([a-z]+)", re.MULTILINE)
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
FILE = re.compile(r"[\w@./-]*\w\.(?:py|tsx?|m?js|json|graphql|toml|yml|sh|md|css|svg|lock)")
FOLDER = re.compile(r"[\w@.-]+(?:/[\w@.*-]+)+/?")
NAME = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
FOLDERS = {each.name for each in ROOT.iterdir() if each.is_dir()}
NOT_OURS = {"node_modules", "__pycache__"}
ROOMS = {each.parent.name for each in ROOT.glob("*/__init__.py")}
#: Where files lie that a guide names without all of their way.
WITHIN = (ROOT, ROOT / "dashboard" / "src", ROOT / "frontend-contract")
#: Addresses, and what is made while something runs.
NOT_KEPT = ("/", ".cache/", ".data/", ".venv/")

guides = pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: str(guide.relative_to(ROOT)))


def anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", LINK.sub("]", heading)).lower().replace(" ", "-")


def spoken(text: str) -> list[str]:
    """Code between words."""
    return CODE.findall(BLOCK.sub("", text))


@guides
def test_every_link_leads_to_a_page_and_its_heading(guide: Path) -> None:
    for link in LINK.findall(BLOCK.sub("", guide.read_text(encoding="utf-8"))):
        path, _, heading = link.partition("#")
        if "://" not in link:
            page = guide.parent / path if path else guide
            assert page.exists(), link
            assert not heading or heading in map(anchor, HEADING.findall(page.read_text(encoding="utf-8"))), link


@guides
def test_every_target_of_make_that_is_told_is_one(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    told = {name for code in [*BLOCK.findall(text), *spoken(text)] for name in MAKE.findall(code)}
    assert told <= targets


@guides
def test_every_file_that_is_named_is_there(guide: Path) -> None:
    for code in spoken(guide.read_text(encoding="utf-8")):
        place = FOLDER.fullmatch(code) and code.partition("/")[0] in FOLDERS
        if (place or FILE.fullmatch(code)) and not code.startswith(NOT_KEPT):
            assert found(code, guide), code


@cache
def names() -> set[str]:
    """Of all files."""
    found: set[str] = set()
    for _, folders, files in os.walk(ROOT):
        folders[:] = [each for each in folders if each not in NOT_OURS and not each.startswith(".")]
        found.update(files)
    return found


def found(code: str, guide: Path) -> bool:
    """As a file or a folder; as a name in a module, where one stands behind its dot; alone, wherever it lies."""
    if "/" not in code:
        return code in names()
    module, _, name = code.rpartition(".")
    source = ROOT / f"{module}.py"
    if source.exists() and re.search(rf"\b{name}\b", source.read_text(encoding="utf-8")):
        return True
    return any(list(folder.glob(code)) for folder in (guide.parent, *WITHIN))


@guides
def test_every_module_that_is_named_is_there_and_has_what_is_named_of_it(guide: Path) -> None:
    for code in spoken(guide.read_text(encoding="utf-8")):
        if NAME.fullmatch(code) and code.partition(".")[0] in ROOMS:
            assert any(in_module(code, length) for length in range(1, code.count(".") + 2)), code


def in_module(code: str, length: int) -> bool:
    """Whether the first parts are a module, and the others stand in it."""
    parts = code.split(".")
    place = ROOT.joinpath(*parts[:length])
    source = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    if not source.exists():
        return False
    text = source.read_text(encoding="utf-8")
    return all(re.search(rf"\b{name}\b", text) for name in parts[length:])
