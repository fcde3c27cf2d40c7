"""The dashboard in a real browser against the running system: its shell and its table of stock."""

import re
from pathlib import Path

import httpx2
import pytest

from domain.reasons import DEFAULT_REASON_CODES
from tests.browser.conftest import RunPage, talking
from tests.stack import Stack

#: What need not be compressed.
SMALL_BYTES = 200
MUCH_SMALLER = 2
pytestmark = [pytest.mark.node, pytest.mark.slow]


def test_every_role_signs_in_to_the_views_that_it_may_see(run_page: RunPage) -> None:
    seen = run_page("dashboard.mjs")
    assert seen["inaccessible"] == []
    readers = ["Stock", "Alerts", "Reservations", "Approvals", "Insight"]
    writers = ["Stock", "Alerts", "Reservations", "Adjust", "Approvals", "Insight"]
    assert seen["shown"] == {
        "vendor": writers,
        "manager": writers,
        "approver": readers,
        "analyst": readers,
        "system": readers,
        "admin": writers,
    }
    assert seen["spoken"] == "de"


def test_the_table_of_stock_is_true_to_what_happens_elsewhere(run_page: RunPage) -> None:
    seen = run_page("stock.mjs")
    assert seen["inaccessible"] == []
    assert seen["held"]["while"] == seen["held"]["after"] - 1
    assert "manager@" in seen["item"]["newest"]
    assert seen["item"]["staleAfterDays"] == 77
    assert seen["weighed"]["after"] == seen["weighed"]["before"] + 500
    assert seen["walked"] == {"searching": True, "index": 62}
    assert "sort=available" in seen["sorted"]["url"]
    assert seen["sorted"]["first"] == 0


def test_a_phone_shows_each_level_whole_and_its_item_by_a_tap(run_page: RunPage) -> None:
    seen = run_page("phone.mjs")
    assert seen["inaccessible"] == []
    assert [{name: card[name] for name in ("onHand", "available")} for card in seen["shown"]] == seen["told"]
    assert all(card["sku"] and card["location"] and card["status"] for card in seen["shown"])
    assert seen["filtered"] == "Filters (1)"
    assert seen["item"]["tabs"] == {"Ledger": True, "Reservations": True, "Levels": True}
    assert "Adjust" in seen["item"]["level"]


def test_a_view_is_saved_under_a_name_by_the_keyboard_and_kept_for_its_reader_alone(run_page: RunPage) -> None:
    seen = run_page("saved.mjs")
    assert seen["inaccessible"] == []
    assert seen["opened"] == {"names": ["Gone", "Low"], "address": "#/stock?status=OUT_OF_STOCK&sort=-onHand"}
    assert seen["renamed"] == "Another view has this name."
    assert seen["restored"] == seen["opened"]["address"]
    assert "until this page is closed" in seen["unkept"]
    assert seen["broken"] == seen["others"] == []


def test_codes_of_the_service_are_words_of_the_readers_language_and_a_tenants_own_stay(run_page: RunPage) -> None:
    seen = run_page("german.mjs")
    named = [reason.split(" (")[0] for reason in seen["reasons"]]
    assert {"Gefunden", "Diebstahl", "Qualitätssperre", seen["own"]} <= set(named)
    assert not {reason.name for reason in DEFAULT_REASON_CODES} & set(named)
    ordered, own, found = seen["ledger"]
    assert f"Auftrag order-{seen['mark']}" in ordered
    assert seen["own"] in own
    assert "Gefunden" in found and f"Beleg found-{seen['mark']}" in found
    assert seen["approval"].startswith("Beschädigt")


def test_a_missing_asset_is_not_the_page(demo: Stack) -> None:
    page = httpx2.get(f"{demo.url}/", trust_env=False)
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    for path in ("/assets/missing.js", "/assets/", "/stock", "/index.html"):
        assert httpx2.get(f"{demo.url}{path}", trust_env=False).status_code == 404


def test_what_the_page_names_comes_compressed(demo: Stack) -> None:
    with httpx2.Client(base_url=demo.url, headers={"accept-encoding": "gzip"}, trust_env=False) as http:
        page = http.get("/")
        named = re.findall(r'(?:src|href)="\./(assets/[^"]+\.(?:js|css))"', page.text)
        assert len(named) > 1
        answers = [page, *(http.get(f"/{path}") for path in named)]
        plain = [answer for answer in answers if "content-encoding" not in answer.headers]
        assert all(len(answer.content) < SMALL_BYTES for answer in plain)
        assert (
            sum(int(answer.headers["content-length"]) for answer in answers)
            < sum(len(answer.content) for answer in answers) / MUCH_SMALLER
        )


def test_whoever_signs_in_again_when_a_token_has_ended_goes_on_where_he_was(
    demo: Stack, environ: dict[str, str], tmp_path: Path
) -> None:
    with talking("expiry.mjs", demo, tmp_path, environ, demo.token("manager", "meridian")) as page:
        assert page.hears() == "ready"
        page.says(demo.token("manager", "meridian", ttl=10))
        seen = page.hears()
    assert "has ended" in seen["said"]
    assert "does not accept" in seen["refused"]
    assert seen["address"] == "#/stock?status=LOW"
