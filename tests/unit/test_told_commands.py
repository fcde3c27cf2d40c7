"""Commands that the guides tell: they work when they are pasted into a shell at the checkout, and they are there."""

import re
from pathlib import Path

import pytest
import typer.main

from server.cli import app
from server.embedded.wheel import ROOT

PLACES = (
    "*.md",
    "docs/**/*.md",
    "benchmarks/*.md",
    "dashboard/*.md",
    "frontend-contract/*.md",
    "frontend-contract/*/*.md",
)
GUIDES = sorted(guide for place in PLACES for guide in ROOT.glob(place))
TOLD = re.compile(r"([\w./]*)python -m (server|benchmarks)\b(?: +([a-z][a-z-]*))?")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: str(guide.relative_to(ROOT)))
def test_a_guides_commands_name_the_python_of_the_checkout_and_a_command_that_is_there(guide: Path) -> None:
    known = set(typer.main.get_command(app).commands)  # pyright: ignore[reportAttributeAccessIssue]
    for python, program, command in TOLD.findall(guide.read_text(encoding="utf-8")):
        assert python == ".venv/bin/"
        assert program == "benchmarks" or command in known | {""}
