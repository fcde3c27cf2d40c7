"""What a replay came to, in numbers and as the text that is printed at its end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.refusals import RefusalCode
from server.replay.survey import COST_SHARE, Survey

HOTTEST = 10
#: What follows upon a reservation.
STEPS = ("payment", "shipment", "release")


@dataclass(slots=True)
class Summary:
    """`changes` are movements that took effect, or had in an earlier run, `new_changes` those of this one; `new_lives`
    are reservations that were made, confirmed and shipped by this run. Units are pieces."""

    orders: int = 0
    order_lines: int = 0
    lines_served: int = 0
    lines_short: int = 0
    units_served: int = 0
    reservations: int = 0
    reservations_short: int = 0
    shipments: int = 0
    lines_released: int = 0
    returns: int = 0
    returns_of_nothing: int = 0
    adjustments: int = 0
    receipts: int = 0
    changes: int = 0
    new_changes: int = 0
    new_lives: int = 0
    refused: Counter[tuple[str, RefusalCode]] = field(default_factory=Counter[tuple[str, RefusalCode]])
    hot: Counter[str] = field(default_factory=Counter[str])
    hot_units: Counter[str] = field(default_factory=Counter[str])

    def refuse(self, what: str, code: RefusalCode) -> None:
        """One thing that was not carried out; `what` says of which kind: a line of an order, of a return or of a
        receipt, an adjustment; a reservation or a step of one."""
        self.refused[what, code] += 1

    def sold(self, sku: str, wanted: int, held: int, code: RefusalCode) -> None:
        """One line of an order; `code` tells why nothing of it was held."""
        self.order_lines += 1
        if not held:
            self.refuse("order", code)
            return
        self.lines_served += 1
        self.lines_short += held < wanted
        self.units_served += held
        self.hot[sku] += 1
        self.hot_units[sku] += held

    def reserved(self, lines: int, *, short: bool) -> None:
        """A reservation was made that holds so many lines."""
        self.reservations += 1
        self.reservations_short += short
        self.changes += lines

    def shipped(self, lines: int) -> None:
        """What a reservation held has left: so many lines."""
        self.shipments += 1
        self.changes += lines

    def released(self, lines: int) -> None:
        """So many lines were called off before they left."""
        self.lines_released += lines
        self.changes += lines

    def text(self, survey: Survey, seconds: float, violations: Sequence[str]) -> str:
        """The report. Without violations the invariants hold."""
        hottest = [
            f"  {sku:<10} {lines:>7,} lines {self.hot_units[sku]:>9,} units  {survey.skus[sku].name}"
            for sku, lines in sorted(self.hot.items(), key=self._heat)[:HOTTEST]
        ]
        return "\n".join(
            [
                f"Orders       {self.orders:,} with {self.order_lines:,} lines: {self.lines_served:,} served "
                f"({self.units_served:,} units), {self.lines_short:,} of them in part; {self._refused('order')}",
                f"Reservations {self.reservations:,} made, {self.reservations_short:,} of them short; "
                f"{self._refused('reservation')}; {self.shipments:,} shipped{self._steps_refused()}",
                f"Returns      {self.returns:,} lines, {self._refused('return')}; {self.lines_released:,} more were "
                f"called off in time and released, {self.returns_of_nothing:,} undid what had not been served",
                f"Adjustments  {self.adjustments:,}, {self._refused('adjustment')}",
                f"Receipts     {self.receipts:,} lines, {self._refused('receipt')}; "
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
        told = (
            f"{self.new_changes:,} new changes in {seconds:,.1f} s: {_rate(self.new_changes, seconds)} a second; "
            f"in them {self.new_lives:,} new reservations made, confirmed and shipped whole: "
            f"{_rate(self.new_lives, seconds)} a second"
        )
        repeated = self.changes - self.new_changes
        return f"{told}; {repeated:,} more changes were made by an earlier run" if repeated else told

    def _steps_refused(self) -> str:
        """Nothing, unless somebody else was at the reservations too."""
        refused = [f"{step}s: {self._refused(step)}" for step in STEPS if any(kind == step for kind, _ in self.refused)]
        return "".join(f"; {each}" for each in refused)

    def _refused(self, what: str) -> str:
        reasons = {code: count for (kind, code), count in self.refused.items() if kind == what}
        if not reasons:
            return "none refused"
        named = ", ".join(f"{count:,} {code.value}" for code, count in sorted(reasons.items()))
        return f"{sum(reasons.values()):,} refused ({named})"


_SOUND = (
    "Invariants   hold, checked by SQL: the ledger's sums are the balances, what reservations hold is what is "
    "allocated, nothing lies below zero, each reservation is as its lines are"
)


def _rate(things: int, seconds: float) -> str:
    return f"{things / max(seconds, 0.001):,.0f}"


def _aside(survey: Survey) -> str:
    tally = survey.tally
    skipped = ", ".join(f"{code} {count:,}" for code, count in tally.skipped.most_common())
    lines = [f"{sum(tally.skipped.values()):,} rows of codes that are no goods" + (f" ({skipped})" if skipped else "")]
    if tally.malformed:
        lines.append(f"{tally.malformed:,} malformed rows: {'; '.join(tally.problems)}")
    return "; ".join(lines)


def _verdict(violations: Sequence[str]) -> list[str]:
    if not violations:
        return [_SOUND]
    return ["Invariants   VIOLATED:", *(f"  {violation}" for violation in violations)]
