"""The sales file: what counts as an order, a cancellation, an adjustment, and what is left aside."""

import gzip
import os
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from domain.reasons import DEFAULT_REASON_CODES
from domain.reservation_lines import LINES_MAX
from server.replay.documents import Adjustment, Cancellation, Document, Order, documents
from server.replay.reasons import reason_of
from server.replay.rows import COLUMNS, RetailFileError, Row, Tally, read
from server.replay.survey import survey

#: The real extract, where somebody has it.
REAL_FILE = Path(os.environ.get("RETAIL_FILE", "online-retail.csv.gz"))
real_file = pytest.mark.skipif(
    not REAL_FILE.is_file(), reason='RETAIL_FILE names no extract of the "Online Retail" data set'
)

HEADER = ",".join(COLUMNS)
SALES = f"""\
{HEADER}
100,A1,RED  MUG ,6,2010-12-01T08:26:00,2.55,17850,United Kingdom
100,a1,"BLUE MUG, SMALL",2,2010-12-01T08:26:00,3.39,17850,United Kingdom
100,POST,POSTAGE,1,2010-12-01T08:26:00,18.0,17850,United Kingdom
C101,A1,RED MUG,-2,2010-12-01T09:00:00,2.55,17850,United Kingdom
100,A1,RED MUG,1,2010-12-01T09:01:00,2.10,17850,United Kingdom
102,A1,damages,-3,2010-12-02T10:00:00,0.0,,United Kingdom
103,A1,,4,2010-12-02T11:00:00,0.0,,United Kingdom
104,A1,WATERING CAN CHECK,5,2010-12-03T11:00:00,0.0,,United Kingdom
104,DOT,DOTCOM POSTAGE,1,2010-12-03T11:00:00,9.99,,United Kingdom
105,m,Manual,1,2010-12-03T12:00:00,1.0,,United Kingdom
106,gift_0001_20,Voucher,1,2010-12-03T12:00:00,17.0,,United Kingdom
A107,B,Adjust bad debt,1,2010-12-03T12:00:00,-11062.06,,United Kingdom
108,A1,MUG RED,40,2010-12-28T12:00:00,2.55,17850,United Kingdom
109,Z9,thrown away,-7,2010-12-29T12:00:00,0,,United Kingdom
"""


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_text(SALES, encoding="utf-8")
    return path


def written(folder: Path, text: str | bytes, name: str = "sales.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def played(path: Path) -> tuple[list[Document], Tally]:
    tally = Tally()
    return list(documents(read(path, tally), tally)), tally


# ---------------------------------------------------------------- rows
def test_a_row_carries_its_line_its_time_in_utc_and_exact_money(sales: Path) -> None:
    assert next(iter(read(sales))) == Row(
        line=2,
        invoice="100",
        sku="A1",
        description="RED MUG",
        quantity=6,
        at=datetime(2010, 12, 1, 8, 26, tzinfo=UTC),
        unit_price=Decimal("2.55"),
        customer="17850",
        country="United Kingdom",
    )


def test_a_packed_file_reads_like_a_plain_one_whatever_its_name(tmp_path: Path, sales: Path) -> None:
    packed = written(tmp_path, gzip.compress(SALES.encode()), "sales.dat")
    assert list(read(packed)) == list(read(sales))


def test_columns_may_stand_in_another_order_and_beside_others(tmp_path: Path) -> None:
    header = "Extra," + ",".join(reversed(COLUMNS))
    path = written(tmp_path, f"\ufeff{header}\nx,UK,17850,2.55,2010-12-01T08:26:00,6,RED MUG,A1,100\n")
    assert [(row.invoice, row.sku, row.quantity) for row in read(path)] == [("100", "A1", 6)]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("100,A1,MUG,six,2010-12-01T08:26:00,2.55,,UK", "Quantity is 'six'"),
        ("100,A1,MUG,0,2010-12-01T08:26:00,2.55,,UK", "Quantity is '0'"),
        ("100,A1,MUG,1.5,2010-12-01T08:26:00,2.55,,UK", "Quantity is '1.5'"),
        ("100,A1,MUG,100000001,2010-12-01T08:26:00,2.55,,UK", "Quantity is '100000001'"),
        ("100,A1,MUG,1,2010-12-01T08:26:00,NaN,,UK", "UnitPrice is 'NaN'"),
        ("100,A1,MUG,1,2010-12-01T08:26:00,1e9,,UK", "UnitPrice is '1e9'"),
        ("100,A1,MUG,1,12/1/2010 8:26,2.55,,UK", "InvoiceDate is '12/1/2010 8:26'"),
        ("100,A1,MUG,1,0001-01-01T00:00:00+14:00,2.55,,UK", "InvoiceDate is"),
        ("100,,MUG,1,2010-12-01T08:26:00,2.55,,UK", "StockCode is ''"),
        (f"100,{'A' * 65},MUG,1,2010-12-01T08:26:00,2.55,,UK", "StockCode is"),
        ("100,A\0,MUG,1,2010-12-01T08:26:00,2.55,,UK", "StockCode is"),
        (f"100,A1,{'M' * 201},1,2010-12-01T08:26:00,2.55,,UK", "Description is"),
        (",A1,MUG,1,2010-12-01T08:26:00,2.55,,UK", "InvoiceNo is ''"),
        ("100,A1,MUG", "it has 3 cells"),
        (f"100,A1,{'M' * 200_000},1,2010-12-01T08:26:00,2.55,,UK", "it is not CSV"),
        ("100,A1,MUG,-1,2010-12-01T08:26:00,2.55,,UK", "wants a Quantity above 0"),
        ("C100,A1,MUG,1,2010-12-01T08:26:00,2.55,,UK", "wants a Quantity below 0"),
        ("100,A1,MUG,1,2010-12-01T08:26:00,-2.55,,UK", "a UnitPrice not below 0"),
    ],
)
def test_a_malformed_row_is_counted_with_its_line_and_the_rows_around_it_are_kept(
    tmp_path: Path, row: str, fault: str
) -> None:
    good = "{},A1,MUG,1,2010-12-01T08:26:00,2.55,,UK"
    found, tally = played(written(tmp_path, "\n".join((HEADER, good.format(1), row, good.format(2), ""))))
    assert [document.invoice for document in found] == ["1", "2"]
    assert tally.malformed == 1
    assert tally.problems[0].startswith("line 3: ")
    assert fault in tally.problems[0]


