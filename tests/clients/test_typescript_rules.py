"""What `make check` asks of TypeScript and JavaScript: its rules go red, and it is part of the check."""

import subprocess

import pytest

from server.embedded.node import packages
from server.embedded.wheel import CACHE, ROOT

pytestmark = pytest.mark.node

FLOATING = "export async function asked(): Promise<void> {}\nasked();\n"
OUT_OF_ORDER = (
    'import { useState } from "react";\n'
    "export function useThing(on: boolean) {\n  if (on) useState(1);\n  return on;\n}\n"
)


@pytest.fixture(scope="module")
def environ() -> dict[str, str]:
    packages(CACHE / "npm.log", lambda _: None, ROOT / "dashboard")
    # Types are otherwise read once, from the files as they lie there.
    return packages(CACHE / "npm.log", lambda _: None, ROOT / "lint") | {"TSESTREE_SINGLE_RUN": "false"}


@pytest.mark.parametrize(
    ("file", "text", "rule"),
    [
        ("dashboard/src/main.tsx", FLOATING, "@typescript-eslint/no-floating-promises"),
        ("dashboard/src/main.tsx", OUT_OF_ORDER, "react-hooks/rules-of-hooks"),
        ("frontend-contract/client/live.js", "const kept = 1;\n", "no-unused-vars"),
        ("tests/browser/page.mjs", "nobody();\n", "no-undef"),
    ],
)
def test_a_fault_in_any_of_the_folders_is_found(file: str, text: str, rule: str, environ: dict[str, str]) -> None:
    command = ["node", "lint/node_modules/eslint/bin/eslint.js", "--config", "lint/eslint.config.mjs", "--stdin"]
    found = subprocess.run(
        [*command, "--stdin-filename", file], cwd=ROOT, env=environ, input=text, capture_output=True, text=True
    )
    assert found.returncode == 1, found.stderr
    assert rule in found.stdout


def test_the_check_looks_at_typescript_as_well() -> None:
    told = subprocess.run(["make", "--dry-run", "check"], cwd=ROOT, capture_output=True, text=True).stdout
    assert "node lint/check.mjs" in told
