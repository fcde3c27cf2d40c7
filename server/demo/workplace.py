"""DATA_DIR: one run at a time, secrets only its owner reads, and the files by which others find the running demo."""

import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from server.embedded.database import Passwords
from server.embedded.process import StartError
from server.settings import SYSTEM_FILE

#: Where the ledger's chains end, and the key that signs it.
HEADS, KEY = "ledger-heads", "ledger-key.pem"
WEBHOOK_KEYS = "webhook-keys"
ELSEWHERE = ", or choose another directory and port with DATA_DIR=/some/where PORT=5006"
OWN = (
    "postgres",
    "redis",
    "kafka",
    "logs",
    "credentials.json",
    "signing-key.pem",
    "jwks.json",
    HEADS,
    KEY,
    WEBHOOK_KEYS,
)


@dataclass(frozen=True, slots=True)
class Workplace:
    """`directory` is DATA_DIR, where others look; `data` holds servers, keys and logs (elsewhere when ephemeral)."""

    directory: Path
    data: Path

    @classmethod
    @contextmanager
    def opened(cls, directory: Path, ephemeral: bool, otherwise: str = ELSEWHERE) -> Iterator["Workplace"]:
        """Create and lock it; `StartError` when it cannot be written or another run holds it. `otherwise`: what to do
        but stop that. A new one in which nothing was put is removed again."""
        created = _create(directory)
        _refuse_others(directory)
        lock = _lock(directory, otherwise)
        data = Path(tempfile.mkdtemp(prefix="stockcast-")) if ephemeral else directory
        workplace = cls(directory, data)
        workplace.withdraw()  # a run that was killed could not
        try:
            if ephemeral:
                data.chmod(0o711)  # as root, PostgreSQL runs as another user and has to pass
            yield workplace
        finally:
            workplace.withdraw()
            if ephemeral:
                shutil.rmtree(data, ignore_errors=True)
            (directory / "lock").unlink(missing_ok=True)
            lock.close()
            if created and not any(directory.iterdir()):
                directory.rmdir()

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    def passwords(self) -> Passwords:
        """Of the two database roles; made at the first start and kept."""
        file = self.data / "credentials.json"
        if not file.exists():
            _write(file, {"owner": secrets.token_urlsafe(24), "application": secrets.token_urlsafe(24)})
        kept = json.loads(file.read_text())
        return Passwords(kept["owner"], kept["application"])

    def announce_system(self, environ: Mapping[str, str]) -> None:
        """For our own command line: the variables of the running system, the owner's address included."""
        _write(self.directory / SYSTEM_FILE, dict(environ))

    def announce_demo(self, description: Mapping[str, Any]) -> Path:
        """For everybody else: `demo.json`, complete or absent, never half."""
        file = self.directory / "demo.json"
        _write(file, description)
        return file

    def withdraw(self) -> None:
        """Nothing runs here any more."""
        for name in ("demo.json", SYSTEM_FILE):
            (self.directory / name).unlink(missing_ok=True)


def port_of_run(directory: Path) -> int | None:
    """Of the run that goes on in DATA_DIR, or was killed there last."""
    try:
        return int(json.loads((directory / SYSTEM_FILE).read_text())["PORT"])
    except (OSError, ValueError, KeyError):
        return None


def reset(directory: Path) -> bool:
    """Remove what the demo keeps in DATA_DIR, and nothing else; whether there was anything."""
    if not directory.exists():
        return False
    with Workplace.opened(directory, ephemeral=False, otherwise=""):
        moved = directory / "postgres" / "moved-to.json"
        places = [Path(json.loads(moved.read_text())["directory"])] if moved.exists() else []
        places += [directory / name for name in OWN if (directory / name).exists()]
        for place in places:
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink()
    if not any(directory.iterdir()):
        directory.rmdir()
    return bool(places)


def _create(directory: Path) -> bool:
    """Make sure that it can be written; whether it is new."""
    try:
        new = not directory.exists()
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return new
    except OSError as error:
        raise StartError(
            f"DATA_DIR {directory} cannot be written ({error.strerror}): make it yours with "
            f'`chown -R "$USER" {directory}`, or choose another with DATA_DIR=/some/where.'
        ) from error


def _refuse_others(directory: Path) -> None:
    """What one user's run made, another's cannot read or find: root would begin a second database beside it."""
    credentials = directory / "credentials.json"
    owner = credentials.stat().st_uid if credentials.exists() else os.geteuid()
    if owner != os.geteuid():
        raise StartError(
            f"DATA_DIR {directory} holds the data of another user (id {owner}): run as that user, "
            "or choose another directory with DATA_DIR=/some/where."
        )


def _lock(directory: Path, otherwise: str) -> IO[str]:
    """Hold `lock` until closed; the kernel lets go of it when the process dies."""
    place = directory / "lock"
    while True:
        file = place.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            with file:
                raise StartError(_held(directory, file, otherwise)) from error
        if place.exists() and place.stat().st_ino == os.fstat(file.fileno()).st_ino:
            break
        file.close()  # the run before removed it between our opening and our locking
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _held(directory: Path, lock: IO[str], otherwise: str) -> str:
    lock.seek(0)
    holder = lock.read().strip()
    return (
        f"Another run{f' (process {holder})' if holder else ''} uses DATA_DIR {directory}: stop it with Ctrl-C in its "
        f"terminal{otherwise}."
    )


def _write(file: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that only the owner may read, whole or not at all."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(content, indent=2) + "\n")
    partial.replace(file)
