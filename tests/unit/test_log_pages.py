"""LogPages: the past is read once for all who catch up, and each is handed what concerns it."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Scope
from domain.status import StockStatus
from services.live import LevelStreamFilter
from subscriptions.hub.feed import Feed
from subscriptions.hub.kind import Change
from subscriptions.hub.kinds import Kinds
from subscriptions.hub.levels import Levels
from subscriptions.hub.log_pages import LOG_PAGE, PAGES_KEPT, LogPages, Page
from subscriptions.hub.reservations import Reservations
from subscriptions.log.broadcast_log import Entry, Position, Truncated
from tests.factories.events import TENANT, History, a_level, handed_over
from tests.fakes.live import (
    EVERYTHING,
    SCOPE,
    FakeLevelSnapshots,
    FakeReservationSnapshots,
    a_world,
    eventually,
    told,
)

EPOCH = "now"
LEVELS = Levels(FakeLevelSnapshots())
KINDS = Kinds([LEVELS, Reservations(FakeReservationSnapshots())])


def at(offset: int) -> Position:
    return Position(EPOCH, offset)


class Book:
    """A log of so many entries, from the one after `trimmed` on; `asked` counts the readings of each place."""

    def __init__(self, entries: int, trimmed: int = 0) -> None:
        self.entries, self.trimmed = entries, trimmed
        self.asked: Counter[int] = Counter()
        self.gate = asyncio.Event()
        self.gate.set()
        history = History(a_level())
        self.bodies = [history.message(number).body for number in range(entries)]
        self.pages = LogPages(self.read, KINDS.changes)

    async def read(self, channel: str, after: Position, limit: int) -> list[Entry]:
        self.asked[after.offset] += 1
        await self.gate.wait()
        if after.offset < self.trimmed:
            raise Truncated(channel, after, at(self.entries))
        last = min(self.entries, after.offset + limit)
        return [Entry(at(number), self.bodies[number - 1]) for number in range(after.offset + 1, last + 1)]

    async def versions(self, after: int) -> list[int]:
        page = await self.pages.after("acme", at(after))
        return [change.version for change in page.concerning(LEVELS, None, at(after))]


async def test_all_who_ask_at_once_share_one_reading_wherever_in_the_page_they_are() -> None:
    book = Book(100)
    book.gate.clear()
    asking = [asyncio.ensure_future(book.versions(after)) for after in (0, 10, 99)]
    await eventually(lambda: book.asked.total() == 1)
    asking[0].cancel()
    book.gate.set()
    assert await asking[1] == list(range(11, 101))
    assert await asking[2] == [100]
    assert book.asked == {0: 1}


async def test_a_full_page_is_read_once_and_the_last_one_whenever_it_is_asked_for() -> None:
    book = Book(LOG_PAGE + 5)
    for _ in range(3):
        assert await book.versions(3) == list(range(4, LOG_PAGE + 1))
        assert await book.versions(LOG_PAGE + 1) == [LOG_PAGE + 2, LOG_PAGE + 3, LOG_PAGE + 4, LOG_PAGE + 5]
    assert book.asked == {0: 1, LOG_PAGE: 3}


async def test_who_stands_behind_what_was_trimmed_goes_on_and_who_stands_before_it_is_told() -> None:
    book = Book(LOG_PAGE + 5, trimmed=10)
    assert await book.versions(10) == list(range(11, LOG_PAGE + 1))
    with pytest.raises(Truncated):
        await book.versions(9)
    with pytest.raises(Truncated):
        await book.versions(0)


async def test_only_so_many_pages_are_kept() -> None:
    book = Book(LOG_PAGE * (PAGES_KEPT + 2))
    for page in range(PAGES_KEPT + 2):
        await book.versions(page * LOG_PAGE)
    await book.versions(LOG_PAGE * (PAGES_KEPT + 1))
    await book.versions(0)
    assert (book.asked[0], book.asked[LOG_PAGE * (PAGES_KEPT + 1)]) == (2, 1)


SKUS, CATEGORIES, VENDORS = ("TENT", "LAMP", "ROPE"), ("tents", "light"), ("Peak", "Alp", None)
CHOICES = {
    "skus": SKUS,
    "locations": ("MAIN", "WEST"),
    "categories": CATEGORIES,
    "vendors": [vendor for vendor in VENDORS if vendor],
    "status": list(StockStatus),
}


@st.composite
def pages(draw: st.DrawFn) -> Page:
    """Changes of some levels, whose items move between categories and vendors; now and then one changes hands."""
    histories = {(sku, place): History(a_level(sku, place)) for sku in SKUS for place in ("MAIN", "WEST")}
    changes: list[Change] = []
    for number in range(1, draw(st.integers(1, 30)) + 1):
        history = histories[draw(st.sampled_from(sorted(histories)))]
        if draw(st.integers(0, 9)) == 0:
            message = handed_over(history.level.item, draw(st.sampled_from(VENDORS)), 100)
        else:
            described = {
                "category": draw(st.sampled_from(CATEGORIES)),
                "vendor": draw(st.sampled_from(VENDORS)),
            }
            message = history.message(draw(st.integers(0, 9)), **described)
        changes += KINDS.changes(Entry(at(number), message.body))
    return Page(changes, at(len(changes)))


filters = st.fixed_dictionaries(
    {}, optional={name: st.lists(st.sampled_from(values), max_size=2) for name, values in CHOICES.items()}
).map(lambda given: LevelStreamFilter(**given))
scopes = st.sampled_from([SCOPE, Scope(TENANT, "Peak"), Scope(TENANT, "nobody")])


@given(pages(), filters, scopes, st.integers(0, 30))
def test_what_a_page_hands_to_a_stream_is_all_that_the_stream_is_told(
    page: Page, filter: LevelStreamFilter, scope: Scope, after: int
) -> None:
    """Looked up by the one shelf, or by asking each change: the same is told, in the same order."""
    handed = page.concerning(LEVELS, LEVELS.place(scope, filter), at(after))
    behind = [change for change in page.changes if change.kind is LEVELS and change.position.offset > after]
    assert [each for each in handed if LEVELS.told(each, scope, filter)] == [
        each for each in behind if LEVELS.told(each, scope, filter)
    ]
    assert len(set(map(id, handed))) == len(handed)


async def test_what_comes_while_the_answer_that_there_is_nothing_is_on_its_way_is_told() -> None:
    async with a_world() as world:
        history = History(a_level())
        await world.say(history.message(9))
        cursor = (await world.head()).encode()
        await world.say(history.message(8))
        await world.live()  # the feed begins here, and remembers nothing of before
        read_log = world.hub.read_log

        async def late(feed: Feed, after: Position) -> Page:
            world.hub.read_log = read_log  # pyright: ignore[reportAttributeAccessIssue]
            await world.say(history.message(7))
            await eventually(lambda: feed.position.offset == 3)
            return Page([], after)

        world.hub.read_log = late  # pyright: ignore[reportAttributeAccessIssue]
        watch = world.hub.watch(SCOPE, EVERYTHING, after=cursor)
        assert [event.level and event.level.quantities.on_hand for event in await told(watch, 2)] == [8, 7]


async def test_screens_that_come_back_at_once_read_the_log_once_between_them() -> None:
    async with a_world() as world:
        cursor = (await world.head()).encode()
        history = History(a_level())
        for number in range(3 * LOG_PAGE):
            await world.say(history.message(number))
        reads: list[int] = []
        read = world.log.read

        async def counted(channel: str, after: Position, limit: int) -> list[Entry]:
            reads.append(after.offset)
            return await read(channel, after, limit)

        world.log.read = counted  # pyright: ignore[reportAttributeAccessIssue]
        watches = [world.hub.watch(SCOPE, LevelStreamFilter(skus=["TENT"]), after=cursor) for _ in range(20)]
        seen = await asyncio.gather(*(told(watch, 3 * LOG_PAGE) for watch in watches))
        assert all([event.cursor for event in events] == [event.cursor for event in seen[0]] for events in seen)
        assert len(reads) <= 6
