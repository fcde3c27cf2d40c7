"""The root packages carry general names; nothing installed may own one of them."""

import importlib.util
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = [pattern.rstrip("*") for pattern in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]]


@pytest.mark.parametrize("room", ROOMS)
def test_a_root_package_is_the_one_of_this_repository(room: str) -> None:
    spec = importlib.util.find_spec(room)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).resolve() == ROOT / room / "__init__.py"


@pytest.mark.parametrize("room", ROOMS)
def test_no_installed_distribution_owns_the_name_of_a_root_package(room: str) -> None:
    owners = set(packages_distributions().get(room, [])) - {PROJECT["project"]["name"]}
    assert not owners, f"{sorted(owners)} would shadow {room}/"


def test_every_python_package_at_the_root_is_listed_for_the_editable_install() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert found == set(ROOMS)


def test_the_lock_files_name_no_index_and_no_place_of_a_machine() -> None:
    for name in ("requirements.lock", "requirements-programs.lock"):
        text = (ROOT / name).read_text()
        for word in ("://", "--find-links", "--index", " @ "):
            assert word not in text, f"{name} contains {word!r}"
        assert "--hash=sha256:" in text