def test_many_malformed_rows_are_all_counted_but_only_the_first_are_kept(tmp_path: Path) -> None:
    _, tally = played(written(tmp_path, HEADER + "\n" + "x\n" * 500))
    assert (tally.rows, tally.malformed, len(tally.problems)) == (500, 500, 20)


def test_bytes_that_are_no_utf_8_do_not_stop_the_reading(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER.encode() + b"\n100,A1,MUG \xa3 5,1,2010-12-01T08:26:00,2.55,,UK\n")
    assert [row.sku for row in read(path)] == ["A1"]


@pytest.mark.parametrize("text", ["", "a,b,c\n", HEADER.replace("UnitPrice", "Price") + "\n"])
def test_a_file_of_other_columns_is_refused_naming_the_data_set_and_the_columns(tmp_path: Path, text: str) -> None:
    with pytest.raises(RetailFileError) as refusal:
        list(read(written(tmp_path, text)))
    for part in ("UnitPrice", "Online Retail", "UCI Machine Learning", "CC BY 4.0", "ISO form: 2010", *COLUMNS):
        assert part in str(refusal.value)


def test_a_file_that_is_not_there_is_refused_naming_the_data_set_and_the_columns(tmp_path: Path) -> None:
    for path in (None, tmp_path, tmp_path / "nowhere.csv.gz"):
        with pytest.raises(RetailFileError, match=f"Online Retail.*{HEADER}"):
            survey(path)


