"""The Node that peers and load run on: version 22, from the npm packages that benchmarks/package-lock.json pins."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from server.embedded.node import CACHE, packages
from server.embedded.process import StartError

HERE = Path(__file__).parent
TOLD = ("mercurius", "fastify", "graphql", "pg")
LIVE = ("mercurius", "fastify", "graphql", "mqemitter-redis")


def node() -> Path:
    """The program, fetched with the peers' packages when the lock file is new. Raises StartError."""
    packages(CACHE / "npm.log", lambda _: None, HERE)
    found = sorted((HERE / "node_modules").glob("node-*/bin/node"))
    if not found:
        raise StartError("npm has no Node 22 for this platform among the packages in benchmarks/package.json: add it.")
    return found[0]


def versions(program: Path, packages: Sequence[str] = TOLD) -> str:
    """Of Node and the peers' packages, as one line."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    files = {name: HERE / "node_modules" / name / "package.json" for name in packages}
    return ", ".join([f"Node {told}", *(f"{name} {json.loads(f.read_text())['version']}" for name, f in files.items())])
