"""What is wrong with requests about adjustments that wait, and with many corrections at once."""

from tests.contract.requests import BAD_TEXTS, VERDICTS, Case, with_

DECISIONS = (*VERDICTS, "cancelAdjustment")


def cases() -> list[Case]:
    several = "adjustStockBatch"
    texts = [
        Case(name, "INVALID_INPUT", slot, with_(**{slot: BAD_TEXTS[what]}), what=what)
        for name in (*DECISIONS, several)
        for slot in ("idempotencyKey", "note")
        for what in ("NUL", "control", "too long")
        if (name, slot) != (several, "note")
    ]
    unknown = [Case(name, "NOT_FOUND", "adjustmentId", with_(adjustmentId="rubbish")) for name in DECISIONS]
    return [
        *texts,
        *unknown,
        Case(several, "INVALID_INPUT", "lines", with_(lines=[]), what="none"),
    ]
