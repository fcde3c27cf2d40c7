"""Group commit: a fault, a caller that leaves and a database that is gone leave the neighbours alone."""

from __future__ import annotations

import asyncio

import pytest

from services.decisions import Decision
from services.group_commit import Batches, GroupCommit
from services.ports import Overloaded, Unavailable
from tests.conformance.units_worlds import ids
from tests.fakes.combiner import ACME, ONE_LANE, Broken, BrokenEarly, Combiner, Note

PATIENCE_S = 60.0


@pytest.mark.parametrize("kind", [Broken, BrokenEarly])
@pytest.mark.parametrize("at", [0, 3, 8])
async def test_a_command_that_has_a_fault_fails_alone(kind: type[Note], at: int) -> None:
    combiner = Combiner()
    first = await combiner.behind_one()
    sent = [
        combiner.send(kind([], "broken")) if number == at else combiner.receive(f"key-{number}") for number in range(9)
    ]
    await combiner.settled()

    combiner.units.open.set()
    told = await asyncio.gather(first, *sent, return_exceptions=True)

    assert [isinstance(each, ZeroDivisionError) for each in told] == [number == at + 1 for number in range(10)]
    assert all(each.refusals == () for each in told if isinstance(each, Decision))
    assert combiner.on_hand == 8
    assert [delta.change.on_hand for _, delta in combiner.units.houses[ACME.id].entries] == [1] * 8


async def test_several_faults_in_a_batch_reach_those_whose_they_are() -> None:
    combiner = Combiner()
    first = await combiner.behind_one()
    sent = [
        combiner.send(Broken([], str(number))) if number % 3 == 1 else combiner.note(str(number))
        for number in range(20)
    ]
    await combiner.settled()

    combiner.units.open.set()
    told = await asyncio.gather(*sent, return_exceptions=True)
    await first

    names = [each.subject if isinstance(each, Decision) else str(each) for each in told]
    assert names == [str(number) for number in range(20)]
    assert [isinstance(each, ZeroDivisionError) for each in told] == [number % 3 == 1 for number in range(20)]


async def test_after_a_fault_the_lane_goes_on() -> None:
    combiner = Combiner()

    with pytest.raises(ZeroDivisionError):
        await combiner.send(Broken([], "broken"))

    assert (await combiner.note("after")).subject == "after"
    assert combiner.commits.waiting == 0


@pytest.mark.parametrize("fault", [Unavailable("gone"), Overloaded("full")])
async def test_a_database_that_cannot_be_reached_is_told_to_the_whole_batch_and_asked_once(fault: Exception) -> None:
    combiner = Combiner()
    first = await combiner.behind_one()
    sent = [combiner.receive(str(number)) for number in range(8)]
    await combiner.settled()

    combiner.units.fault = fault
    combiner.units.open.set()
    told = await asyncio.gather(first, *sent, return_exceptions=True)

    assert told == [fault] * 9
    assert len(combiner.units.begun) == 2
    assert combiner.commits.waiting == 0

    combiner.units.fault = None
    assert (await combiner.receive("again")).refusals == ()


async def test_a_caller_that_gives_up_takes_no_other_with_it_and_finds_its_decision_by_its_key() -> None:
    combiner = Combiner()
    first = await combiner.behind_one()
    leaves, stays = combiner.receive("leaves", 5), combiner.receive("stays", 2)
    await combiner.settled()

    leaves.cancel()
    await combiner.settled()
    assert leaves.cancelled()
    assert combiner.commits.waiting == 3  # it is still to be carried out
    combiner.units.open.set()
    assert (await stays).refusals == ()
    await first

    assert combiner.on_hand == 7
    assert combiner.batches == [1, 2]
    assert (await combiner.receive("leaves", 5)).places == (("blue", "MAIN"),)
    assert combiner.on_hand == 7


async def test_a_caller_that_leaves_the_running_batch_does_not_abort_it() -> None:
    combiner = Combiner()
    combiner.units.open.clear()
    sent = combiner.receive("leaves", 5)
    await combiner.settled()

    sent.cancel()
    combiner.units.open.set()
    await combiner.commits.finish()

    assert combiner.on_hand == 5
    assert combiner.commits.waiting == 0


async def test_a_fault_of_a_command_whose_caller_left_disturbs_nobody() -> None:
    combiner = Combiner()
    first = await combiner.behind_one()
    left = combiner.send(Broken([], "broken"))
    await combiner.settled()

    left.cancel()
    combiner.units.open.set()
    await first
    await combiner.commits.finish()

    assert combiner.commits.waiting == 0


async def test_a_batch_that_could_not_be_counted_is_told_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    def fail(commands: object, decisions: object) -> None:
        raise OSError("no metrics")

    combiner = Combiner()
    commits = GroupCommit(combiner.units, ids, ONE_LANE, told=fail)

    told = await asyncio.gather(*(commits.submit(Note(combiner.written, name)) for name in ("a", "b")))

    assert [decision.subject for decision in told] == ["a", "b"]
    assert "was not counted" in caplog.text


async def test_to_finish_is_to_decide_all_that_was_taken() -> None:
    combiner = Combiner(Batches(batch_max=2, lanes=2))
    sent = [combiner.receive(str(number)) for number in range(7)]
    await asyncio.sleep(0)

    await combiner.commits.finish()

    assert combiner.on_hand == 7
    await asyncio.gather(*sent)


async def test_whoever_finishes_does_not_wait_for_a_database_that_does_not_answer() -> None:
    combiner = Combiner()
    combiner.units.open.clear()
    sent = combiner.receive("waits", 5)
    await combiner.settled()

    await asyncio.wait_for(combiner.commits.finish(within_s=0.0), PATIENCE_S)

    assert combiner.commits.waiting == 1
    combiner.units.open.set()
    await sent
