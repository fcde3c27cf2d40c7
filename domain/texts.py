"""What counts as a text: present, not too long, made of characters that every system beside us can carry."""

from __future__ import annotations

from domain.refusals import Refusal, RefusalCode

SKU_LENGTH_MAX = 64
CODE_LENGTH_MAX = 64
KEY_LENGTH_MAX = 200
NAME_LENGTH_MAX = 200
REFERENCE_LENGTH_MAX = 200
NOTE_LENGTH_MAX = 2_000


def invalid_text(name: str, text: str | None, length_max: int) -> Refusal | None:
    """A refusal naming the field, or None. A text that is None was left out and is fine; a blank one is not."""
    if text is None:
        return None
    if not text.strip():
        return _refuse(name, f"{name} is empty: give at least one character, or leave it out where it is optional.")
    if len(text) > length_max:
        return _refuse(name, f"{name} has {len(text)} characters: give at most {length_max}.", length_max)
    if not storable(text):
        return _refuse(name, f"{name} holds a control character or half of a surrogate pair: remove it.")
    return None


def storable(text: str) -> bool:
    """Whether PostgreSQL, JSON and a screen can all carry the text: no NUL or other control character but tab and line
    breaks, no lone surrogate."""
    return not any((ch < " " and ch not in "\t\n\r") or ch == "\x7f" or "\ud800" <= ch <= "\udfff" for ch in text)


def _refuse(name: str, message: str, limit: int | None = None) -> Refusal:
    return Refusal(RefusalCode.INVALID_INPUT, message, (name,), limit=limit)
