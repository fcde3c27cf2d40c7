"""What each target gives the programs that it starts, and makes of what they say."""

import os
import subprocess
import tomllib
from pathlib import Path

import pytest

from server.embedded.wheel import ROOT

PROGRAMS = ("python", "ruff", "pyright", "lint-imports")


def make(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPYCACHEPREFIX"} | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_what_python_compiles_is_kept_for_the_next_process_and_not_beside_the_sources() -> None:
    show = "show: ; @echo [$$PYTHONPYCACHEPREFIX] [$$PYTHONDONTWRITEBYTECODE]"
    told = make("--eval", show, "show", PYTHONDONTWRITEBYTECODE="1")
    assert (told.returncode, told.stdout) == (0, f"[{ROOT}/.cache/pycache] []\n")


@pytest.mark.parametrize("failing", [None, *PROGRAMS])
def test_what_is_checked_beside_the_tests_is_told_after_them_and_either_fails_the_run(
    tmp_path: Path, failing: str | None
) -> None:
    for name in PROGRAMS:
        said = "echo the tests" if name == "python" else f"echo {name}"
        (tmp_path / name).write_text(
            f'#!/bin/sh\ncase "$*" in *node*) exit;; esac\n{said}\nexit {int(name == failing)}\n'
        )
        (tmp_path / name).chmod(0o755)
    told = make("test", f"BIN={tmp_path}", "INSTALL=true")
    assert (told.returncode == 0) == (failing is None), told.stdout
    assert told.stdout.splitlines()[:3] == ["the tests", "make check:", "ruff"]
    assert "\nmake test: " in told.stdout


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
