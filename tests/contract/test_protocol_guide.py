"""frontend-contract/PROTOCOL.md names every code there is, links to what is there, and says what the schema says."""

import json
import re
from pathlib import Path

import pytest

from domain.refusals import RefusalCode
from schema.errors import ErrorCode
from server.contract import ROOT, SCHEMA_FILE
from tests.factories.operations import mutation
from tests.factories.shop import Shop, fresh
from tests.stack import Stack

FILE = ROOT / "frontend-contract" / "PROTOCOL.md"
GUIDE = FILE.read_text(encoding="utf-8")
CODE = re.compile(r"`([A-Z]+(?:_[A-Z]+)*)`")
#: Where what comes before GraphQL is refused.
AT_THE_DOOR = ("subscriptions/wire/http_request.py", "subscriptions/wire/sse.py", "server/bounded_http.py")


def section(title: str) -> str:
    return GUIDE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def codes_of(title: str) -> list[str]:
    """Those in the first column of its table."""
    rows = re.findall(r"^\| (`[A-Z].*?) \|", section(title), re.M)
    return [code for row in rows for code in CODE.findall(row)]


def test_every_code_of_a_user_error_has_one_remedy() -> None:
    assert sorted(codes_of("Writing")) == sorted(RefusalCode)


def test_every_code_of_an_error_has_one_remedy() -> None:
    refused = re.compile(r'(?:Refused\([^\n]*?\d{3}, |code: str = )"([A-Z_]+)"')
    sources = "\n".join((ROOT / file).read_text(encoding="utf-8") for file in AT_THE_DOOR)
    at_the_door = set(refused.findall(sources))
    assert len(at_the_door) > 5
    assert sorted(codes_of("Errors")) == sorted({code.value for code in ErrorCode} | at_the_door)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)]+)\)", GUIDE))))
def test_every_link_leads_somewhere(link: str) -> None:
    path, _, anchor = link.partition("#")
    linked = Path(FILE.parent, path)
    assert linked.exists()
    if anchor:
        headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.M)
        assert anchor in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


def test_what_it_says_of_values_and_keys_is_what_the_schema_says() -> None:
    sdl = SCHEMA_FILE.read_text(encoding="utf-8")
    for said, described in (
        (
            "1 to 200 characters, unique per tenant, subject and operation",
            "Unique per tenant, subject and operation, 1 to",
        ),
        ("for at least 24 hours", "Kept for at least 24 hours"),
        ("within ±(2^53 - 1)", "within ±(2^53 - 1)"),
        ("at most 250", "at most 250 things, 50 where neither `first` nor `last` is given"),
        ("`version` grows by 1 with each", "Grows by 1 with each change of this"),
    ):
        assert said in re.sub(r"\s+", " ", GUIDE)
        assert described in sdl


@pytest.mark.parametrize(
    ("query", "headers", "status", "code"),
    [
        ("{ viewer { subject } }", {"authorization": "Bearer rubbish"}, 401, "UNAUTHENTICATED"),
        ("{ auditLog(first: 1) { totalCount } }", {}, 200, "FORBIDDEN"),
        ("{ items(first: -1) { totalCount } }", {}, 200, "BAD_USER_INPUT"),
        ("{ nothing }", {}, 200, "GRAPHQL_VALIDATION_FAILED"),
        ("{ nothing }", {"accept": "application/graphql-response+json"}, 400, "GRAPHQL_VALIDATION_FAILED"),
        ("{ nothing", {}, 200, "GRAPHQL_PARSE_FAILED"),
        ("{ viewer { subject } }", {"content-type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_an_error_has_its_code_and_status(
    stack: Stack, query: str, headers: dict[str, str], status: int, code: str
) -> None:
    sent = {"authorization": f"Bearer {stack.token('system')}", "content-type": "application/json", **headers}
    answer = stack.http.post(stack.graphql_url, content=json.dumps({"query": query}), headers=sent)
    extensions = answer.json()["errors"][0]["extensions"]
    assert (answer.status_code, extensions["code"], bool(extensions["requestId"])) == (status, code, True)


def test_what_is_refused_is_no_error_and_a_repeat_is_told_the_same(shop: Shop) -> None:
    sku, key = shop.stocked(1), fresh("key")
    asked = {"idempotencyKey": key, "sku": sku, "quantityChange": -2, "reasonCode": "damaged"}
    token = shop.manager.token
    first, again = (shop.stack.graphql(mutation("adjustStock"), {"input": asked}, token).body for _ in range(2))
    assert "errors" not in first
    assert [each["code"] for each in first["data"]["adjustStock"]["userErrors"]] == ["INSUFFICIENT_STOCK"]
    assert again == first
