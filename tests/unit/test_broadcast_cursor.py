"""Positions in the broadcast log as the opaque cursors that clients hold."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.log.broadcast_log import Message, Position

EPOCHS = st.from_regex(r"[0-9A-Za-z_-]{1,64}", fullmatch=True)
POSITIONS = st.builds(Position, EPOCHS, st.integers(0, 2**53 - 1))
NEARLY = st.from_regex(r"[0-9a-z:_-]{0,20}:-?[0-9]{0,20}", fullmatch=True).map(
    lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
)


@given(POSITIONS)
def test_a_cursor_decodes_to_the_position_it_was_made_of(position: Position) -> None:
    cursor = position.encode()
    assert Position.decode(cursor) == position
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert cursor.isascii()


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")) | NEARLY)
def test_rubbish_as_a_cursor_is_a_value_error_or_the_cursor_of_a_position(rubbish: str) -> None:
    try:
        position = Position.decode(rubbish)
    except ValueError as refusal:
        assert "cursor" in str(refusal)
    else:
        assert position.encode() == rubbish


@given(POSITIONS, st.integers(0, 127), st.characters())
def test_a_cursor_with_one_character_changed_is_refused_or_another_position(
    position: Position, place: int, character: str
) -> None:
    cursor = position.encode()
    changed = cursor[: place % len(cursor)] + character + cursor[place % len(cursor) + 1 :]
    try:
        assert (Position.decode(changed) == position) == (changed == cursor)
    except ValueError:
        assert changed != cursor


@pytest.mark.parametrize(("epoch", "offset"), [("", 1), ("a b", 1), ("a" * 65, 1), ("a", -1), ("a", 2**53)])
def test_a_position_that_no_cursor_could_carry_cannot_be_made(epoch: str, offset: int) -> None:
    with pytest.raises(ValueError, match=r"epoch|offset"):
        Position(epoch, offset)


@pytest.mark.parametrize("version", [-1, 2**53])
def test_a_version_that_cannot_be_compared_exactly_cannot_be_made(version: int) -> None:
    with pytest.raises(ValueError, match="version"):
        Message("key", version, b"")
