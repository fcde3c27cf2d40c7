"""RequestCounts: how many requests there were, and how long they took, counted in numbers of our own.

The library's counters take a lock for each number; one loop counts here, and only who scrapes needs their form.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BOUNDS = [floatToGoString(bound) for bound in (*_SECONDS, float("inf"))]


class _Durations:
    """Those of one kind of operation: how many between each two bounds, and their sum."""

    def __init__(self) -> None:
        self.counts = [0] * len(_BOUNDS)
        self.sum = 0.0


class RequestCounts(Collector):
    """`kinds` are told from the beginning, so that rates have one."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._durations = {kind: _Durations() for kind in kinds}

    def count(self, kind: str, outcome: str, seconds: float) -> None:
        """One request, of one of the kinds."""
        self._counts[kind, outcome] = self._counts.get((kind, outcome), 0) + 1
        durations = self._durations[kind]
        durations.counts[bisect_left(_SECONDS, seconds)] += 1
        durations.sum += seconds

    def collect(self) -> Iterable[Metric]:
        requests = CounterMetricFamily(
            "stockcast_requests",
            "Requests over HTTP, by GraphQL or by path, by kind of operation and outcome: ok; errors (in the answer); "
            "invalid (the document, a parameter); denied (the token); limited (too many of them); malformed (the "
            "request); fault (ours).",
            labels=["kind", "outcome"],
        )
        for labels, count in self._counts.items():
            requests.add_metric(labels, count)
        yield requests
        seconds = HistogramMetricFamily(
            "stockcast_request_seconds", "From the first byte read to the answer handed over.", labels=["kind"]
        )
        for kind, durations in self._durations.items():
            buckets = list(zip(_BOUNDS, map(float, accumulate(durations.counts)), strict=True))
            seconds.add_metric([kind], buckets, durations.sum)
        yield seconds
