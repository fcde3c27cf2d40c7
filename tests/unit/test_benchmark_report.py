"""What a run of benchmarks tells and keeps: rows, what could not be measured, and the chart."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import _chart, w3
from benchmarks._load import Rate
from benchmarks._plan import PlanError, ledger_sizes
from benchmarks._report import Report
from benchmarks._rows import Figures, NoFigure, Row, Sample, cost, rate

ROWS = [
    rate("reservations: ours / peer", [90, 120, 100], [40, 50, 60], 2),
    rate("pages: ours / peer", [100], [60], 3),
    cost("memory: ours / peer", [30], [40], "KiB", 1),
    cost("far / near", [12], [10], "ms", 1.2, itself=True),
    rate("two / one", [150], [100]),
    Row("ready", Sample((6.5,), "s"), at_most=5),
]


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return Report.begin(tmp_path / "bench", {"BENCH_RUNS": "3", "HOME": "/root"})


def test_a_row_is_told_with_its_median_its_spread_and_its_target() -> None:
    assert str(ROWS[0]) == "reservations: ours / peer | 100/s (90 to 120) | 50/s (40 to 60) | 2.00 x | >= 2 x | met"
    assert str(ROWS[4]) == "two / one | 150/s | 100/s | 1.50 x | - | -"
    assert str(ROWS[5]) == "ready | 6.50 s | - | - | <= 5 s | short"


@pytest.mark.parametrize(
    ("ours", "verdict"), [(2.0, "met"), (1.999, "short")], ids=["what is promised", "a little less"]
)
def test_a_promise_is_kept_from_its_bound_on(ours: float, verdict: str) -> None:
    assert rate("a rate", [ours], [1], 2).verdict == verdict
    assert cost("a cost", [1 / ours], [1], "ms", 0.5).verdict == verdict


def test_the_words_of_a_verdict_stand_in_the_last_column_of_rows_alone(report: Report) -> None:
    report.take("w1", lambda: Figures(ROWS, ["3 runs"]))
    report.take("w2", _broken)
    said = [line for line in report.lines() if re.search(r"\b(met|short)\b", line)]
    assert [line.rsplit(" | ", 1)[1] for line in said] == ["met", "short", "met", "met", "short"]


def test_all_rows_stand_in_one_piece_after_what_took_part(report: Report) -> None:
    for name in ("w1", "w2"):
        report.take(name, lambda: Figures(ROWS, ["3 runs"]))
    lines = list(report.lines())
    first = next(number for number, line in enumerate(lines) if line.startswith("name | ours | peer | ratio | target"))
    assert lines[first + 1 : first + 1 + 2 * len(ROWS)] == [f"{name}: {row}" for name in ("w1", "w2") for row in ROWS]
    assert "    3 runs" in lines[:first]


def test_a_benchmark_that_fails_costs_its_own_rows_alone(report: Report) -> None:
    report.take("w1", _broken)
    report.take("w2", _faulty)
    report.take("w3", lambda: Figures(ROWS))
    kept = json.loads(report.file.read_text())
    assert kept["missing"]["w1"] == "no reply came"
    assert "ZeroDivisionError" in kept["missing"]["w2"]
    assert {row["benchmark"] for row in kept["rows"]} == {"w3"}
    assert "w1: could not be measured: no reply came" in report.lines()


def test_a_run_is_kept_with_every_value_and_where_and_how_it_was_measured(report: Report) -> None:
    report.take("w1", lambda: Figures(ROWS, ["3 runs"]))
    kept = json.loads(report.file.read_text())
    assert kept["settings"] == {"BENCH_RUNS": "3"}
    assert kept["machine"]
    assert kept["commit"]
    assert kept["rows"][0] == {
        "benchmark": "w1",
        "name": "reservations: ours / peer",
        "ours": {"median": 100, "runs": [90, 120, 100], "unit": "/s"},
        "peer": {"median": 50, "runs": [40, 50, 60], "unit": "/s"},
        "ratio": 2.0,
        "at_least": 2,
        "at_most": None,
        "itself": False,
        "verdict": "met",
    }


@pytest.mark.parametrize(("figures", "status"), [("_broken", 1), ("_poor", 0)])
def test_the_exit_status_tells_that_a_row_could_not_be_measured_and_not_how_it_ended(
    figures: str, status: int, monkeypatch: pytest.MonkeyPatch, report: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.w1.figures", globals()[figures])
    monkeypatch.setattr(Report, "begin", lambda: report)
    assert command.main(["W1"]) == status
    assert capsys.readouterr().out.count(" | ") >= 5


def test_a_benchmark_that_there_is_none_of_is_refused_before_any_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["w1,w99"]) == 2
    assert "no benchmark w99; there are: availability, flat, idle, insight, latency, ledger" in capsys.readouterr().err


@pytest.mark.parametrize("told", ["", "x", "2000000,1000000", "10", "1000000000"])
def test_sizes_of_ledgers_that_cannot_be_filled_are_refused(told: str) -> None:
    with pytest.raises(PlanError, match="BENCH_ENTRIES must be rising numbers from 100000 to 100000000"):
        ledger_sizes(100_000, *([] if told else [1]), environ={"BENCH_ENTRIES": told})


# ---------------------------------------------------------------------- the chart
def test_the_chart_has_a_bar_for_each_promise_beside_somebody_else(report: Report) -> None:
    report.take("w1", lambda: Figures(ROWS))
    drawn = _chart.bars([report.file])
    assert [(bar.name, bar.times, bar.promised) for bar in drawn] == [
        ("reservations, beside peer", 2.0, 2),
        ("pages, beside peer", pytest.approx(5 / 3), 3),
        ("memory, beside peer", pytest.approx(4 / 3), 1),
    ]
    svg = ElementTree.fromstring(_chart.drawing(drawn, "a <machine> & its cores"))
    kinds = [each.get("class") for each in svg.iter("{http://www.w3.org/2000/svg}rect")]
    assert kinds == ["bar", "behind", "bar"]


def test_of_two_runs_the_later_has_the_last_word_on_a_row(tmp_path: Path) -> None:
    files = []
    for number, ours in enumerate((100, 200)):
        report = Report.begin(tmp_path / str(number), {})
        report.take("w1", lambda ours=ours: Figures([rate("look-ups: ours / peer", [ours], [100], 1)]))
        files.append(report.file)
    assert [bar.times for bar in _chart.bars(files)] == [2.0]


def _broken() -> Figures:
    raise NoFigure("no reply came")


def _faulty() -> Figures:
    return Figures([rate("none", [1 / 0], [1])])


def _poor() -> Figures:
    return Figures(ROWS)


def test_a_hot_sku_has_a_first_and_a_second_target_and_with_few_connections_none() -> None:
    rates = {w3.OURS: [Rate(500.0)], w3.MERCURIUS: [Rate(100.0)], w3.PGBENCH: [Rate(100.0)]}
    assert [(row.target, row.verdict) for row in w3.rows("hot SKU", 100, rates)] == [
        (">= 2.5 x", "met"),
        (">= 8 x", "short"),
        (">= 3 x", "met"),
        (">= 10 x", "short"),
    ]
    assert [row.target for row in w3.rows("10,000 SKUs", 100, rates)] == ["-", ">= 1 x"]
    assert {row.target for row in w3.rows("hot SKU", 32, rates)} == {"-"}
