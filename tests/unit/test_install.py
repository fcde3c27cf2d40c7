"""What the tests need beside the packages: got with apt-get on Debian as root, named in a sentence elsewhere."""

import os
import re
from pathlib import Path

import pytest

from server import install

ROOT = Path(install.ROOT)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine whose only programs are those put into this directory."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The packages that apt-get was asked for."""
    packages: list[str] = []
    monkeypatch.setattr(install, "apt_install", packages.extend)
    return packages


def put(machine: Path, *programs: str) -> None:
    for name in programs:
        program = machine / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)


def test_on_debian_root_gets_what_is_missing_and_nothing_else(
    machine: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "may_use_apt", lambda: True)
    monkeypatch.setattr(install, "may_install_browser", lambda: True)
    put(machine, "java")
    install.install_test_tools()
    assert asked == ["maven", "chromium"]
    put(machine, "mvn", "chromium")
    install.install_test_tools()
    assert asked == ["maven", "chromium"]


def test_elsewhere_no_browser_is_installed_and_java_is_named(
    machine: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "may_use_apt", lambda: False)
    with pytest.raises(install.InstallError, match="openjdk-17-jre-headless maven"):
        install.install_test_tools()
    put(machine, "java", "mvn")
    install.install_test_tools()
    assert asked == []


def test_a_browser_is_the_one_that_is_named_or_one_on_the_path(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert install.browser() is None
    put(machine, "google-chrome")
    assert install.browser() == str(machine / "google-chrome")
    put(machine, "own")
    monkeypatch.setenv("CHROMIUM", str(machine / "own"))
    assert install.browser() == str(machine / "own")
    monkeypatch.setenv("CHROMIUM", str(machine / "missing"))
    assert install.browser() is None


@pytest.mark.parametrize("target", ["test", "faults"])
def test_whoever_runs_tests_gets_the_tools_of_the_tests_first(target: str) -> None:
    [rule] = re.findall(rf"^{target}:.*\n(?:\t.*\n)+", (ROOT / "Makefile").read_text(), re.M)
    assert rule.index("install-tests") < min(rule.find(run) for run in ("-m pytest", "$(RUN)") if run in rule)


def test_a_long_installation_says_now_and_then_that_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, said = tmp_path / "gate", list[str]()
    os.mkfifo(gate)

    def heard(line: str) -> None:
        said.append(line)
        if len(said) == 2:
            gate.write_text("go on")

    monkeypatch.setattr(install, "TOLD_EVERY_S", 0.01)
    monkeypatch.setattr(install, "say", heard)
    install.run(["cat", str(gate)], "Installing the locked packages")
    assert len(said) >= 2
    assert all(re.fullmatch(r"Installing the locked packages: still at it after \d+ s", line) for line in said)


def test_an_installation_that_fails_shows_what_it_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(install.InstallError, match="Fetching uv failed with status 3"):
        install.run(["sh", "-c", "echo no such host; exit 3"], "Fetching uv")
    assert "no such host" in capfd.readouterr().err
