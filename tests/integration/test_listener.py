"""The port of the demo: taken before anything else starts, and served by the demo's own API alone."""

import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from server.demo.processes import Processes
from server.embedded.process import Child, StartError
from server.embedded.wheel import ROOT
from server.listener import inherited, listen
from server.settings import Settings
from tests.ports import kept_port
from tests.stack import eventually


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Of a demo whose database never comes."""
    settings = Settings(
        port=kept_port(),
        database_url=f"postgresql://nobody:word@127.0.0.1:{kept_port()}/nothing",
        development=True,
        signing_key_file=tmp_path / "key.pem",
        jwks_file=tmp_path / "jwks.json",
    )
    made = Processes(settings, tmp_path, lambda line: None)
    yield made
    made.kill()


def test_the_api_serves_the_socket_it_was_given_and_nobody_takes_the_port_before(processes: Processes) -> None:
    port = processes.settings.port
    with listen("127.0.0.1", port) as listener:
        with pytest.raises(StartError, match=f"Port {port} is in use"):
            listen("127.0.0.1", port)
        api = processes.start_api(listener)
    # The connection waits in the socket until the API takes it.
    answer = httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=60, trust_env=False)
    assert answer.status_code == 503
    api.kill()
    with pytest.raises(StartError, match="serve was ended by SIGKILL"):
        processes.check()
    listen("127.0.0.1", port).close()


def test_a_demos_worker_tells_its_metrics_and_nothing_of_what_it_has_not_read_yet(processes: Processes) -> None:
    processes.settings = replace(processes.settings, metrics_port=kept_port())
    processes.start("worker")
    processes.start("relay")
    told = eventually(lambda: told_at(f"http://127.0.0.1:{processes.settings.metrics_port}/metrics"), "its metrics")
    assert "stockcast_reservations_expired_total 0.0" in told
    assert not re.search("expiry_overdue|months_ahead|heads_amiss", told)
    processes.check()


def told_at(url: str) -> str | None:
    """None as long as nobody listens there."""
    try:
        return httpx2.get(url, timeout=60, trust_env=False).text
    except httpx2.TransportError:
        return None


def test_a_descriptor_that_does_not_listen_is_refused(tmp_path: Path) -> None:
    with socket.socket() as plain:
        descriptor = os.dup(plain.fileno())
        with pytest.raises(StartError, match="does not listen"):
            inherited(descriptor)
    with (tmp_path / "file").open("w") as file, pytest.raises(StartError, match="is no socket"):
        inherited(file.fileno())


def test_a_serve_that_finds_its_port_taken_says_so_and_ends(processes: Processes, tmp_path: Path) -> None:
    port = processes.settings.port
    environ = dict(os.environ) | {
        "DATABASE_URL": processes.settings.database_url,
        "DATA_DIR": str(tmp_path),
        "DEVELOPMENT": "1",
    }
    with listen("127.0.0.1", port):
        command = [sys.executable, "-m", "server", "serve", "--port", str(port)]
        child = Child.start("serve", command, tmp_path / "serve.log", environ=environ, directory=ROOT)
        with pytest.raises(StartError, match=f"(?s)serve ended with status 1.*Port {port} is in use"):
            child.wait_until(lambda: False, 60)


@pytest.mark.parametrize(
    "take", [lambda given: given, lambda given: inherited(given.detach())], ids=["own", "inherited"]
)
def test_the_kernel_keeps_little_of_what_a_peer_does_not_take(take: Callable[[socket.socket], socket.socket]) -> None:
    with take(listen("127.0.0.1", kept_port())) as listener, socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        peer.connect(listener.getsockname())
        connection, _ = listener.accept()
        with connection:
            connection.setblocking(False)
            written = 0
            with pytest.raises(BlockingIOError):
                while True:
                    written += connection.send(bytes(1_000))
        assert written < 1_000_000
