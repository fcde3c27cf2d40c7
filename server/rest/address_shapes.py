"""Shapes of what stands in an address, where everything is text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

from schema.scalars import read_date, read_date_time
from server.rest.shapes import Misfit, Schema

_DIGITS = re.compile(r"-?\d{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Digits:
    """A whole number within bounds, which are held."""

    least: int
    most: int
    default: int

    @property
    def wanted(self) -> str:
        return f"a whole number from {self.least} to {self.most}"

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most, "default": self.default}

    def read(self, value: Any, at: str, misfits: list[Misfit]) -> Any:
        number = int(value) if _DIGITS.fullmatch(value) else None
        if number is not None and self.least <= number <= self.most:
            return number
        misfits.append(Misfit(at, f"{at} must be {self.wanted}."))
        return None


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment, in any offset that it names."""

    wanted: str = "a moment in RFC 3339 with an offset, like 2024-05-31T18:30:00Z; a + is written %2B"

    def schema(self) -> Schema:
        return {"type": "string", "format": "date-time"}

    def read(self, value: Any, at: str, misfits: list[Misfit]) -> Any:
        try:
            return read_date_time(value)
        except GraphQLError:
            misfits.append(Misfit(at, f"{at} must be {self.wanted}."))
            return None


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar."""

    wanted: str = "a day as year, month and day, like 2024-05-31"

    def schema(self) -> Schema:
        return {"type": "string", "format": "date"}

    def read(self, value: Any, at: str, misfits: list[Misfit]) -> Any:
        try:
            return read_date(value)
        except GraphQLError:
            misfits.append(Misfit(at, f"{at} must be {self.wanted}."))
            return None
