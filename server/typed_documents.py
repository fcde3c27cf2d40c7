"""The contract's npm package, as far as it is made: documents with their types, by graphql-codegen in Node."""

import subprocess
import sys
from pathlib import Path

from server.embedded.node import packages
from server.embedded.process import StartError
from server.embedded.wheel import CACHE, ROOT

CLIENT = ROOT / "frontend-contract" / "client"
TOOLS = ROOT / "frontend-contract" / "tools"
#: What is made; the rest of the folder is written by hand.
MADE = ("documents.js", "documents.d.ts", "live.d.ts", "mock.d.ts", "shapes.js")


def environment() -> dict[str, str]:
    """In which the tools' `node` runs, their npm packages fetched once. Raises StartError."""
    return packages(CACHE / "npm.log", lambda what: print(what, file=sys.stderr), TOOLS)


def write(folder: Path = CLIENT) -> None:
    """From the schema, the operations and the manifest as they lie there. Raises StartError."""
    done = subprocess.run(
        ["node", "generate.mjs", folder], cwd=TOOLS, env=environment(), capture_output=True, text=True
    )
    if done.returncode != 0:
        raise StartError(f"The typed documents could not be made:\n{done.stdout}{done.stderr}")
