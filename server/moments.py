"""Moments as people write them on the command line."""

from datetime import UTC, datetime


def moment(option: str, text: str) -> datetime:
    """A date and time; in UTC where it does not say. Raises ValueError, which names the option."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{option} must be a time such as 2026-12-31T18:00:00Z, not {text!r}.") from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)
