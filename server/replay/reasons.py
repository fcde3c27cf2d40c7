"""What warehouse people type beside a correction of stock, read as one of the managed reason codes."""

import re
from types import MappingProxyType

from domain.reasons import DEFAULT_REASON_CODES

#: Tried from top to bottom: what became of the goods ("thrown away") says more than why ("mouldy"), and both say more
#: than where they stood ("display"). A channel named alone comes last: it tells who took the goods, not why.
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (code, re.compile(pattern, re.IGNORECASE))
    for code, pattern in (
        ("waste", r"throw|destroy|dispos|scrapp|\bexpired\b|out of date"),
        (
            "damaged",
            r"da[mg]a[mg]e|broke|\bcrack|smash|crush|faulty|\bwet\b|rust|mould|unsale?able|can'?t sell"
            r"|smudge|stain|\btorn\b|leak|\bdirty\b",
        ),
        ("theft", r"theft|stolen|shoplift"),
        ("lost", r"\blost\b|missing|\bmia\b|(can'?t|cannot|not) (be )?f[io](u)?nd"),
        ("found", r"\bfound\b|put aside|turned up"),
        ("returned", r"\breturn"),
        ("received", r"\brcvd\b|\breceived\b|\bcargo\b|\bdelivery\b"),
        ("sample", r"\bsamples?\b|\bdisplay\b|\bshowroom\b"),
        ("promotion", r"\bgiv(en|e) ?-?away|mail ?out|\bpromo|donat"),
        ("quality_hold", r"quarantine|\bon hold\b"),
        ("cycle_count", r"\bcheck|\bcount|stock ?tak"),
        (
            "correction",
            r"wrong|incorrect|barcode|\blabel|mix(ed)? ?up|\bcoded?\b|\bsold\b|adjust|revers|\berror\b|oops|\bfix"
            r"|credit|\btest\b",
        ),
        ("other", r"amazon|dotcom|ebay|website|\bonline\b"),
    )
)

_CODES = MappingProxyType({reason.code: reason for reason in DEFAULT_REASON_CODES})


def reason_of(words: str, quantity: int) -> str:
    """The reason code for a change of `quantity` units (signed, not 0) that someone explained with `words`.

    No words, or only question marks: `correction`. A code that cannot stand for a change in this direction ("damages"
    that raise stock): `correction`. Words nobody foresaw: `found` where stock rises; where it falls `other`, whose note
    the words are.
    """
    if not re.search(r"\w", words):
        return "correction"
    code = next((code for code, pattern in _RULES if pattern.search(words)), "found" if quantity > 0 else "other")
    return "correction" if _CODES[code].refuses(quantity, words) else code
