"""What the code tells the outside about itself: the schema, the manifest of its operations and their types, the OpenAPI
document and who may call what, in files that tests compare."""

import json
from pathlib import Path

from domain.access import OPERATIONS, Role
from resolvers.build import build_schema, sdl
from schema.persisted import manifest
from server import asyncapi, typed_documents
from server.rest import openapi

ROOT = Path(__file__).resolve().parent.parent
SCHEMA_FILE = ROOT / "frontend-contract" / "schema.graphql"
OPERATIONS_DIR = ROOT / "frontend-contract" / "operations"
MANIFEST_FILE = ROOT / "frontend-contract" / "persisted-documents.json"
OPENAPI_FILE = ROOT / "frontend-contract" / "openapi.json"
ACCESS_FILE = ROOT / "frontend-contract" / "access.json"
EVENTS_DIR = ROOT / "frontend-contract" / "events"
ASYNCAPI_FILE = ROOT / "frontend-contract" / "asyncapi.json"
ROLES_FILE = ROOT / "docs" / "roles.md"

_ROLES_HEAD = """# Operations and roles

Made from `domain/access.py` by `make schema`; a test fails where they differ.

A role that may not call an operation is answered `FORBIDDEN` in place of that field. A **vendor**'s token names one
vendor: it sees the items of that vendor, their stock, their ledger, their alerts and their lines of reservations, and
of the names of those who changed them its own alone; everything else reads as if it were not there. A reservation's
order, status and version are those of all of its lines, also for a vendor who sees a part of them. All other roles see
the whole tenant, and nobody sees another; a token with several roles may do and see what any of them may.
"""


def export() -> None:
    """Write all of them, the types last. Raises StartError where these cannot be made."""
    written = {
        SCHEMA_FILE: sdl(build_schema()),
        MANIFEST_FILE: persisted(),
        OPENAPI_FILE: openapi.text(),
        ASYNCAPI_FILE: asyncapi.text(EVENTS_DIR),
        ACCESS_FILE: access(),
        ROLES_FILE: roles(),
    }
    for file, text in written.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    typed_documents.write()


def persisted() -> str:
    """frontend-contract/persisted-documents.json: each operation of frontend-contract/operations."""
    documents = (file.read_text(encoding="utf-8") for file in sorted(OPERATIONS_DIR.glob("*.graphql")))
    return json.dumps(manifest(documents), indent=2, ensure_ascii=False) + "\n"


def access() -> str:
    """frontend-contract/access.json: each operation with the roles that may call it, for what a screen offers whom."""
    told = {name: [role.value for role in Role if role in may] for name, may in OPERATIONS.items()}
    return json.dumps(told, indent=2) + "\n"


def roles() -> str:
    """docs/roles.md: one row for each operation, one column for each role."""
    rows = [("operation", *Role), ("---", *(":-:" for _ in Role))]
    rows += [(f"`{name}`", *("x" if role in may else "" for role in Role)) for name, may in OPERATIONS.items()]
    return _ROLES_HEAD + "\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
