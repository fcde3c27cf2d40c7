"""DATA_DIR: one run at a time, secrets for the owner only, nothing left behind."""

import json
import stat
from pathlib import Path

import pytest

from server.demo.stack import run
from server.demo.workplace import Workplace, reset
from server.embedded.process import StartError, free_port
from server.listener import listen
from server.settings import Settings


def test_a_second_run_in_the_same_directory_is_told_who_is_there(tmp_path: Path) -> None:
    with (
        Workplace.opened(tmp_path, ephemeral=False),
        pytest.raises(StartError, match=r"Another run \(process \d+\)"),
        Workplace.opened(tmp_path, ephemeral=False),
    ):
        pass


def test_a_second_run_in_one_place_is_told_of_the_first_and_not_of_its_port(tmp_path: Path) -> None:
    with Workplace.opened(tmp_path, ephemeral=False), listen("127.0.0.1", free_port()) as first:
        settings = Settings(port=first.getsockname()[1], data_dir=tmp_path)
        with pytest.raises(StartError, match=r"Another run \(process \d+\) uses DATA_DIR"):
            run(settings)


def test_a_directory_can_be_used_again_when_the_run_before_has_ended(tmp_path: Path) -> None:
    for _ in range(2):
        with Workplace.opened(tmp_path, ephemeral=False) as workplace:
            workplace.passwords()


def test_passwords_are_kept_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    with Workplace.opened(tmp_path, ephemeral=False) as workplace:
        first = workplace.passwords()
        assert workplace.passwords() == first
    assert stat.S_IMODE((tmp_path / "credentials.json").stat().st_mode) == 0o600


def test_the_announcement_is_complete_and_goes_with_the_run(tmp_path: Path) -> None:
    with Workplace.opened(tmp_path, ephemeral=False) as workplace:
        file = workplace.announce_demo({"url": "http://127.0.0.1:5005"})
        assert json.loads(file.read_text()) == {"url": "http://127.0.0.1:5005"}
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.exists()


def test_the_announcement_of_a_killed_run_is_withdrawn_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{}")
    with Workplace.opened(tmp_path, ephemeral=False):
        assert not (tmp_path / "demo.json").exists()


def test_an_ephemeral_run_leaves_nothing(tmp_path: Path) -> None:
    with Workplace.opened(tmp_path / "data", ephemeral=True) as workplace:
        workplace.passwords()
        kept = workplace.data
        assert kept != tmp_path / "data"
    assert not kept.exists()
    assert not (tmp_path / "data").exists()


def test_a_run_that_was_refused_leaves_no_directory_and_none_of_before_is_removed(tmp_path: Path) -> None:
    for directory, left in ((tmp_path / "data", False), (tmp_path, True)):
        with pytest.raises(StartError, match="in use"), Workplace.opened(directory, ephemeral=False):
            raise StartError("Port 5005 is in use")
        assert directory.exists() == left


def test_reset_removes_the_demos_files_and_nobody_elses(tmp_path: Path) -> None:
    with Workplace.opened(tmp_path, ephemeral=False) as workplace:
        workplace.passwords()
        workplace.logs.mkdir()
    (tmp_path / "letter.txt").write_text("mine")
    with Workplace.opened(tmp_path, ephemeral=False), pytest.raises(StartError) as refused:
        reset(tmp_path)
    assert str(refused.value).endswith("stop it with Ctrl-C in its terminal."), "another directory has other data"
    assert reset(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    assert not reset(tmp_path)


def test_a_directory_that_cannot_be_made_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="DATA_DIR=/some/where"), Workplace.opened(tmp_path / "file" / "data", False):
        pass


def test_another_users_data_is_left_to_that_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Workplace.opened(tmp_path, ephemeral=False) as workplace:
        workplace.passwords()
    monkeypatch.setattr("os.geteuid", lambda: (tmp_path / "credentials.json").stat().st_uid + 1)
    with pytest.raises(StartError, match="another user"), Workplace.opened(tmp_path, ephemeral=False):
        pass
