"""The documents of a mixed load, and what is told of a process's memory under it."""

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from benchmarks._mixed import LEDGER, LIST, LOOK_UP, SELECTED, UNFILTERED, WRONG, document
from benchmarks.memory import Moment, growth, rows
from server.embedded.wheel import ROOT


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    return build_schema((ROOT / "frontend-contract" / "schema.graphql").read_text(encoding="utf-8"))


def test_no_two_documents_of_the_load_are_alike() -> None:
    assert len({document(number) for number in range(1, 100_001)}) == 100_000


def test_one_document_in_twenty_is_wrong_and_all_others_hold(contract: GraphQLSchema) -> None:
    wrong = [number for number in range(1, 201) if validate(contract, parse(document(number)))]
    assert wrong == list(range(WRONG, 201, WRONG))


@pytest.mark.parametrize("query", [LOOK_UP, LIST, LEDGER, SELECTED, UNFILTERED])
def test_what_the_others_ask_holds(query: str, contract: GraphQLSchema) -> None:
    assert validate(contract, parse(query)) == []


def test_memory_is_judged_from_the_end_of_the_warm_up_on() -> None:
    moments = [Moment(minute, rss=0, pss=100 if minute < 5 else 195 + minute) for minute in range(21)]
    assert growth(moments[5:]) == pytest.approx(1.0)
    pss, _, slope = rows([Moment(each.minutes, each.pss, each.pss) for each in moments])
    assert str(pss).endswith(" 215.00 MiB | 200.00 MiB | 1.07 x | <= 1.1 x | met")
    assert slope.ours.median == pytest.approx(1.0)
