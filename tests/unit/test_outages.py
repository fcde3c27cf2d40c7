"""An outage in the log: what does not answer, and what it said, if it said anything."""

import logging
from random import Random

import pytest

from subscriptions.outage import Outage


@pytest.mark.parametrize(
    ("fault", "told"), [(TimeoutError(), "TimeoutError"), (OSError("no route"), "OSError: no route")]
)
async def test_the_log_tells_of_a_fault_by_its_name_and_its_text_where_it_has_one(
    fault: Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def at_once(_: float) -> None: ...

    with caplog.at_level(logging.DEBUG):
        outage = Outage("the database", Random(1), sleep=at_once)
        await outage.pause(fault)
        await outage.pause(fault)
    assert caplog.messages == [
        f"the database does not answer, trying on: {told}",
        f"the database still does not answer: {told}",
    ]
