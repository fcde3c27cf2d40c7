"""What counts as a text: present, not too long, made of characters that every system and every reader can tell apart.

Identifiers (a SKU, a code, a vendor, a key) are compared to the letter, so nothing in them may be invisible. Names are
read by people on one line, notes on several.
"""

from __future__ import annotations

import re
from unicodedata import category

from domain.refusals import Refusal, RefusalCode

SKU_LENGTH_MAX = 64
CODE_LENGTH_MAX = 64
KEY_LENGTH_MAX = 200
NAME_LENGTH_MAX = 200
REFERENCE_LENGTH_MAX = 200
NOTE_LENGTH_MAX = 2_000

#: Zero-width joiners change how letters of some scripts and emoji are drawn: part of a name, never of an identifier.
_JOINERS = "\u200c\u200d"
_LINES = "\t\n\r"
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
#: Characters beside controls and formats that draw nothing, though they count as letters, marks or signs: fillers,
#: variation selectors, the blank of Braille. (Default_Ignorable_Code_Point of Unicode 15, and U+2800.)
_UNDRAWN = frozenset(
    chr(code)
    for first, last in (
        (0x034F, 0x034F),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x2065, 0x2065),
        (0x2800, 0x2800),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFFA0, 0xFFA0),
        (0xFFF0, 0xFFF8),
        (0xE0000, 0xE0FFF),
    )
    for code in range(first, last + 1)
)


def invalid_identifier(field: str, text: str | None, length_max: int) -> Refusal | None:
    """A refusal naming the field, or None. A text that is None was left out and is fine."""
    if refusal := _invalid(field, text, length_max, ""):
        return refusal
    if text is not None and text != text.strip():
        return _refuse(field, f"{field} begins or ends with a blank: remove it.")
    if text is not None and not text.isascii() and (undrawn := next((ch for ch in text if ch in _UNDRAWN), None)):
        return _unseen(field, undrawn)
    return None


def invalid_name(field: str, text: str | None, length_max: int = NAME_LENGTH_MAX) -> Refusal | None:
    """The same for a name: one line, whatever the script."""
    return _invalid(field, text, length_max, _JOINERS)


def invalid_note(field: str, text: str | None) -> Refusal | None:
    """The same for a note: several lines."""
    return _invalid(field, text, NOTE_LENGTH_MAX, _JOINERS + _LINES)


def says_nothing(text: str) -> bool:
    """Whether nothing of a text can be seen."""
    return not any(visible(ch) for ch in text)


def said(note: str | None) -> str | None:
    """A note of blanks is none."""
    return None if note is None or says_nothing(note) else note


def visible(ch: str) -> bool:
    return not ch.isspace() and category(ch) not in ("Cc", "Cf", "Cs") and ch not in _UNDRAWN


def storable(text: str) -> bool:
    """Whether PostgreSQL, JSON and a screen can all carry the text: no NUL or other control character but tab and line
    breaks, no lone surrogate."""
    return _UNSTORABLE.search(text) is None


def _invalid(field: str, text: str | None, length_max: int, allowed: str) -> Refusal | None:
    if text is None:
        return None
    if len(text) > length_max:
        return _refuse(field, f"{field} has {len(text)} characters: give at most {length_max}.", length_max)
    if text.isascii() and text.isprintable() and not text.isspace() and text:
        return None  # the plain case: no character is hidden, and one can be seen
    if says_nothing(text):
        return _refuse(field, f"{field} is empty: give at least one character, or leave it out where it is optional.")
    if not text.isprintable() and (hidden := next((ch for ch in text if _hidden(ch) and ch not in allowed), None)):
        return _unseen(field, hidden)
    return None


def unseen(field: str, text: str) -> Refusal | None:
    """Why a name may look like another one: it holds a character that no screen shows."""
    hidden = next((ch for ch in text if _hidden(ch)), None)
    return _unseen(field, hidden) if hidden else None


def _unseen(field: str, ch: str) -> Refusal:
    return _refuse(field, f"{field} holds the character U+{ord(ch):04X}, which cannot be seen: remove it.")


def _hidden(ch: str) -> bool:
    """Controls, formats, lone surrogates, line and paragraph separators, and what Unicode keeps for no character."""
    is_none = 0xFDD0 <= ord(ch) <= 0xFDEF or ord(ch) & 0xFFFE == 0xFFFE
    return is_none or category(ch) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _refuse(field: str, message: str, limit: int | None = None) -> Refusal:
    return Refusal(RefusalCode.INVALID_INPUT, message, (field,), limit=limit)
