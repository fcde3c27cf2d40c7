"""Embedded servers: they start from nothing, survive a kill with their data, and say why when they do not start."""

import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from server.embedded.postgres import Binaries, PostgresServer
from server.embedded.process import Child, StartError, accepts, free_port
from server.embedded.redis import RedisServer
from server.listener import listen
from tests import servers

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


async def _count(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS visit (at timestamptz)")
        await connection.execute("INSERT INTO visit VALUES (now())")
        return int(await connection.fetchval("SELECT count(*) FROM visit"))
    finally:
        await connection.close()


@pytest.mark.parametrize("origin", ["wheel", "system"])
async def test_a_killed_postgres_comes_back_on_its_port_with_what_was_committed(origin: str) -> None:
    binaries = Binaries.of_wheel() if origin == "wheel" else Binaries.of_system() or Binaries.any()
    with servers.running(lambda place: PostgresServer(place, place / "log", binaries)) as server:
        url = server.superuser_url()
        assert await _count(url) == 1
        server.kill()
        server.start()
        assert server.superuser_url() == url
        assert await _count(url) == 2


def test_a_killed_redis_comes_back_on_its_port(private_redis: RedisServer) -> None:
    port = private_redis.port
    private_redis.kill()
    assert not accepts(port)
    private_redis.start()
    assert accepts(port)


def test_a_program_that_ends_at_once_is_reported_with_the_last_lines_of_its_log(tmp_path: Path) -> None:
    child = Child.start("probe", [sys.executable, "-c", "print('no disk'); raise SystemExit(3)"], tmp_path / "log")
    with pytest.raises(StartError, match=r"(?s)probe ended with status 3.*no disk") as failure:
        child.wait_until(lambda: False, 30)
    assert str(tmp_path / "log") in str(failure.value)


def test_a_program_that_is_missing_is_reported_by_name(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="probe cannot be executed"):
        Child.start("probe", [tmp_path / "nowhere"], tmp_path / "log")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_child_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from server.embedded.process import Child\n"
        f"child = Child.start('probe', {SLEEP!r}, Path({str(tmp_path / 'log')!r}))\n"
        "print(child.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    # `tail --pid` ends when that process does.
    subprocess.run(["tail", f"--pid={pid}", "-f", "/dev/null"], timeout=30, check=True)


def test_a_busy_port_is_refused_with_another_one_to_take() -> None:
    with servers.running(servers.redis_server) as server, pytest.raises(StartError) as refusal:
        listen("127.0.0.1", server.port)
    assert f"Port {server.port} is in use" in str(refusal.value)
    assert "PORT=" in str(refusal.value)


def test_a_free_port_is_accepted() -> None:
    listen("127.0.0.1", free_port()).close()
