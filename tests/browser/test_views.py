"""The dashboard's views of what people do about stock and read of it, in a real browser against the running system."""

import pytest

from tests.browser.conftest import RunPage

pytestmark = [pytest.mark.node, pytest.mark.slow]


def test_corrections_are_scanned_and_sent_together_and_neither_a_rival_nor_a_lost_answer_spoils_them(
    run_page: RunPage,
) -> None:
    seen = run_page("adjust.mjs")
    assert seen["inaccessible"] == []
    assert seen["scanned"] == {"note": "Counted twice", "rows": 2}
    assert seen["refused"] == 1
    assert len(seen["applied"]) == 2
    meanwhile = seen["meanwhile"]
    assert meanwhile["inaccessible"] == []
    assert meanwhile["frozen"] == [True, True]
    assert (meanwhile["left"], meanwhile["written"]) == ("1", 3), "what was scanned while others were under way"
    assert "You saw" in seen["conflict"] and "Now it is" in seen["conflict"]
    assert seen["focused"] == "Scan or type a SKU or barcode"
    assert seen["left"] == [["4", "found", "Behind the shelf"]] * 2, "after another view, and after a reload"
    assert seen["lost"]["kept"] == "-1"
    assert seen["lost"]["onHand"] == seen["lost"]["expected"]
    assert seen["cutOff"] == 0
    assert seen["behind"] == ["stockcast.role"], "who signs out leaves nothing behind"
    assert seen["asked"]


def test_who_sets_thresholds_sees_what_another_person_has_set_meanwhile_beside_what_he_wrote(
    run_page: RunPage,
) -> None:
    seen = run_page("thresholds.mjs")
    assert seen["inaccessible"] == []
    assert seen["told"] == ["Reorder point", "4", "9", "6"]
    assert seen["refused"] == [9, 60]
    assert seen["kept"] == [6, 61]
    assert seen["taken"] == {"shown": "11", "focused": True, "saves": False}


def test_what_waits_for_approval_is_decided_by_another_person(run_page: RunPage) -> None:
    seen = run_page("approvals.mjs")
    assert seen["inaccessible"] == []
    assert [each["status"] for each in seen["decided"]] == ["APPLIED", "REJECTED"]
    assert seen["decided"][0]["decisionNote"] == "Seen it on the shelf"
    assert seen["focused"] == "Approved."
    rejected, approved = seen["ended"]
    assert "Rejected" in rejected and "by approver@" in rejected
    assert "Approved and applied" in approved and "Seen it on the shelf" in approved
    assert seen["paged"]["all"] > seen["paged"]["first"] >= 20
    assert seen["own"] == ["Withdraw"]
    assert seen["read"] == 0


def test_an_alert_is_told_wherever_somebody_is_and_is_seen_to_from_the_list(run_page: RunPage) -> None:
    seen = run_page("alerts.mjs")
    assert seen["inaccessible"] == []
    assert seen["toast"]["view"] == "#/stock"
    assert seen["toast"]["text"].startswith("Low stock: ")
    assert seen["seen"] == "ACKNOWLEDGED"
    assert seen["offered"] == 0


def test_a_reservation_counts_down_and_is_extended_shipped_in_part_released_and_confirmed(run_page: RunPage) -> None:
    seen = run_page("reservations.mjs")
    assert seen["inaccessible"] == []
    assert seen["shipped"] == "1"
    assert seen["released"] == ["Release"]
    assert seen["paged"]["all"] > seen["paged"]["first"] == 50
    assert seen["offered"] == 0
    assert seen["confirmed"] == {
        "before": ["Confirm", "Ship", "Release", "Extend"],
        "after": ["Ship", "Release"],
    }


def test_what_a_manager_corrects_in_one_browser_is_shown_to_the_vendor_in_another(run_page: RunPage) -> None:
    seen = run_page("second.mjs")
    print(seen)
    assert seen["rounds"] == 20


def test_reports_are_shown_as_the_api_tells_them_with_the_query_that_they_came_from(run_page: RunPage) -> None:
    seen = run_page("insight.mjs")
    assert seen["inaccessible"] == []
    assert seen["figures"] == {"days": 30, "before": True}
    assert seen["sorted"] == "ascending"
    assert seen["query"]["keys"] > 1 and seen["query"]["selected"] == "true"
    assert seen["dead"]["totalCount"] == seen["dead"]["shown"] > 20
    assert all("." in units for units in seen["weighed"].values())
    assert seen["own"] == {
        "filter": {"categories": ["Trail Food"]},
        "from": "2026-01-01",
        "to": "2026-01-05",
        "beforeFrom": "2025-12-27",
        "beforeTo": "2025-12-31",
    }
    assert seen["kept"] == "2026-01-01"
    assert seen["vendor"]["rows"] == [seen["vendor"]["vendor"]]
    assert seen["said"] == {"said": 3, "again": 4}, "asked again, the age of stock too, which the days do not touch"
