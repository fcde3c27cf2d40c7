"""A first pass over the sales file: what must be known before the first order can be served."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from server.replay.documents import Adjustment, Cancellation, Document, Line, Order, documents
from server.replay.rows import Tally, digest, read

#: The file knows no costs: an item is taken to cost 60% of the first price it was sold at.
COST_SHARE = Decimal("0.60")
#: The weeks that the opening receipts must serve.
OPENING_DAYS = 21
_NAMES_KEPT = 8


@dataclass(slots=True)
class SkuSurvey:
    """What the file tells of one SKU. Units are pieces, money is GBP; `first_price` is None for what was never sold.

    `demand` is units ordered, `opening_demand` those of the first weeks; `written_off` and `opening_written_off` are
    the units that adjustments take away.
    """

    sku: str
    first_price: Decimal | None = None
    demand: int = 0
    opening_demand: int = 0
    written_off: int = 0
    opening_written_off: int = 0
    names: Counter[str] = field(default_factory=Counter[str])

    @property
    def name(self) -> str:
        """The description it was sold under most often, the earliest of equals; the SKU where it never had one."""
        return max(self.names, key=lambda name: self.names[name], default=self.sku)

    @property
    def unit_cost(self) -> Decimal | None:
        """60% of the first price, rounded half up to pence."""
        if self.first_price is None:
            return None
        return (self.first_price * COST_SHARE).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def opening_need(self) -> int:
        """Units that must lie on the shelf at the start so that the first weeks can be served."""
        return self.opening_demand + self.opening_written_off


@dataclass(slots=True)
class Survey:
    """The file in numbers; memory grows with its SKUs alone. `first_at`, `last_at`: of the documents; None if none.
    `digest` tells it from other files."""

    skus: dict[str, SkuSurvey] = field(default_factory=dict[str, SkuSurvey])
    orders: int = 0
    order_lines: int = 0
    cancellations: int = 0
    cancellation_lines: int = 0
    adjustments: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    tally: Tally = field(default_factory=Tally)
    digest: str = ""

    @property
    def documents(self) -> int:
        return self.orders + self.cancellations + self.adjustments

    def add(self, document: Document, opening_days: int) -> None:
        self.first_at = self.first_at or document.at
        self.last_at = max(self.last_at or document.at, document.at)
        opening = document.at < self.first_at + timedelta(days=opening_days)
        match document:
            case Order():
                self.orders += 1
                self.order_lines += len(document.lines)
                for line in document.lines:
                    self._sold(line, opening)
            case Cancellation():
                self.cancellations += 1
                self.cancellation_lines += len(document.lines)
                for line in document.lines:
                    self._described(line)
            case Adjustment():
                self.adjustments += 1
                self._adjusted(document, opening)

    def _sku(self, sku: str) -> SkuSurvey:
        return self.skus.setdefault(sku, SkuSurvey(sku))

    def _sold(self, line: Line, opening: bool) -> None:
        item = self._described(line)
        item.demand += line.quantity
        item.opening_demand += line.quantity if opening else 0

    def _described(self, line: Line) -> SkuSurvey:
        item = self._sku(line.sku)
        item.first_price = item.first_price or line.unit_price or None
        if line.description and (line.description in item.names or len(item.names) < _NAMES_KEPT):
            item.names[line.description] += 1
        return item

    def _adjusted(self, adjustment: Adjustment, opening: bool) -> None:
        item = self._sku(adjustment.sku)
        lost = max(0, -adjustment.quantity)
        item.written_off += lost
        item.opening_written_off += lost if opening else 0


def survey(path: Path | str | None, opening_days: int = OPENING_DAYS) -> Survey:
    """Read the whole file once. Raises RetailFileError as `read` does."""
    result = Survey()
    for document in documents(read(path, result.tally), result.tally):
        result.add(document, opening_days)
    result.digest = digest(path)
    return result
