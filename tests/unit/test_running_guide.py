"""docs/running.md names every variable of the environment, with the default that it has."""

import re
from dataclasses import fields
from pathlib import Path

from server.embedded.wheel import ROOT
from server.settings import Settings

ROW = re.compile(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\| \S.* \|$", re.M)


def shown(default: object) -> str:
    """A default as the table writes it; empty where there is none."""
    if isinstance(default, bool):
        return "1" if default else "0"
    if default is None or default == ():
        return ""
    return f"{default:g}" if isinstance(default, float) else str(default)


def test_the_guides_table_of_variables_is_that_of_the_settings() -> None:
    guide = Path(ROOT, "docs", "running.md").read_text()
    documented = dict(ROW.findall(guide))
    assert documented == {field.name.upper(): shown(field.default) for field in fields(Settings)}


def test_each_variable_is_read_under_the_name_of_its_setting() -> None:
    asked: set[str] = set()

    class Environment(dict[str, str]):
        def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
            asked.add(name)
            return default

    Settings.from_environment(Environment())
    assert asked == {field.name.upper() for field in fields(Settings)}
