"""Commands that the guides tell: they work when they are pasted into a shell at the checkout, and they are there."""

import re
from pathlib import Path

import pytest
import typer.main

from server.cli import app
from server.embedded.wheel import ROOT

GUIDES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("frontend-contract/events/*.md")])
TOLD = re.compile(r"([\w./]*)python -m server\b(?: +([a-z]+))?")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: str(guide.relative_to(ROOT)))
def test_a_guides_commands_name_the_python_of_the_checkout_and_a_command_that_is_there(guide: Path) -> None:
    known = set(typer.main.get_command(app).commands)  # pyright: ignore[reportAttributeAccessIssue]
    for python, command in TOLD.findall(guide.read_text(encoding="utf-8")):
        assert python == ".venv/bin/"
        assert command in known | {""}
