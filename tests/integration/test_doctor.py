"""`doctor`: what is wrong is called so, with its remedy, and the status tells whether `make run` would start."""

from pathlib import Path

import pytest

from server.demo.processes import environ_of
from server.demo.workplace import Workplace
from server.doctor import examine
from server.embedded.process import free_port
from server.listener import listen
from server.settings import Settings


def test_a_port_that_is_taken_is_to_be_mended_and_nothing_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    port = free_port()
    with listen("127.0.0.1", port):
        assert examine(Settings(port=port, data_dir=tmp_path / "data")) == 1
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith(f"port {port}")]
    state, remedy = line.split(maxsplit=3)[2:]
    assert state == "mend"
    assert remedy.startswith(f"Port {port} is in use by another program: stop it, or choose another port with PORT=")
    assert examine(Settings(port=port, data_dir=tmp_path / "data")) == 0
    assert not (tmp_path / "data").exists()


def test_a_run_that_goes_on_is_told_once_though_it_has_data_dir_and_the_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    port = free_port()
    with Workplace.opened(tmp_path, ephemeral=False) as workplace, listen("127.0.0.1", port):
        assert examine(Settings(port=port, data_dir=tmp_path)) == 1
        assert _states(capsys, "mend") == ["DATA_DIR", f"port {port}"], "another program may have it"
        workplace.announce_system(environ_of(Settings(port=port, data_dir=tmp_path)))
        assert examine(Settings(port=port, data_dir=tmp_path)) == 1
    assert _states(capsys, "mend") == ["DATA_DIR"]


def _states(capsys: pytest.CaptureFixture[str], state: str) -> list[str]:
    """Of what that state is told."""
    lines = capsys.readouterr().out.splitlines()
    return [line.partition(f"  {state} ")[0].strip() for line in lines if f"  {state} " in line]
