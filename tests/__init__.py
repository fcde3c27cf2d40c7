"""What the product promises, as sentences that run.

Whoever runs them finds domain values frozen in earnest: the product's are frozen to the type checker alone
(`domain.value`), and a line that changes one fails here.
"""

from dataclasses import dataclass

from domain import value

value.value = dataclass(frozen=True, slots=True)  # pyright: ignore[reportAttributeAccessIssue]