def test_a_file_cut_short_is_refused_after_its_readable_rows(tmp_path: Path) -> None:
    packed = gzip.compress(SALES.encode())
    for broken in (packed[: len(packed) // 2], packed[:40] + b"\0" * 40):
        with pytest.raises(RetailFileError, match="cannot be read to its end"):
            list(read(written(tmp_path, broken, "cut.csv.gz")))


# ---------------------------------------------------------------- documents
def test_rows_become_orders_cancellations_and_adjustments_in_the_order_of_the_file(sales: Path) -> None:
    found, tally = played(sales)
    assert [(type(document).__name__, document.invoice, document.line) for document in found] == [
        ("Order", "100", 2),
        ("Cancellation", "C101", 5),
        ("Adjustment", "102", 7),
        ("Adjustment", "103", 8),
        ("Adjustment", "104", 9),
        ("Order", "108", 14),
        ("Adjustment", "109", 15),
    ]
    assert tally.malformed == 0


def test_an_interrupted_invoice_is_one_order_and_keeps_its_repeated_sku_as_lines(sales: Path) -> None:
    order = played(sales)[0][0]
    assert isinstance(order, Order)
    assert [(line.sku, line.quantity) for line in order.lines] == [("A1", 6), ("a1", 2), ("A1", 1)]
    assert order.at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert (order.customer, dict(order.units)) == ("17850", {"A1": 7, "a1": 2})


def test_an_invoice_of_more_lines_than_an_order_may_have_comes_as_several(tmp_path: Path) -> None:
    lines = [f"100,A{number},MUG,1,2010-12-01T08:26:00,2.55,17850,UK" for number in range(LINES_MAX + 3)]
    first, second = played(written(tmp_path, "\n".join([HEADER, *lines])))[0]
    assert isinstance(first, Order)
    assert isinstance(second, Order)
    assert (len(first.lines), [line.sku for line in second.lines]) == (1_000, ["A1000", "A1001", "A1002"])
    assert (first.name, second.name) == ("100:2", "100:1002")


def test_a_cancellation_counts_the_units_that_come_back(sales: Path) -> None:
    cancellation = played(sales)[0][1]
    assert isinstance(cancellation, Cancellation)
    assert [(line.sku, line.quantity) for line in cancellation.lines] == [("A1", 2)]


def test_a_zero_price_row_is_an_adjustment_with_a_reason_read_from_its_words(sales: Path) -> None:
    adjustments = [document for document in played(sales)[0] if isinstance(document, Adjustment)]
    assert [(a.sku, a.quantity, a.words, a.reason_code) for a in adjustments] == [
        ("A1", -3, "damages", "damaged"),
        ("A1", 4, "", "correction"),
        ("A1", 5, "WATERING CAN CHECK", "found"),
        ("Z9", -7, "thrown away", "waste"),
    ]


def test_codes_that_are_no_goods_are_skipped_and_counted(sales: Path) -> None:
    assert played(sales)[1].skipped == Counter({"POST": 1, "DOT": 1, "m": 1, "gift_0001_20": 1, "B": 1})


# ---------------------------------------------------------------- survey
def test_the_survey_knows_name_cost_and_demand_before_the_first_order(sales: Path) -> None:
    result = survey(sales)
    mug = result.skus["A1"]
    assert (mug.name, mug.first_price, mug.unit_cost) == ("RED MUG", Decimal("2.55"), Decimal("1.53"))
    assert (mug.demand, mug.opening_demand, mug.opening_written_off, mug.opening_need) == (47, 7, 3, 10)
    assert (result.orders, result.order_lines, result.cancellations, result.adjustments) == (2, 4, 1, 4)
    assert result.first_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert result.last_at == datetime(2010, 12, 29, 12, tzinfo=UTC)


def test_skus_are_case_sensitive_and_one_never_sold_is_named_by_its_code(sales: Path) -> None:
    skus = survey(sales).skus
    assert set(skus) == {"A1", "a1", "Z9"}
    assert (skus["Z9"].name, skus["Z9"].unit_cost, skus["Z9"].written_off) == ("Z9", None, 7)


def test_a_file_without_a_single_row_has_an_empty_survey(tmp_path: Path) -> None:
    result = survey(written(tmp_path, HEADER + "\n"))
    assert (result.documents, result.skus, result.first_at) == (0, {}, None)


# ---------------------------------------------------------------- reasons
@pytest.mark.parametrize(
    ("words", "quantity", "code"),
    [
        ("", -1, "correction"),
        ("???", 3, "correction"),
        ("wet/rusty", -1, "damaged"),
        ("crushed boxes", -1, "damaged"),
        ("unsaleable", -1, "damaged"),
        ("smashed", -1, "damaged"),
        ("wet rusty-thrown away", -1, "waste"),
        ("unsaleable, destroyed.", -1, "waste"),
        ("lost in space", -1, "lost"),
        ("missing?", -1, "lost"),
        ("can't find", -1, "lost"),
        ("stock check", 5, "cycle_count"),
        ("counted", 5, "cycle_count"),
        ("display", -1, "sample"),
        ("mailout", -1, "promotion"),
        ("ebay", -1, "other"),
        ("website fixed", -1, "correction"),
        ("had been put aside", 5, "found"),
        ("something nobody foresaw", 5, "found"),
        ("something nobody foresaw", -5, "other"),
    ],
)
def test_words_are_read_as_the_reason_a_warehouse_would_give(words: str, quantity: int, code: str) -> None:
    assert reason_of(words, quantity) == code


@pytest.mark.parametrize(("words", "quantity"), [("damages", 5), ("?lost", 5), ("found", -5), ("rcvd", -5)])
def test_a_reason_of_the_wrong_direction_becomes_a_correction(words: str, quantity: int) -> None:
    assert reason_of(words, quantity) == "correction"


# ---------------------------------------------------------------- the real file
#: Every word typed in the real file beside a change of stock: sign of the quantity -> words -> rows.
REAL_WORDS = {
    ("correction", "-"): {
        "": 278, "?": 15, "? sold as sets?": 1, "?sold as sets?": 1, "Amazon sold sets": 1, "Dotcom sold in 6's": 1,
        "barcode problem": 1, "dotcom sold sets": 1, "label mix up": 1, "re dotcom quick fix.": 1,
        "reverse 21/5/10 adjustment": 2, "sold as 22467": 1, "sold in set?": 1, "wrong barcode": 1,
        "wrong barcode (22467)": 1, "wrongly sold as sets": 1, "wrongly sold sets": 1,
    },
    ("correction", "+"): {"": 189, "?": 2, "Adjustment": 1, "wrongly sold (22719) barcode": 1},
    ("cycle_count", "-"): {"check": 4, "counted": 1},
    ("damaged", "-"): {
        "broken": 1, "cracked": 1, "damaged stock": 1, "damages": 6, "damages/display": 1, "damages?": 1, "faulty": 1,
        "samples/damages": 1,
    },
    ("found", "+"): {"Found": 3, "found": 2},
    ("lost", "-"): {"?lost": 1, "MIA": 1},
    ("other", "-"): {"Dotcom": 1, "Dotcom sales": 2, "Dotcom set": 1},
    ("other", "+"): {"amazon": 4, "amazon sales": 1},
    ("promotion", "-"): {"Given away": 1},
    ("received", "+"): {"rcvd be air temp fix for dotcom sit": 1},
    ("sample", "-"): {"showroom": 1},
    ("waste", "-"): {
        "Thrown away.": 1, "incorrectly made-thrown away.": 1, "mouldy, thrown away.": 1, "throw away": 1,
        "thrown away": 7, "thrown away-can't sell": 1, "thrown away-can't sell.": 1,
    },
}  # fmt: skip


@real_file
def test_every_word_of_the_real_file_reads_right() -> None:
    found: dict[tuple[str, str], Counter[str]] = {}
    sold: set[str] = set()
    rows = list(read(REAL_FILE))
    sold.update(row.description for row in rows if row.unit_price)
    named = 0
    for document in documents(rows):
        if isinstance(document, Adjustment) and document.words in sold:
            named += 1
            assert (document.reason_code, document.quantity > 0) == ("found", True)
        elif isinstance(document, Adjustment):
            key = document.reason_code, "+" if document.quantity > 0 else "-"
            found.setdefault(key, Counter())[document.words] += 1
    assert found == REAL_WORDS
    assert named == 232


@real_file
def test_no_reason_of_the_real_file_would_be_refused() -> None:
    codes = {reason.code: reason for reason in DEFAULT_REASON_CODES}
    for document in documents(read(REAL_FILE)):
        if isinstance(document, Adjustment):
            assert codes[document.reason_code].refuses(document.quantity, document.words) is None


@real_file
def test_the_survey_of_the_real_file_accounts_for_every_row() -> None:
    result = survey(REAL_FILE)
    assert result.tally.rows == 142_083
    assert result.tally.malformed == 0
    kept = result.order_lines + result.cancellation_lines + result.adjustments
    assert kept + result.tally.skipped.total() == result.tally.rows
    assert (result.orders, result.cancellations, result.adjustments, len(result.skus)) == (5164, 1020, 784, 3255)
    assert set(result.tally.skipped) == {
        "POST", "DOT", "M", "m", "C2", "S", "D", "AMAZONFEE", "BANK CHARGES",
        "gift_0001_10", "gift_0001_20", "gift_0001_30", "gift_0001_40", "gift_0001_50",
    }  # fmt: skip
    heart = result.skus["85123A"]
    assert (heart.name, heart.unit_cost) == ("WHITE HANGING HEART T-LIGHT HOLDER", Decimal("1.53"))
    assert {"85123A", "85123a"} <= set(result.skus)


@real_file
def test_no_invoice_of_the_real_file_comes_in_two_pieces() -> None:
    invoices = Counter(
        document.invoice for document in documents(read(REAL_FILE)) if not isinstance(document, Adjustment)
    )
    assert max(invoices.values()) == 1
