"""What becomes of the documents of a sales file: orders, shipments, returns, each at its time."""

from pathlib import Path

import pytest

from db.unit_of_work import PostgresUnitOfWork
from server.embedded.database import Addresses
from server.replay.rows import digest
from server.replay.run import replay
from tests.integration.sales import Told, fetch, row, settings_of, write


async def test_entries_say_when_and_for_which_document_as_the_file_does(database: Addresses, tmp_path: Path) -> None:
    file = write(
        tmp_path / "sales.csv",
        row("536365", "85123A", 6, 0),
        row("C536379", "85123A", -1, 1),
        row("536589", "85123A", -2, 2, "0.00", "wet/rusty"),
        row("536590", "POST", 1, 2),
    )
    assert await replay(settings_of(database), file, "max", Told()) == 0
    rows = await fetch(
        database,
        """
        SELECT kind, on_hand_change, allocated_change, reference_type, reference, reason_code, note,
            to_char(occurred_at AT TIME ZONE 'UTC', 'DD HH24:MI'), unit_cost
        FROM ledger WHERE tenant_id = $1 ORDER BY level_version
        """,
    )
    order = f"536365:2@{digest(file)[:8]}"
    assert [entry[:8] for entry in rows[1:]] == [
        ("ALLOCATION", 0, 6, "order", order, None, None, "01 08:30"),
        ("PICK", -6, -6, "shipment", "536365", None, None, "01 08:30"),
        ("RETURN", 1, 0, "cancellation", "C536379", "returned", None, "02 08:30"),
        ("ADJUSTMENT", -2, 0, "adjustment", "536589", "damaged", "wet/rusty", "03 08:30"),
    ]
    assert rows[0][0] == "RECEIPT"
    assert str(rows[0][8]) == "1.50"


async def test_an_order_is_reserved_and_paid_at_its_time_and_shipped_in_the_evening(
    database: Addresses, tmp_path: Path
) -> None:
    file = write(
        tmp_path / "sales.csv",
        row("536365", "20001", 6, 0),
        row("536365", "20002", 1, 0),
        row("536365", "20001", 2, 0),
        row("536366", "20003", 1, 0.25),
    )
    assert await replay(settings_of(database), file, "max", Told()) == 0
    kinds = await fetch(
        database,
        """
        SELECT kind, sku, -on_hand_change, to_char(occurred_at AT TIME ZONE 'UTC', 'HH24:MI') FROM ledger
        WHERE tenant_id = $1 AND kind <> 'RECEIPT' AND sku < '20003' ORDER BY kind, sku
        """,
    )
    assert kinds == [
        ("ALLOCATION", "20001", 0, "08:30"),
        ("ALLOCATION", "20002", 0, "08:30"),
        ("PICK", "20001", 8, "14:30"),
        ("PICK", "20002", 1, "14:30"),
    ]
    lives = await fetch(database, "SELECT status, confirmed, version FROM reservations WHERE tenant_id = $1")
    assert lives == [("COMMITTED", True, 3)] * 2


async def test_what_is_called_off_before_the_evening_is_released_and_what_comes_back_later_returned(
    database: Addresses, tmp_path: Path
) -> None:
    told = Told()
    file = write(
        tmp_path / "sales.csv",
        row("1", "20001", 6, 0),
        row("2", "20001", 4, 0.1),
        row("C3", "20001", -5, 0.2),
        row("4", "20002", 3, 0.2),
        row("C5", "20002", -3, 0.3),
        row("C6", "20001", -2, 0.3, customer="13047"),
        row("C7", "20001", -1, 1),
    )
    assert await replay(settings_of(database), file, "max", told) == 0
    entries = await fetch(
        database,
        """
        SELECT kind, sku, allocated_change, on_hand_change, coalesce(note, reference) FROM ledger
        WHERE tenant_id = $1 AND kind NOT IN ('RECEIPT', 'ALLOCATION') ORDER BY sku, level_version
        """,
    )
    # The customer's latest order first: all four of the second and one of the first.
    assert entries == [
        ("DEALLOCATION", "20001", -4, 0, "Called off: C3"),
        ("DEALLOCATION", "20001", -1, 0, "Called off: C3"),
        ("RETURN", "20001", 0, 2, "C6"),
        ("PICK", "20001", -5, -5, "1"),
        ("RETURN", "20001", 0, 1, "C7"),
        ("DEALLOCATION", "20002", -3, 0, "Called off: C5"),
    ]
    lives = await fetch(database, "SELECT status FROM reservations WHERE tenant_id = $1 ORDER BY order_id")
    assert lives == [("COMMITTED",), ("RELEASED",), ("RELEASED",)]
    assert "Reservations 3 made, 0 of them short; none refused; 1 shipped" in told.summary
    assert "Returns      2 lines, none refused; 3 more were called off in time and released" in "".join(told.summary)


