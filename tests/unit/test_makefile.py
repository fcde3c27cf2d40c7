"""What each target gives the programs that it starts, and makes of what they say."""

import os
import subprocess
import tomllib
from pathlib import Path

import pytest

from server.embedded.wheel import ROOT

PROGRAMS = ("python", "ruff", "pyright", "lint-imports", "node")

#: What a `make test` that runs this gives on.
FROM_MAKE = ("PYTHONPYCACHEPREFIX", "MAKEFLAGS", "MAKEOVERRIDES", "ARGS", "BESIDE", "APART", "ONLY")


def make(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in FROM_MAKE} | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_what_python_compiles_is_kept_for_the_next_process_and_not_beside_the_sources() -> None:
    show = "show: ; @echo [$$PYTHONPYCACHEPREFIX] [$$PYTHONDONTWRITEBYTECODE]"
    told = make("--eval", show, "show", PYTHONDONTWRITEBYTECODE="1")
    assert (told.returncode, told.stdout) == (0, f"[{ROOT}/.cache/pycache] []\n")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs that say how they were called; the one that the file `failing` names fails."""
    for name in PROGRAMS:
        (tmp_path / name).write_text(
            f'#!/bin/sh\ncase "$*" in *"node path") echo {tmp_path}; exit;; *embedded.node*) exit;; esac\n'
            f'echo {name} "$*"\ncase "{name} $*" in *$FAILING*) exit 1;; esac\n'
        )
        (tmp_path / name).chmod(0o755)
    return tmp_path


RUNS = ["--ignore=", "cacheprovider tests/unit tests/contract", "cacheprovider tests/system"]


@pytest.mark.parametrize("failing", ["nothing", "ruff", "pyright", "lint-imports", "node", *RUNS])
def test_what_runs_beside_the_tests_is_told_after_them_and_either_fails_the_run(programs: Path, failing: str) -> None:
    told = make("test", f"BIN={programs}", "INSTALL=true", FAILING=failing)
    assert (told.returncode == 0) == (failing == "nothing"), told.stdout
    first, second, third, *rest = told.stdout.splitlines()
    assert first.startswith("python -m pytest --durations=15 --ignore=tests/unit --ignore=tests/contract --ignore=")
    assert (second, third[:4]) == ("make check and the tests beside:", "ruff")
    checked = failing not in PROGRAMS
    assert any(line.endswith(" no:cacheprovider tests/unit tests/contract") for line in rest) == checked
    assert any(" no:cacheprovider tests/system " in line for line in rest)
    assert "\nmake test: " in told.stdout


def test_no_folder_of_tests_is_in_two_of_the_runs_and_each_that_one_names_is_there() -> None:
    beside, apart = (make("--eval", f"show: ; @echo $({name})", "show").stdout.split() for name in ("BESIDE", "APART"))
    elsewhere = {*beside, *apart}
    assert len(elsewhere) == len(beside) + len(apart)
    assert elsewhere <= {f"tests/{folder.name}" for folder in (ROOT / "tests").iterdir()}


def test_a_choice_of_tests_is_one_run_and_nothing_beside_it(programs: Path) -> None:
    told = make("test", f"BIN={programs}", "INSTALL=true", "ARGS=-k relay", FAILING="nothing")
    assert told.returncode == 0
    assert told.stdout.count("pytest") == 1
    assert told.stdout.startswith("python -m pytest --durations=15 -k relay\nmake test: ")


@pytest.mark.parametrize(
    ("only", "marks"),
    [
        ("oversell", ' -m "oversell" '),
        ("redis,expiry-token,expiry", ' -m "redis_fault or token_end or expiry" '),
        ("", "test_write_model.py  \n"),
    ],
)
def test_fault_runs_are_chosen_by_their_names_with_commas_between(only: str, marks: str) -> None:
    told = make("--dry-run", "faults", f"ONLY={only}").stdout
    assert marks in told
    assert 'case "" in' in told


def test_a_fault_run_that_there_is_none_of_is_refused() -> None:
    assert 'case "nothing" in "") ;; *)' in make("--dry-run", "faults", "ONLY=redis,nothing").stdout


def test_every_fault_run_has_a_mark() -> None:
    runs = make("--eval", "show: ; @echo $(RUNS)", "show").stdout.split()
    marks = make("--eval", "show: ; @echo $(MARKS)", "show", f"ONLY={','.join(runs)}").stdout.split()
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]
    assert len(marks) == len(runs)
    assert set(marks) <= {mark.partition(":")[0] for mark in known}
