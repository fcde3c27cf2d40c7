"""A browser, the system with the demo's data and the pages built, and how a script of this folder is run against it."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from server import install
from server.embedded import node as embedded_node
from server.embedded.wheel import CACHE
from tests import servers
from tests.stack import Stack, assert_healthy, running_stack

HERE = Path(__file__).parent
RUN_SECONDS = 180

#: Runs a script of this folder against the demo; what it printed as JSON. `run_page("stock.mjs", "argument", …)`
RunPage = Callable[..., Any]


@pytest.fixture(scope="session")
def browser() -> str:
    """A Chromium. Without one the test is skipped at home, and fails where `make test` or somebody else sees to it."""
    found = install.browser()
    if found is None:
        missing = (
            "no Chromium on PATH: install it (on Debian as root `make test` does, elsewhere your system's package "
            "chromium or Google Chrome), or name it with CHROMIUM=/path/to/chromium"
        )
        if os.environ.get("CI") or install.may_install_browser():
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
def pages() -> Path:
    """The pages as they are served, built where they are older than their sources."""
    return embedded_node.build(CACHE / "npm.log", lambda _: None)


@pytest.fixture(scope="module")
def demo(postgres: servers.Postgres, sown: str, kafka: str, pages: Path) -> Iterator[Stack]:
    """The system with the demo's data, its changes going through a real Kafka; nothing moves in it on its own."""
    with (
        postgres.clone(sown) as addresses,
        servers.running(servers.redis_server) as redis,
        running_stack(addresses, redis.url, kafka, servers.create_topic(kafka), tenants=()) as stack,
    ):
        yield stack
        assert_healthy(stack)


@pytest.fixture
def environ(browser: str) -> dict[str, str]:
    """In which a script of this folder runs: its npm packages fetched, its browser named."""
    return embedded_node.packages(CACHE / "npm.log", lambda _: None, HERE) | {"CHROMIUM": browser}


@pytest.fixture
def run_page(environ: dict[str, str], demo: Stack, tmp_path: Path) -> RunPage:
    """`node <script> <address> <screenshot> <arguments>`; an AssertionError with what it said when it fails."""

    def run(script: str, *arguments: str) -> Any:
        with talking(script, demo, tmp_path, environ, *arguments) as page:
            return page.hears()

    return run


@dataclass
class Talk:
    """A script that says what it sees, a line of JSON for each step, and waits for a line before the next."""

    process: subprocess.Popen[str]
    complaints: Path
    shown: Path

    def hears(self) -> Any:
        """What it says next; an AssertionError with its complaints where it ended without."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the page is shown in {self.shown}; it said:\n{self.complaints.read_text()}"
        return json.loads(line)

    def says(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()


@contextmanager
def talking(script: str, stack: Stack, folder: Path, environ: dict[str, str], *arguments: str) -> Iterator[Talk]:
    """`node <script> <address> <screenshot> <arguments>`; leaving it waits for its end, and fails where it failed."""
    shown, complaints = folder / "page.png", folder / "complaints.txt"
    command = ["node", str(HERE / script), stack.url, str(shown), *arguments]
    with (
        complaints.open("w") as said,
        subprocess.Popen(
            command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
        ) as process,
    ):
        try:
            yield Talk(process, complaints, shown)
            process.communicate(timeout=RUN_SECONDS)
            assert process.returncode == 0, f"the page is shown in {shown}; it said:\n{complaints.read_text()}"
        finally:
            process.kill()
