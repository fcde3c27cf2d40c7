"""Metrics of the workers: what a process has not read it does not tell."""

from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from workers.metrics import ReadGauge


@pytest.fixture
def gauge() -> Iterator[ReadGauge]:
    made = ReadGauge("stockcast_test_read", "Of this test.")
    yield made
    REGISTRY.unregister(made)


def test_a_reading_is_told_from_the_first_one_on_even_if_it_is_none(gauge: ReadGauge) -> None:
    assert REGISTRY.get_sample_value("stockcast_test_read") is None
    for value in (0, 3):
        gauge.set(value)
        assert REGISTRY.get_sample_value("stockcast_test_read") == value
