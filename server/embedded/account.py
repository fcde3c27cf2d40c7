"""Root's way around PostgreSQL's refusal to run as root: an account without privileges, and places it can reach."""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from server.embedded.process import Account, StartError, as_account

PUBLIC = Path("/var/tmp")  # noqa: S108 - kept across reboots, unlike /tmp; what is put there is checked for its owner
CANDIDATES = ("postgres", "pgserver", "nobody")


def unprivileged_account() -> Account | None:
    """The account for servers that refuse root; `None` when this process is not root. Creates no user."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise StartError(
        "PostgreSQL refuses to run as root, and this system has none of the users "
        f"{', '.join(CANDIDATES)}: create one with `useradd --system pgserver`, or run as an ordinary user."
    )


def may_enter(account: Account | None, directory: Path) -> bool:
    """Whether the account can change into an existing directory, which takes the right to pass all its parents."""
    if account is None:
        return True
    shell = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)]
    return subprocess.run(shell, cwd="/", stderr=subprocess.DEVNULL, **as_account(account)).returncode == 0


def may_execute(account: Account | None, program: Path) -> bool:
    """Whether the account can run `program --version`."""
    try:
        done = subprocess.run([program, "--version"], cwd="/", capture_output=True, **as_account(account))
    except OSError:
        return False
    return done.returncode == 0


def public_directory(kind: str, key: str) -> Path:
    """A directory below /var/tmp that everybody may pass, one for each `key`; belongs to this user or is refused."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    place = PUBLIC / f"stockcast-{kind}-{os.geteuid()}-{digest}"
    place.mkdir(mode=0o711, exist_ok=True)
    found = place.lstat()
    if place.is_symlink() or found.st_uid != os.geteuid():
        raise StartError(f"{place} belongs to somebody else: remove it, or choose another DATA_DIR.")
    place.chmod(0o711)
    return place


def reachable_copy(base: Path, parts: Sequence[Path], account: Account | None, programs: Sequence[Path]) -> Path:
    """`base`, or a copy of its `parts` below /var/tmp when the account cannot execute `programs` where they lie.

    `parts` and `programs` are relative to `base`; libraries are found relative to programs, so all keep their places.
    """
    if all(may_execute(account, base / program) for program in programs):
        return base
    stat = (base / programs[0]).stat()
    copy = public_directory("programs", f"{base}:{stat.st_size}:{stat.st_mtime_ns}") / "copy"
    if not copy.exists():
        partial = copy.with_name(f"partial.{os.getpid()}")
        for part in parts:
            shutil.copytree(base / part, partial / part, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
        try:
            partial.rename(copy)
        except OSError:
            shutil.rmtree(partial)  # another start was faster
    for program in programs:
        if not may_execute(account, copy / program):
            name = account.name if account else "this user"
            raise StartError(f"{name} cannot execute {copy / program}: is /var/tmp mounted noexec? Set DATABASE_URL.")
    return copy


def give(directory: Path, account: Account | None) -> None:
    """Make the account the owner of a directory and all that is in it, unless it is already."""
    if account is None or directory.stat().st_uid == account.uid:
        return
    for path in (directory, *directory.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
