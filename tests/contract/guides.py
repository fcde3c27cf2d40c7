"""The commands of a guide in docs/, carried out as they are written but for the token and the address."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest

from server.contract import ROOT

TOKEN = re.compile(r"^TOKEN=.*$", re.M)
ADDRESS = "http://127.0.0.1:5005"

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def commands_of(name: str) -> str:
    """Its one shell script."""
    (commands,) = re.findall(r"```sh\n(.*?)```", text_of(name), re.S)
    return commands


def told_by(name: str, url: str, token: str | None) -> list[Any]:
    """What its script prints, JSON line by line."""
    script, tokens = TOKEN.subn(f"TOKEN={token}", commands_of(name))
    assert tokens == 1
    ran = subprocess.run(
        ["sh", "-eu", "-c", script.replace(ADDRESS, url)],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "no_proxy": "127.0.0.1"},
        timeout=60,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return [json.loads(line) for line in ran.stdout.splitlines()]