async def test_a_scarce_sku_goes_to_the_first_orders_of_the_file_however_many_there_are_at_once(
    database: Addresses, tmp_path: Path
) -> None:
    told = Told()
    orders = [row(f"{number:02}", "20001", 1_000, 30 + number / 1_000) for number in range(1, 21)]
    file = write(
        tmp_path / "sales.csv", row("00", "20002", 1, 0), *orders, row("C1", "20001", -1_000, 31, customer="13047")
    )
    assert await replay(settings_of(database), file, "max", told) == 0
    served = await fetch(
        database,
        "SELECT committed FROM reservation_lines WHERE tenant_id = $1 AND sku = '20001' ORDER BY reservation_id",
    )
    *whole, part = [units for (units,) in served]
    assert whole == [1_000] * len(whole)
    assert 0 < part < 1_000
    refused = 20 - len(served)
    report = "\n".join(told.summary)
    assert f"21 with 21 lines: {21 - refused} served ({sum(whole) + part + 1:,} units), 1 of them in part" in report
    assert f"1 of them in part; {refused} refused ({refused} INSUFFICIENT_STOCK)" in report
    assert f"Reservations {21 - refused} made, 1 of them short; {refused} refused ({refused} INSUFFICIENT" in report
    assert "Returns      1 lines" in report


async def test_a_cancellation_brings_back_only_what_there_was_to_be_served(database: Addresses, tmp_path: Path) -> None:
    told = Told()
    file = write(
        tmp_path / "sales.csv",
        row("1", "20001", 6, 0),
        row("2", "20001", 50_000, 30),
        row("3", "20001", 7, 30),
        row("C4", "20001", -50_000, 31),
        row("C5", "20001", -7, 31),
    )
    assert await replay(settings_of(database), file, "max", told) == 0
    moved = await fetch(
        database,
        "SELECT kind, on_hand_change FROM ledger WHERE tenant_id = $1 AND kind IN ('PICK', 'RETURN') "
        "ORDER BY level_version",
    )
    assert [kind for kind, _ in moved] == ["PICK", "PICK", "RETURN"]
    assert 6 < moved[2][1] == -moved[1][1] < 50_000
    assert "1 lines, none refused; 0 more were called off in time and released, 1 undid what had not been served" in (
        "\n".join(told.summary)
    )


async def test_the_orders_of_a_day_are_decided_together(
    database: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [row(f"{number}", "20001", 1, number / 1_000) for number in range(50)]
    run, transactions = PostgresUnitOfWork.run, 0

    async def counted(self: PostgresUnitOfWork, tenant: object, work: object) -> object:
        nonlocal transactions
        transactions += 1
        return await run(self, tenant, work)  # type: ignore[arg-type]

    monkeypatch.setattr(PostgresUnitOfWork, "run", counted)
    assert await replay(settings_of(database), write(tmp_path / "sales.csv", *orders), "max", Told()) == 0
    assert (await fetch(database, "SELECT count(*) FROM decisions WHERE tenant_id = $1")) == [(152,)]
    assert transactions < 15
