"""A real Kafka broker as a child process: Apache's own jars, resolved with Maven, on Java 17; one node."""

import fcntl
import hashlib
import re
import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from server.embedded.process import Child, StartError, accepts, free_port, last_lines

HERE = Path(__file__).parent
POM = HERE / "pom.xml"
OLDEST_JAVA = 17
HEAP = "-Xmx512m"
START_SECONDS = 60
PORT_ATTEMPTS = 3
FETCH_SECONDS = 600

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{told}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
num.partitions=8
num.network.threads=2
num.io.threads=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# A consumer that was killed is replaced within seconds, and a new group does not wait for others to join.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# A broker that was killed may come back under its own number this soon.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.retention.hours=168
"""


def java() -> Path:
    """The machine's Java, 17 or newer; `StartError` names what to install."""
    found = shutil.which("java")
    if found and _java_version(found) >= OLDEST_JAVA:
        return Path(found)
    what = f"Java {_java_version(found)} is too old" if found else "Java is missing"
    raise StartError(
        f"{what}: Kafka needs Java {OLDEST_JAVA} or newer. On Debian: `apt-get install openjdk-17-jre-headless`; "
        "or point KAFKA_BOOTSTRAP_SERVERS at a running broker."
    )


def maven() -> Path:
    """The machine's Maven, which fetches the broker's jars."""
    found = shutil.which("mvn")
    if not found:
        raise StartError("Maven is missing: it fetches Kafka's jars. On Debian: `apt-get install maven`.")
    return Path(found)


def _java_version(program: str) -> int:
    """17 for 17.0.15, 8 for 1.8.0; 0 when it tells nothing."""
    told = subprocess.run([program, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(found[1]) if found else 0


def jars(cache: Path, log: Path) -> Path:
    """The folder of the broker's jars, fetched once for each content of pom.xml."""
    folder = cache / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        # What several Mavens fetch at once into one repository may end up broken there.
        with (cache / f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                _fetch(folder, log)
    return folder


def _fetch(folder: Path, log: Path) -> None:
    partial = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}")
    command = [maven(), "-q", "-B", "-f", POM, "dependency:copy-dependencies", "-DincludeScope=runtime"]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        done = subprocess.run(
            [*command, f"-DoutputDirectory={partial}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=FETCH_SECONDS,
        )
    if done.returncode != 0:
        shutil.rmtree(partial, ignore_errors=True)
        raise StartError(f"Maven could not fetch Kafka. Its log ({log}) ends with:\n{last_lines(log, 12)}")
    partial.rename(folder)


@dataclass(slots=True)
class KafkaServer:
    """One broker, its own controller, on free ports of 127.0.0.1; `kill` and `start` again keep ports and data.

    `told_port` is the one that it tells its clients, where something stands between it and them.
    """

    directory: Path
    log: Path
    jars: Path
    port: int = 0
    controller_port: int = 0
    told_port: int = 0
    child: Child | None = None

    def start(self) -> None:
        """Format the storage when it is new, start, and return when the broker accepts connections."""
        chosen = not self.port
        for attempt in range(PORT_ATTEMPTS):
            try:
                self._start()
                return
            except StartError:
                # A free port can be taken by anybody between our finding it and the broker's binding it.
                if not chosen or attempt + 1 == PORT_ATTEMPTS:
                    raise
                self.kill()
                shutil.rmtree(self.directory / "data")
                self.port = self.controller_port = 0

    def _start(self) -> None:
        self.port = self.port or free_port()
        self.controller_port = self.controller_port or free_port()
        data = self.directory / "data"
        data.mkdir(parents=True, exist_ok=True)
        ports = {"port": self.port, "told": self.told_port or self.port, "controller": self.controller_port}
        self._properties.write_text(PROPERTIES.format(**ports, data=data.as_posix()))
        if not (data / "meta.properties").exists():
            self._format()
        self.child = Child.start("Kafka", self._java("kafka.Kafka", self._properties), self.log)
        self.child.wait_until(lambda: accepts(self.port), START_SECONDS)

    def stop(self) -> None:
        if self.child:
            self.child.stop(grace_seconds=15)

    def kill(self) -> None:
        if self.child:
            self.child.kill()

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.told_port or self.port}"

    @property
    def _properties(self) -> Path:
        return self.directory / "server.properties"

    def _java(self, main: str, *arguments: str | Path) -> list[str | Path]:
        logging = f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}"
        fast_start = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
        return [java(), HEAP, *fast_start, logging, "-cp", f"{self.jars}/*", main, *arguments]

    def _format(self) -> None:
        # What begins with a hyphen would be taken for an option.
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")
        command = self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", self._properties)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        if done.returncode != 0:
            raise StartError(
                f"Kafka's storage could not be formatted. Its log ({self.log}) ends with:\n{last_lines(self.log, 12)}"
            )
