"""Documents that are remembered: those used last, for as much as they weigh."""

from __future__ import annotations

from graphql import parse

from schema.documents import Remembered, weight_of


def test_what_was_used_last_is_remembered_as_far_as_there_is_room() -> None:
    made: list[str] = []
    remembered = Remembered[str](10, len)

    def make(text: str) -> str:
        made.append(text)
        return text

    for text in ("aaaa", "bbbb", "aaaa", "cc", "dddd", "aaaa"):
        assert remembered.get(text.encode(), lambda text=text: make(text)) == text
    assert made == ["aaaa", "bbbb", "cc", "dddd"], "what was used longest ago has gone"
    remembered.get(b"bbbb", lambda: make("bbbb"))
    assert (made[-1], len(remembered)) == ("bbbb", 2)
    assert remembered.get(b"x", lambda: make("x" * 11)) == "x" * 11
    assert len(remembered) == 0, "what takes more than all the room is not kept"
    remembered.get(b"aaaa", lambda: make("aaaa"))
    assert len(remembered) == 1


def test_a_document_weighs_what_its_tokens_and_its_text_take() -> None:
    small, large = parse("{ viewer { subject } }"), parse("{ viewer { subject } }" + " " * 3_200)
    assert weight_of(large) == weight_of(small) + 100
    assert weight_of(parse("{ " + "viewer { subject } " * 10 + "}")) > 4 * weight_of(small)
