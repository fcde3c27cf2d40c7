"""The peer pgbench: the same five statements without any API before them, prepared, a connection for each client."""

import math
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from benchmarks._load import Load, Rate, WrongReplies
from benchmarks._our_shelf import TENANT
from benchmarks._peer_shelf import FIVE_STATEMENTS
from server.embedded.database import Addresses

#: As long as Mercurius' event.
BODY = "x" * 260
THREADS = 2
#: pgbench's clock runs while its clients connect, though its figure leaves that time out: so much is added for each,
#: and twice as much once more where that was too little.
CONNECT_SECONDS = 0.006
ATTEMPTS = 4
PATIENCE_SECONDS = 120


def script(skus: int) -> str:
    """A transaction of one reservation; what the first statement read decides what the others write."""
    lock, update, reserve, enter, tell = (statement.sql for statement in FIVE_STATEMENTS)
    lines = [
        f"\\set number 100000 + random(1, {skus})",
        "\\set order random(1, 1000000000)",
        "BEGIN;",
        lock.replace(":sku", _SKU) + " \\gset",
        "\\set allocated :allocated + :quantity",
        "\\set version :version + 1",
        *(statement.replace(":sku", _SKU) + ";" for statement in (update, reserve, enter, tell)),
        "COMMIT;",
    ]
    return "\n".join(lines) + "\n"


#: pgbench has variables of numbers alone: SKU-00001 is made of 100001.
_SKU = "('SKU-' || substr(:number::text, 2))"


def run(program: Path, directory: Path, addresses: Addresses, load: Load) -> Rate:
    """The rate of committed transactions, the time to connect left out. Raises WrongReplies when one failed."""
    file = directory / "reserve.sql"
    file.write_text(script(load.skus))
    connecting, made = load.connections * CONNECT_SECONDS, 0
    for _ in range(ATTEMPTS):
        seconds = math.ceil(load.seconds + connecting)
        told = _told(program, file, addresses, load.connections, seconds)
        made += int(_number(r"actually processed: (\d+)", told))
        connected = re.search(r"^initial connection time = ([\d.]+) ms", told, re.M)
        if connected and seconds - float(connected[1]) / 1000 >= load.seconds / 2:
            return Rate(_number(r"^tps = ([\d.]+)", told), made=made)
        connecting *= 2
    raise WrongReplies(f"pgbench did not connect {load.connections} clients within {connecting / 2:.0f} s")


def _told(program: Path, file: Path, addresses: Addresses, clients: int, seconds: int) -> str:
    variables = {"tenant": TENANT.id, "quantity": 1, "ttl": 3600, "actor": "system@acme", "body": BODY}
    command = [
        *(program, "-n", "-M", "prepared", "-f", file, "-T", str(seconds)),
        *("-c", str(clients), "-j", str(min(THREADS, clients))),
        *(part for name, value in variables.items() for part in ("-D", f"{name}={value}")),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, env=_environ(addresses), timeout=seconds + PATIENCE_SECONDS
    )
    if done.returncode != 0:
        raise WrongReplies(f"pgbench ended with status {done.returncode}: {done.stderr[-1000:]}")
    return done.stdout


def _environ(addresses: Addresses) -> dict[str, str]:
    """libpq's variables; the session is set for the tenant when it begins."""
    parts = urlsplit(addresses.application_url)
    return dict(os.environ) | {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port),
        "PGUSER": parts.username or "",
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path[1:],
        "PGOPTIONS": f"-c app.tenant={TENANT.id}",
    }


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text, re.M)
    if not found:
        raise WrongReplies(f"pgbench told no figure: {text[-500:]}")
    return float(found[1])
