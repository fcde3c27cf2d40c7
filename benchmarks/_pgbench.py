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
#: pgbench's clock runs while its clients connect, though its figure leaves that time out.
CONNECT_SECONDS = 0.006
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
    variables = {"tenant": TENANT.id, "quantity": 1, "ttl": 3600, "actor": "system@acme", "body": BODY}
    seconds = math.ceil(load.seconds + load.connections * CONNECT_SECONDS)
    command = [
        *(program, "-n", "-M", "prepared", "-f", file, "-T", str(seconds)),
        *("-c", str(load.connections), "-j", str(min(THREADS, load.connections))),
        *(part for name, value in variables.items() for part in ("-D", f"{name}={value}")),
    ]
    told = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=_environ(addresses),
        timeout=seconds + PATIENCE_SECONDS,
    )
    if told.returncode != 0:
        raise WrongReplies(f"pgbench ended with status {told.returncode}: {told.stderr[-1000:]}")
    return Rate(_number(r"^tps = ([\d.]+)", told.stdout), made=int(_number(r"actually processed: (\d+)", told.stdout)))


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
