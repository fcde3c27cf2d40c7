"""Makes `.venv` from the lock files, with nothing but a Python of 3.11 or newer: `python3 -I server/install.py`.

Runs before anything is installed, so it imports the standard library only and stays readable for older Pythons, which
get a sentence instead of a syntax error. A stamp lets a warm start return at once.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".cache" / "tools"
STAMP = VENV / ".stamp"
UV = "uv>=0.8,<1"
OLDEST = (3, 11)
TOLD_EVERY_S = 10
CANDIDATES = ("python3.14", "python3.13", "python3.12", "python3.11", "python3", "python")
# What the tests start beside the wheels: a command, and Debian's package of it.
TEST_TOOLS = (("java", "openjdk-17-jre-headless"), ("mvn", "maven"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class InstallError(Exception):
    """One sentence for the user, with the remedy."""


def main(arguments):
    """`--tests` also makes sure of Java and Maven, and on Debian of a browser."""
    use_supported_python(arguments)
    if "--tests" in arguments:
        install_test_tools()
    stamp = fingerprint()
    if STAMP.exists() and STAMP.read_text() == stamp:
        return
    say("Installing into .venv from requirements.lock (once)")
    uv = find_uv() or fetch_uv()
    python = str(VENV / "bin" / "python")
    if not VENV.exists() or subprocess.call([python, "-c", ""], stderr=subprocess.DEVNULL) != 0:
        run([uv, "venv", "--quiet", "--clear", "--no-project", "--python", sys.executable, str(VENV)], "uv venv")
    sync, install = ([uv, "pip", verb, "--quiet", "--python", python] for verb in ("sync", "install"))
    run([*sync, "--require-hashes", "requirements.lock"], "Installing the locked packages")
    # setuptools is among them, so that building the editable install needs no second, unlocked environment.
    run([*install, "--no-deps", "--no-build-isolation", "--editable", "."], "Installing the project itself")
    STAMP.write_text(stamp)


def use_supported_python(arguments):
    """Go on under another Python of this machine when this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for name in CANDIDATES:
        found = shutil.which(name)
        if found and subprocess.call([found, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]) == 0:
            os.execv(found, [found, "-I", __file__, *arguments])  # noqa: S606 - the same program under another Python
    raise InstallError(
        f"Python 3.11 or newer is needed, this is {platform.python_version()}: install one, "
        "or name it with `make PYTHON=/path/to/python3.11 …`."
    )


def fingerprint():
    """Changes with the lock file, the project file, the Python, and the place of the checkout."""
    total = hashlib.sha256()
    for name in ("requirements.lock", "pyproject.toml"):
        total.update((ROOT / name).read_bytes())
    rooms = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))  # the editable install lists them
    total.update(repr((sys.version_info[:2], str(ROOT), rooms)).encode())
    return total.hexdigest()


def find_uv():
    """One that an earlier start fetched, or the machine's, if it runs."""
    for candidate in (str(TOOLS / "bin" / "uv"), shutil.which("uv")):
        if candidate and works([candidate, "--version"]):
            return candidate
    return None


def fetch_uv():
    """Into .cache/tools, with pip where there is one, else with a throw-away environment that brings its own."""
    say("Fetching uv")
    if not works([sys.executable, "-m", "pip", "--version"]) and not works(
        [sys.executable, "-m", "ensurepip", "--version"]
    ):
        provide_pip()
    pip = [sys.executable, "-m", "pip"]
    throwaway = ROOT / ".cache" / "pip"
    if not works([*pip, "--version"]):
        run([sys.executable, "-m", "venv", "--clear", str(throwaway)], "python3 -m venv")
        pip = [str(throwaway / "bin" / "python"), "-m", "pip"]
    run(
        [*pip, "install", "--quiet", "--disable-pip-version-check", "--upgrade", "--target", str(TOOLS), UV],
        "pip install uv",
    )
    shutil.rmtree(throwaway, ignore_errors=True)
    return str(TOOLS / "bin" / "uv")


def provide_pip():
    """Debian's bare python3 has neither pip nor ensurepip; the tests' own machine may install them."""
    package = "python3-venv"
    if "--tests" in sys.argv and may_use_apt():
        apt_install([package])
        return
    raise InstallError(
        "This Python has neither pip nor ensurepip, and uv is not on PATH: install one of them. "
        f"On Debian and Ubuntu: `apt-get install {package}`."
    )


def install_test_tools():
    """Java and Maven for the real Kafka; on Debian root gets them, elsewhere a sentence says what to install.

    The browser is got on Debian alone (Ubuntu's package of it is none); elsewhere the test that needs it says so.
    """
    missing = [package for command, package in TEST_TOOLS if not shutil.which(command)]
    if browser() is None and may_install_browser():
        missing.append("chromium")
    if not missing:
        return
    if not may_use_apt():
        raise InstallError(
            "The tests start a real Kafka broker, which needs Java 17 and Maven. Install them (on Debian and Ubuntu: "
            "`sudo apt-get install {}`) and run again.".format(" ".join(missing))
        )
    apt_install(missing)


def browser():
    """The Chromium that CHROMIUM names or that is on PATH, or None."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)


def may_install_browser():
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        lines = []
    return "ID=debian" in lines and may_use_apt()


def may_use_apt():
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages):
    say("Installing {} with apt-get".format(", ".join(packages)))
    environ = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run(["apt-get", "update", "-qq"], "apt-get update", environ)
    run(["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages], "apt-get install", environ)


def works(command):
    """Whether the command can be run and succeeds."""
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def run(command, what, environ=None):
    """Run quietly, but for a line now and then; what it printed is shown when it fails."""
    began = time.monotonic()
    with subprocess.Popen(
        command, cwd=str(ROOT), env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        while True:
            try:
                printed, _ = process.communicate(timeout=TOLD_EVERY_S)
                break
            except subprocess.TimeoutExpired:
                say(f"{what}: still at it after {time.monotonic() - began:.0f} s")
    if process.returncode != 0:
        sys.stderr.write(printed.decode(errors="replace"))
        raise InstallError(f"{what} failed with status {process.returncode}; what it said is above.")


def say(line):
    sys.stdout.write(line + " …\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InstallError as error:
        sys.stderr.write(f"stockcast: {error}\n")
        sys.exit(1)
