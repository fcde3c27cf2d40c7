"""What a replay came to, in numbers and as the text that is printed at its end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.refusals import RefusalCode
from server.replay.survey import COST_SHARE, Survey

HOTTEST = 10


@dataclass(slots=True)
class Summary:
    """`changes` are movements that took effect, or had in an earlier run, `new_changes` those of this one; units are
    pieces."""

    orders: int = 0
    order_lines: int = 0
    lines_served: int = 0
    units_served: int = 0
    returns: int = 0
    returns_of_nothing: int = 0
    adjustments: int = 0
    receipts: int = 0
    changes: int = 0
    new_changes: int = 0
    refused: Counter[tuple[str, RefusalCode]] = field(default_factory=Counter[tuple[str, RefusalCode]])
    hot: Counter[str] = field(default_factory=Counter[str])
    hot_units: Counter[str] = field(default_factory=Counter[str])

    def refuse(self, what: str, code: RefusalCode) -> None:
        """One line that was not carried out; `what` says of which kind: order, return, adjustment, receipt."""
        self.refused[what, code] += 1

    def served(self, sku: str, quantity: int) -> None:
        self.lines_served += 1
        self.units_served += quantity
        self.hot[sku] += 1
        self.hot_units[sku] += quantity

    def text(self, survey: Survey, seconds: float, violations: Sequence[str]) -> str:
        """The report. Without violations the invariants hold."""
        hottest = [
            f"  {sku:<10} {lines:>7,} lines {self.hot_units[sku]:>9,} units  {survey.skus[sku].name}"
            for sku, lines in sorted(self.hot.items(), key=self._heat)[:HOTTEST]
        ]
        return "\n".join(
            [
                f"Orders       {self.orders:,} with {self.order_lines:,} lines: {self.lines_served:,} served "
                f"({self.units_served:,} units), {self._refused_lines('order')}",
                f"Returns      {self.returns:,} lines, {self._refused_lines('return')}; "
                f"{self.returns_of_nothing:,} more undid lines that had not been served",
                f"Adjustments  {self.adjustments:,}, {self._refused_lines('adjustment')}",
                f"Receipts     {self.receipts:,} lines, {self._refused_lines('receipt')}; "
                f"an item costs {COST_SHARE:.0%} of the first price it was sold at",
                f"Left aside   {_aside(survey)}",
                f"Speed        {self._speed(seconds)}",
                f"The {len(hottest)} hottest SKUs, by order lines served:",
                *hottest,
                *(_verdict(violations)),
            ]
        )

    def _heat(self, served: tuple[str, int]) -> tuple[int, int, str]:
        """Sorts the hottest first, the same way in every run."""
        sku, lines = served
        return -lines, -self.hot_units[sku], sku

    def _speed(self, seconds: float) -> str:
        """What this run changed; what an earlier one had done was only looked up, and is no speed."""
        rate = self.new_changes / max(seconds, 0.001)
        told = f"{self.new_changes:,} new changes in {seconds:,.1f} s: {rate:,.0f} a second"
        repeated = self.changes - self.new_changes
        return f"{told}; {repeated:,} more were made by an earlier run" if repeated else told

    def _refused_lines(self, what: str) -> str:
        reasons = {code: count for (kind, code), count in self.refused.items() if kind == what}
        if not reasons:
            return "none refused"
        named = ", ".join(f"{count:,} {code.value}" for code, count in sorted(reasons.items()))
        return f"{sum(reasons.values()):,} refused ({named})"


def _aside(survey: Survey) -> str:
    tally = survey.tally
    skipped = ", ".join(f"{code} {count:,}" for code, count in tally.skipped.most_common())
    lines = [f"{sum(tally.skipped.values()):,} rows of codes that are no goods" + (f" ({skipped})" if skipped else "")]
    if tally.malformed:
        lines.append(f"{tally.malformed:,} malformed rows: {'; '.join(tally.problems)}")
    return "; ".join(lines)


def _verdict(violations: Sequence[str]) -> list[str]:
    if not violations:
        return ["Invariants   I1 (ledger sums are the balances) and I2 (nothing below zero) hold, checked by SQL"]
    return ["Invariants   VIOLATED:", *(f"  {violation}" for violation in violations)]
