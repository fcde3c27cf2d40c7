"""Texts: what an identifier, a name and a note may hold."""

import pytest

from domain.texts import invalid_identifier, invalid_name, invalid_note, says_nothing, storable

INVISIBLE = ["\u200b", "a\nb", "a\tb", "a\u202eb", "a\uffffb", "a\ufdd0b", "a\x00b", "\ud800", "a\u2028b", "\x7f"]


#: Letters, marks and signs that draw nothing.
UNDRAWN = ["\u3164", "\u2800", "\u115f", "\u1160", "\uffa0", "\u034f", "\ufe0f", "\u180b", "\U000e0100"]


@pytest.mark.parametrize("ch", UNDRAWN)
def test_what_is_called_a_letter_and_draws_nothing_is_nothing(ch: str) -> None:
    for text in (ch, f"e{ch}", f"{ch}e", f"é{ch}é"):
        assert invalid_identifier("reasonCode", text, 64) is not None
    assert says_nothing(f" {ch}{ch}")
    assert invalid_name("name", ch) is not None
    assert invalid_name("name", f"Zelt {ch}x") is None, "it may change how letters are drawn"


@pytest.mark.parametrize("text", [*INVISIBLE, " A", "A ", "", "  ", "x" * 65, "a\u200db"])
def test_an_identifier_holds_nothing_that_cannot_be_seen(text: str) -> None:
    refusal = invalid_identifier("sku", text, 64)
    assert refusal is not None
    assert refusal.field == ("sku",)


@pytest.mark.parametrize("text", ["A", "GIFT 0001/30", "Größe-L", "タオル", "x" * 64])
def test_an_identifier_may_be_of_any_script(text: str) -> None:
    assert invalid_identifier("sku", text, 64) is None


def test_a_name_may_join_letters_and_have_one_line() -> None:
    assert invalid_name("name", "می\u200cخواهم") is None
    assert invalid_name("name", "👩\u200d🔧 kit") is None
    assert invalid_name("name", "two\nlines") is not None


def test_a_note_may_have_several_lines() -> None:
    assert invalid_note("note", "crushed\r\n\tin transit") is None
    assert invalid_note("note", "a\u202eb") is not None


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\n\u2060\t", "\u3000"])
def test_a_text_of_invisible_characters_says_nothing(text: str) -> None:
    assert says_nothing(text)


def test_what_was_left_out_is_fine() -> None:
    assert invalid_identifier("location", None, 64) is None


def test_controls_and_halves_of_pairs_cannot_be_stored_and_all_else_can() -> None:
    unstorable = {code for code in range(0x11000) if not storable(f"a{chr(code)}b")}
    assert unstorable == {*range(0x20), 0x7F, *range(0xD800, 0xE000)} - set(map(ord, "\t\n\r"))
