"""`doctor`: what is wrong is called so, with its remedy, and the status tells whether `make run` would start."""

from pathlib import Path

import pytest

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
