"""Searching: a text anywhere in a name, whatever the case, without the help of the database's locale."""

from __future__ import annotations

import unicodedata


def folded(*texts: str) -> str:
    """What a search looks in or for: case and compatibility forms (ﬁ, Ａ) no longer tell texts apart."""
    return "\n".join(unicodedata.normalize("NFKC", text).casefold() for text in texts)


def pattern(search: str) -> str:
    """The LIKE pattern that finds `search` anywhere in a folded text; its own % and _ are ordinary characters."""
    escaped = folded(search).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
