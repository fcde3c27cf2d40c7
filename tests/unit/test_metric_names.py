"""Names of metrics by Prometheus' conventions, as `promtool check metrics` looks at them."""

from __future__ import annotations

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

import server.app
import server.work
from server.metrics import Metrics
from workers import metrics as workers_metrics

assert server.app
assert server.work

#: Base units, and what is counted where there is none, at the end of a name that has one.
UNITS = ("seconds", "bytes", "ratio")
NO_BASE_UNIT = re.compile(r"_(ms|millis|milliseconds|minutes|hours|days|kb|mb|kilobytes|megabytes|percent)(_|$)")
READ = [each for each in vars(workers_metrics).values() if isinstance(each, workers_metrics.ReadGauge)]
FAMILIES = [
    (family.name, family.type, family.documentation)
    for family in text_string_to_metric_families(Metrics().text().decode())
    if family.name.startswith("stockcast_")
]
FAMILIES += [(each._name, "gauge", each._documentation) for each in READ]


@pytest.mark.parametrize(("name", "kind", "told"), FAMILIES, ids=[name for name, _, _ in FAMILIES])
def test_a_metrics_name_and_help_are_as_prometheus_wants_them(name: str, kind: str, told: str) -> None:
    assert re.fullmatch(r"stockcast(_[a-z]+)+", name)
    assert told.endswith("."), "a sentence says what it is"
    assert not NO_BASE_UNIT.search(name), "in base units: seconds, bytes"
    assert not re.search(rf"_({'|'.join(UNITS)})_(?!total$)", name), "the unit comes last"
    assert not name.endswith(("_count", "_sum", "_bucket", "_info", "_created")), "what a histogram's parts end in"
    assert not {"counter", "gauge", "histogram", "summary"} & set(name.split("_")), "a type is no part of a name"
    assert kind in ("counter", "gauge", "histogram")


def test_counters_alone_end_in_total_where_they_are_scraped() -> None:
    text = Metrics().text().decode()
    kinds = dict(re.findall(r"^# TYPE (stockcast_\w+) (\w+)$", text, re.M))
    assert {name for name, kind in kinds.items() if kind == "counter"} == {
        name for name in kinds if name.endswith("_total")
    }
    assert kinds.keys() == set(re.findall(r"^# HELP (stockcast_\w+) ", text, re.M))
    assert "_created" not in text


def test_a_histograms_name_tells_the_unit_of_what_it_holds() -> None:
    histograms = {name for name, kind, _ in FAMILIES if kind == "histogram"}
    assert {name for name in histograms if not name.endswith(UNITS)} == {"stockcast_group_commit_commands"}
