"""Documents that are remembered: those that came again, the latest used, for as many bytes as they take."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any
from weakref import ref

import pytest
from graphql import GraphQLSchema, parse, print_ast

from resolvers.build import build_schema
from schema.documents import Documents, Newcomers, Remembered, lighten, unlink
from schema.faults import Refused
from schema.limits import Limits
from schema.shortcuts import Shortcuts
from tests.fakes.api import FakeApi

ROOM = 300_000
#: Objects: the engine's rules about variables look at each operation and fragment with a visitor of their own.
A_FEW = 150


def a_document(number: int) -> str:
    fields = " ".join(f"a_name_that_nobody_has_{number}_{each}: sku" for each in range(12))
    return f'query Asked{number} {{ stockLevel(sku: "S{number}", location: "MAIN") {{ {fields} }} }}'


def an_event_stream(number: int) -> str:
    return f"subscription Watched{number} {{ stockLevelChanged {{ cursor level {{ sku number{number}: version }} }} }}"


@pytest.fixture(scope="module")
def built() -> tuple[GraphQLSchema, Shortcuts]:
    schema = build_schema()
    return schema._schema, Shortcuts(schema._schema, schema.config)


@pytest.fixture
def documents(built: tuple[GraphQLSchema, Shortcuts]) -> Documents:
    schema, shortcuts = built
    return Documents(schema, Limits(), introspection=False, room=ROOM, shortcuts=shortcuts)


@pytest.fixture
def traced() -> Iterator[Callable[[], int]]:
    """Bytes that are held."""

    def held() -> int:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    yield held
    tracemalloc.stop()


def test_what_was_used_last_is_remembered_as_far_as_there_is_room() -> None:
    remembered = Remembered[str](10, len)
    for text in ("aaaa", "bbbb"):
        remembered.keep(text.encode(), text)
    assert remembered.get(b"aaaa") == "aaaa"
    for text in ("cc", "dddd"):
        remembered.keep(text.encode(), text)
    assert remembered.get(b"bbbb") is None, "what was used longest ago has gone"
    assert len(remembered) == 3
    remembered.keep(b"x", "x" * 11)
    assert len(remembered) == 0, "what takes more than all the room is not kept"
    remembered.keep(b"aaaa", "aaaa")
    assert remembered.get(b"aaaa") == "aaaa"


def test_what_came_once_is_known_when_it_comes_again_unless_too_many_came_between() -> None:
    newcomers = Newcomers(2)
    assert [newcomers.welcome(key) for key in (b"a", b"b", b"a")] == [False, False, True]
    assert [newcomers.welcome(key) for key in (b"c", b"d", b"b")] == [False, False, False]


def test_a_document_is_made_ready_and_kept_when_it_comes_again(documents: Documents) -> None:
    first, second, third = (documents.plan(a_document(1), None) for _ in range(3))
    assert first.shortcut is None
    assert second.shortcut is not None
    assert third is second is not first


def test_the_events_of_a_stream_have_their_shortcut_from_the_first_on(documents: Documents) -> None:
    assert documents.plan(an_event_stream(1), None).showing is not None


def test_operations_of_one_document_are_remembered_each_for_itself(documents: Documents) -> None:
    text = "query A { viewer { subject } } query B { viewer { tenant { id } } }"
    kept = [documents.plan(text, name) for name in ("A", "A", "B", "B")]
    assert kept[1] is documents.plan(text, "A")
    assert kept[3] is documents.plan(text, "B") is not kept[1]


def come(documents: Documents, texts: Iterable[str], times: int = 1) -> None:
    for text in texts:
        for _ in range(times):
            with suppress(Refused):
                documents.plan(text, None)


@pytest.mark.parametrize("make", [a_document, an_event_stream, lambda number: f"{{ nothing{number} }}"])
def test_documents_that_come_once_leave_nothing_behind(
    make: Callable[[int], str], documents: Documents, traced: Callable[[], int]
) -> None:
    grown: list[int] = []
    for first in (0, 100, 200):
        before = traced()
        come(documents, map(make, range(first, first + 50)))
        grown.append(traced() - before)
    assert min(grown) / 50 < 2_000, "bytes of each; the interpreter's own tables grow now and then"


@pytest.mark.parametrize("make", [a_document, an_event_stream])
def test_documents_that_come_again_take_the_room_that_there_is(
    make: Callable[[int], str], documents: Documents, traced: Callable[[], int]
) -> None:
    before = traced()
    come(documents, map(make, range(50)), times=2)
    assert 0.3 * ROOM < traced() - before < 2 * ROOM


@pytest.mark.parametrize("make", [a_document, an_event_stream])
def test_what_was_written_for_a_document_is_gone_with_it_without_the_collector(
    make: Callable[[int], str], built: tuple[GraphQLSchema, Shortcuts]
) -> None:
    """Which comes by once in hours where there is little garbage."""
    schema, shortcuts = built
    documents = Documents(schema, Limits(), introspection=False, room=1, shortcuts=shortcuts)
    come(documents, [make(1)])
    gc.disable()
    try:
        plan = documents.plan(make(1), None)
        written: Any = plan.shortcut or plan.showing
        gone = ref(written._roots[0]._complete if plan.shortcut else written.complete)
        del plan, written
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "text",
    [
        "{ stockLevels(first: 3) { nodes { sku item { name } } } viewer { subject } }",
        "query ($sku: String!) { stockLevel(sku: $sku) { ...Level } } "
        "fragment Level on StockLevel { id ledger { pageInfo { endCursor } } }",
        "{ nothing { sku } viewer { subject(a: 1) { b } } ... on Item { id } }",
    ],
    ids=["plain", "fragments", "wrong"],
)
async def test_a_document_that_comes_once_leaves_nothing_to_the_collector(text: str) -> None:
    """Which stops the process for seconds where a million such things have outlived its first looks."""
    api = FakeApi()
    await _sent(api, text)
    gc.collect()
    gc.disable()
    try:
        await _sent(api, f"{text} #")
        assert gc.collect() < A_FEW
    finally:
        gc.enable()


async def _sent(api: FakeApi, text: str) -> None:
    with suppress(Refused):
        await api.executor.execute(api.executor.prepare(text, {"sku": "TENT"}), api.context)


def test_a_document_without_its_tokens_says_the_same_at_the_same_places() -> None:
    text = "query ($n: Int) { stockLevels(first: $n) { nodes { sku ...More } } } fragment More on StockLevel { id }"
    whole, light = parse(text), parse(text)
    unlink(light)
    assert lighten(light, forms=0) > len(text)
    assert (print_ast(light), light) == (print_ast(whole), whole)
    assert light.definitions[1].loc == whole.definitions[1].loc
