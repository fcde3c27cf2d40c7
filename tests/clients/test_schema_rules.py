"""The schema by the rules of those who build on it: nothing they use is broken, and lists are Relay's connections."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server import typed_documents
from server.contract import SCHEMA_FILE

pytestmark = pytest.mark.node

BASELINE = SCHEMA_FILE.with_name("baseline.graphql")
OLDER = """
enum State { OPEN CLOSED }
input Filter { state: State, sku: String }
type Item { sku: String! name: String, ean: String @deprecated(reason: "Use `sku`; gone from 2027-05-31.") }
type Query { items(filter: Filter): [Item!]! }
"""
AGAINST_RELAY = """
type Query { things(first: Int): ThingConnection! }
type ThingConnection { edges: [ThingEdge!]! }
type ThingEdge { node: Thing! cursor: PageInfo }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }
type Thing { name: String }
"""


def told_by(script: str, *arguments: Path | str) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["node", script, *arguments],
        cwd=typed_documents.TOOLS,
        env=typed_documents.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_schema_breaks_nothing_of_the_last_release() -> None:
    today = datetime.now(UTC).date().isoformat()
    broken = told_by("breaking.mjs", BASELINE, SCHEMA_FILE, today)
    assert broken == [], "add beside what is there and deprecate it; CONTRIBUTING.md tells how the baseline moves"


@pytest.mark.parametrize(
    ("old", "new", "day", "path"),
    [
        ("name: String,", "", "2027-01-01", "Item.name"),
        ("sku: String!", "sku: String", "2027-01-01", "Item.sku"),
        ("OPEN CLOSED", "OPEN", "2027-01-01", "State.CLOSED"),
        ("state: State,", "state: State!,", "2027-01-01", "Filter.state"),
        ("items(filter: Filter)", "items", "2027-01-01", "Query.items.filter"),
        ('ean: String @deprecated(reason: "Use `sku`; gone from 2027-05-31.")', "", "2027-05-30", "Item.ean"),
        ('ean: String @deprecated(reason: "Use `sku`; gone from 2027-05-31.")', "", "2027-05-31", None),
        ("name: String,", "name: String, title: String,", "2027-01-01", None),
        ("OPEN CLOSED", "OPEN CLOSED HELD", "2027-01-01", None),
    ],
)
def test_what_a_client_relies_on_may_not_go_before_its_day(
    old: str, new: str, day: str, path: str | None, tmp_path: Path
) -> None:
    assert old in OLDER
    older, newer = tmp_path / "older.graphql", tmp_path / "newer.graphql"
    older.write_text(OLDER)
    newer.write_text(OLDER.replace(old, new))
    assert [each["path"] for each in told_by("breaking.mjs", older, newer, day)] == ([path] if path else [])


def test_every_list_is_a_connection_as_relay_has_them() -> None:
    assert told_by("relay.mjs") == []


def test_each_of_relays_rules_is_held(tmp_path: Path) -> None:
    sdl = tmp_path / "schema.graphql"
    sdl.write_text(AGAINST_RELAY)
    rules = {each["rule"].removeprefix("@graphql-eslint/relay-"): each["line"] for each in told_by("relay.mjs", sdl)}
    assert rules == {"arguments": 2, "connection-types": 3, "edge-types": 4, "page-info": 5}
