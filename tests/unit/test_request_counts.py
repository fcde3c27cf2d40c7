"""Counts of requests, as who scrapes reads them."""

from prometheus_client import CollectorRegistry, generate_latest

from server.request_counts import RequestCounts


def test_requests_are_counted_by_kind_and_outcome_and_within_the_bounds_of_what_they_took() -> None:
    counts, registry = RequestCounts(("query", "mutation")), CollectorRegistry()
    registry.register(counts)
    for outcome, seconds in (("ok", 0.001), ("ok", 0.0011), ("errors", 99.0)):
        counts.count("query", outcome, seconds)
    lines = set(generate_latest(registry).decode().splitlines())
    assert lines >= {
        'stockcast_requests_total{kind="query",outcome="ok"} 2.0',
        'stockcast_requests_total{kind="query",outcome="errors"} 1.0',
        'stockcast_request_seconds_bucket{kind="query",le="0.001"} 1.0',
        'stockcast_request_seconds_bucket{kind="query",le="0.0025"} 2.0',
        'stockcast_request_seconds_bucket{kind="query",le="10.0"} 2.0',
        'stockcast_request_seconds_bucket{kind="query",le="+Inf"} 3.0',
        'stockcast_request_seconds_count{kind="query"} 3.0',
        'stockcast_request_seconds_sum{kind="query"} 99.0021',
        'stockcast_request_seconds_count{kind="mutation"} 0.0',
    }
