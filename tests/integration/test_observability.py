"""What is shown and watched is there: the dashboard, the alert rules and the guide against a running process."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
import yaml

from domain.alerts import AlertKind
from server.embedded.node import ROOT
from tests import servers
from tests.factories.shop import Shop
from tests.stack import Stack, eventually, running_stack

DASHBOARD = orjson.loads((ROOT / "deploy" / "grafana" / "stockcast.json").read_bytes())
RULES = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yml").read_text())
GUIDE = (ROOT / "docs" / "observability.md").read_text()
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
NAME = re.compile(r"\b(?:stockcast|process|python)_[a-z_]+[a-z]\b")
#: Of a histogram.
PARTS = ("_bucket", "_sum", "_count")
#: What Prometheus itself adds, and a histogram.
LABELS_ADDED = {"instance", "job", "le"}
#: Told from their first reading on.
READ_LATER = {
    "stockcast_alerts_standing",
    "stockcast_expiry_overdue_seconds",
    "stockcast_ledger_heads_amiss",
    "stockcast_ledger_months_ahead",
    "stockcast_webhook_deliveries_waiting",
    "stockcast_webhook_oldest_due_seconds",
    "stockcast_webhooks_in_flight",
}


@pytest.fixture(scope="module")
def stack(postgres: servers.Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One process that is the whole system: its own relay, its own hub and its own worker, with all keys."""
    kept = tmp_path_factory.mktemp("kept")
    environ = {
        "LEDGER_HEAD_FILE": str(kept / "heads"),
        "LEDGER_KEY_FILE": str(kept / "ledger.pem"),
        "WEBHOOK_KEY_FILE": str(kept / "webhooks"),
    }
    with postgres.clone() as addresses, running_stack(addresses, "", only=("serve",), environ=environ) as stack:
        yield stack


@pytest.fixture(scope="module")
def kinds(stack: Stack) -> Mapping[str, str]:
    """The type of each metric that is scraped, once all were read; those of a histogram's parts too."""

    def scraped() -> Mapping[str, str] | None:
        text = stack.http.get(f"{stack.url}/metrics").text
        kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))
        return kinds if kinds.keys() >= READ_LATER else None

    kinds = eventually(scraped, "each metric was read once")
    histograms = [name for name, kind in kinds.items() if kind == "histogram"]
    return {**kinds, **{name + part: "counter" for name in histograms for part in PARTS}}


def queries() -> list[str]:
    """Every expression of the dashboard and of the rules."""
    shown = [target["expr"] for panel in PANELS for target in panel["targets"]]
    return [*shown, *(rule["expr"] for group in RULES["groups"] for rule in group["rules"])]


def test_every_metric_that_is_shown_or_watched_is_told_by_a_process(kinds: Mapping[str, str]) -> None:
    named = {name for query in queries() for name in NAME.findall(query)}
    variables = DASHBOARD["templating"]["list"]
    named |= {name for variable in variables for name in NAME.findall(variable.get("definition", ""))}
    assert len(named) > 50
    assert named - kinds.keys() == set()


def test_rates_are_of_what_only_grows_and_all_of_it_is_by_a_rate(kinds: Mapping[str, str]) -> None:
    for query in queries():
        grown = set(re.findall(r"(?:rate|increase)\((\w+)", query))
        assert grown == {name for name in NAME.findall(query) if kinds[name] == "counter"}, query


def test_every_label_that_is_asked_by_is_one_of_the_metrics(stack: Stack) -> None:
    told = set(re.findall(r"[{,](\w+)=", stack.http.get(f"{stack.url}/metrics").text))
    # Of what no process of this kind has done yet.
    told |= {"type", "topic", "transport", "cause", "worker", "state"}
    asked = {
        name for query in queries() for part in re.findall(r"by \(([\w, ]+)\)", query) for name in part.split(", ")
    }
    asked |= {name for query in queries() for name in re.findall(r'(\w+)(?:=|!)~?"', query)}
    assert asked - told - LABELS_ADDED == set()


def test_the_dashboard_is_whole() -> None:
    assert DASHBOARD["schemaVersion"] >= 39, "that of Grafana 11"
    assert [variable["name"] for variable in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24, panel["title"]
        assert not cells & taken, panel["title"]
        taken |= cells
    for panel in PANELS:
        assert panel["description"].endswith("."), panel["title"]
        for target in panel["targets"]:
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_each_rule_says_what_is_wrong_and_what_to_do() -> None:
    rules = [rule for group in RULES["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"].keys() == {"summary", "description"}
        for named in re.findall(r"docs/[\w-]+\.md", rule["annotations"]["description"]):
            assert (ROOT / named).exists(), named


def test_the_guide_names_each_metric_that_is_told_and_no_other(kinds: Mapping[str, str]) -> None:
    parts = {
        name + part for name, kind in kinds.items() if kind == "histogram" for part in ("_bucket", "_sum", "_count")
    }
    told = {name for name in kinds if name.startswith("stockcast_")} - parts
    assert set(re.findall(r"^\| `(stockcast_\w+)`", GUIDE, re.M)) == told


def test_standing_alerts_are_counted_by_kind(stack: Stack) -> None:
    shop = Shop(stack)
    for _ in range(2):
        shop.low()

    def counted() -> dict[str, str]:
        text = stack.http.get(f"{stack.url}/metrics").text
        return dict(re.findall(r'^stockcast_alerts_standing\{kind="(\w+)"\} (\S+)$', text, re.M))

    wanted = {kind.value: "0.0" for kind in AlertKind} | {"LOW_STOCK": "2.0"}
    eventually(lambda: counted() == wanted, "both are counted")


def test_what_was_asked_for_is_shown_by_its_outcome(stack: Stack) -> None:
    shop = Shop(stack)

    def counted() -> dict[str, float]:
        text = stack.http.get(f"{stack.url}/metrics").text
        found = re.findall(r'^stockcast_reservations_total\{outcome="(\w+)"\} (\S+)$', text, re.M)
        return {outcome: float(count) for outcome, count in found}

    before, sku = counted(), shop.stocked(5)
    shop.reserve(sku, 3)
    refused = {"orderId": "too-much", "lines": [{"sku": sku, "quantity": 3}]}
    assert shop.system.do("reserveStock", **refused)["userErrors"]
    assert {outcome: count - before[outcome] for outcome, count in counted().items() if count > before[outcome]} == {
        "RESERVED": 1,
        "INSUFFICIENT_STOCK": 1,
    }
