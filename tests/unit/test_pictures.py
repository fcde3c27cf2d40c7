"""What the guides show is there, and light enough to be read with them."""

import re
from pathlib import Path

import pytest

from server.embedded.wheel import ROOT

PICTURE = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
MOST_BYTES = 200_000
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = [guide.parent / name for guide in GUIDES for name in PICTURE.findall(guide.read_text())]


@pytest.mark.parametrize("picture", SHOWN, ids=lambda path: path.name)
def test_each_picture_of_a_guide_is_there_and_light(picture: Path) -> None:
    assert 0 < picture.stat().st_size < MOST_BYTES


def test_no_picture_is_kept_that_no_guide_shows() -> None:
    assert {path.name for path in (ROOT / "docs" / "images").iterdir()} == {path.name for path in SHOWN}
