"""Inputs about reports: of what."""

import strawberry

from schema.fields import given, optional
from schema.inputs.texts import texts
from services.insight_ports import ReportFilter as ReportsWanted


@strawberry.input(
    description="Of what a report is. Every field that is sent must match; a list matches any of its entries, an empty "
    "list matches nothing. At most 1,000 entries a list; a name that nothing bears is refused, since a report of "
    "nothing would look like one of stock that is not there. Items count by the category and vendor that they have now."
)
class ReportFilter:
    skus: list[str] | None = optional("Of these SKUs.")
    locations: list[str] | None = optional("At the locations of these codes.")
    categories: list[str] | None = optional("Of items in these categories.")
    vendors: list[str] | None = optional("Of items of these vendors.")

    def wanted(self) -> ReportsWanted:
        return ReportsWanted(
            skus=texts("filter.skus", given(self.skus)),
            locations=texts("filter.locations", given(self.locations)),
            categories=texts("filter.categories", given(self.categories)),
            vendors=texts("filter.vendors", given(self.vendors)),
        )
