"""Every operation of the contract is shown in use: by the dashboard, or by an example."""

import json
import re
from itertools import chain

from server.contract import MANIFEST_FILE, OPERATIONS_DIR, ROOT

FOLDERS = ("dashboard/src", "dashboard/graphiql", "frontend-contract/examples")
KINDS = ("*.ts", "*.tsx", "*.mjs", "*.py", "*.sh")


def sources() -> str:
    files = chain.from_iterable((ROOT / folder).rglob(kind) for folder in FOLDERS for kind in KINDS)
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def file_names() -> dict[str, str]:
    """Of each operation the name of its file."""
    texts = {file.name: file.read_text(encoding="utf-8") for file in OPERATIONS_DIR.glob("*.graphql")}
    names = [each["name"] for each in json.loads(MANIFEST_FILE.read_bytes())["operations"]]
    return {
        name: next(file for file, text in texts.items() if re.search(rf"^\w+ {name}\b", text, re.M)) for name in names
    }


def test_every_operation_is_used_by_the_dashboard_or_an_example() -> None:
    used = set(re.findall(r"\b\w+Document\b|[\w-]+\.graphql", sources()))
    assert {name for name, file in file_names().items() if not {f"{name}Document", file} & used} == set()
