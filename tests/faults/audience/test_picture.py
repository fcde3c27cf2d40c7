"""The judge of the fault runs is judged: a history that the contract does not allow is told as such, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.audience.picture import Level, Picture, differences

RESET = {"type": "RESET"}
CAUGHT_UP = {"type": "CAUGHT_UP"}


def level(version: int, sku: str = "A") -> dict[str, Any]:
    return {"sku": sku, "version": version, "quantityOnHand": 10 * version, "availableToPromise": 9 * version}


def shown(version: int, sku: str = "A") -> dict[str, Any]:
    return {"type": "SNAPSHOT", "level": level(version, sku), "previousVersion": None}


def changed(previous: int | None, version: int, sku: str = "A") -> dict[str, Any]:
    return {"type": "CHANGE", "level": level(version, sku), "previousVersion": previous}


def told(*connections: list[dict[str, Any]], snapshots: bool = True) -> Picture:
    picture = Picture(snapshots)
    for events in connections:
        picture.connected()
        for event in events:
            picture.take(event)
    return picture


def test_every_state_once_and_in_order_is_right() -> None:
    picture = told([shown(1), shown(4, "B"), CAUGHT_UP, changed(1, 2), changed(4, 6, "B"), CAUGHT_UP, changed(2, 5)])
    assert picture.faults == []
    assert picture.held == {"A": Level(5, 50, 45), "B": Level(6, 60, 54)}


@pytest.mark.parametrize(
    "connections",
    [
        pytest.param([[shown(1), CAUGHT_UP, changed(2, 3)]], id="after the snapshot"),
        pytest.param([[shown(1), CAUGHT_UP, changed(1, 2), changed(3, 4)]], id="while live"),
        pytest.param([[shown(1), CAUGHT_UP, changed(1, 2)], [changed(3, 4)]], id="across a resumption"),
        pytest.param([[shown(1), CAUGHT_UP, changed(1, 2)], [changed(1, 2), changed(3, 4)]], id="behind a repetition"),
        pytest.param([[shown(1), CAUGHT_UP, changed(3, 4, "B")]], id="a thing left out of the snapshot"),
    ],
)
def test_a_gap_is_told(connections: list[list[dict[str, Any]]]) -> None:
    [fault] = told(*connections).faults
    assert fault.endswith("a gap")


@pytest.mark.parametrize("version", [1, 2])
def test_what_comes_again_on_one_connection_is_a_fault(version: int) -> None:
    [fault] = told([shown(1), CAUGHT_UP, changed(1, 2), changed(version - 1, version)]).faults
    assert fault == f"A: {version} came after 2 on one connection"


def test_what_comes_again_across_a_resumption_is_counted_and_the_higher_is_kept() -> None:
    picture = told([shown(1), CAUGHT_UP, changed(1, 2), changed(2, 3)], [changed(1, 2), changed(2, 3), changed(3, 4)])
    assert picture.faults == []
    assert picture.counts["REPEATED"] == 2
    assert picture.held["A"].version == 4


def test_a_gap_that_a_reset_tells_of_is_none() -> None:
    picture = told([shown(1), CAUGHT_UP, RESET, shown(7), CAUGHT_UP, changed(7, 8)], [RESET, shown(9), CAUGHT_UP])
    assert picture.faults == []
    assert picture.held == {"A": Level(9, 90, 81)}


def test_a_snapshot_that_is_older_than_what_was_told_is_a_fault() -> None:
    [fault] = told([shown(1), CAUGHT_UP, changed(1, 2), RESET, shown(1), CAUGHT_UP]).faults
    assert fault == "A: 1 was shown after 2 had been told"


def test_a_snapshot_with_a_thing_twice_without_its_end_or_after_its_end_is_a_fault() -> None:
    assert told([shown(1), shown(1), CAUGHT_UP]).faults == ["A: shown twice in one snapshot"]
    assert told([shown(1), changed(1, 2), CAUGHT_UP]).faults == ["A: 2 changed before the snapshot was told to its end"]
    assert told([shown(1), CAUGHT_UP, shown(1, "B")]).faults == [
        "B: 1 was shown, though the snapshot had been told to its end"
    ]


def test_who_has_no_snapshot_reads_the_state_and_is_told_of_gaps_from_then_on() -> None:
    picture = told([CAUGHT_UP, changed(3, 4), changed(7, 8, "B")], snapshots=False)
    picture.read([level(3), level(8, "B"), level(2, "C")])
    assert picture.faults == []
    assert {sku: each.version for sku, each in picture.held.items()} == {"A": 4, "B": 8, "C": 2}
    picture.take(changed(4, 5))
    assert picture.faults == []
    picture.take(changed(3, 4, "C"))
    assert picture.faults == ["C: 4 follows 3, but 2 is held: a gap"]


def test_a_state_that_is_read_after_a_reset_and_older_than_what_was_told_is_a_fault() -> None:
    picture = told([CAUGHT_UP, changed(3, 4), RESET], snapshots=False)
    picture.read([level(3)])
    assert picture.faults == ["A: 3 was read after 4 had been told"]


def test_what_leaves_a_filter_that_nothing_can_leave_is_a_fault() -> None:
    assert told([shown(1), CAUGHT_UP, {"type": "REMOVED"}]).faults == ["REMOVED came, though nothing leaves the filter"]


def test_a_wrong_final_picture_is_told() -> None:
    picture = told([shown(1), shown(1, "B"), shown(1, "D"), CAUGHT_UP])
    assert differences(picture, {"A": Level(1, 10, 9), "B": Level(1, 10, 8), "C": Level(1, 10, 9)}) == [
        "B: it is shown as Level(version=1, on_hand=10, available=9), and is Level(version=1, on_hand=10, available=8)",
        "C: it is not shown",
        "D: nobody should see it",
    ]
    assert differences(picture, dict(picture.held)) == []
