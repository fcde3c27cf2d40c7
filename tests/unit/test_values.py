"""Domain values: nobody changes one."""

from dataclasses import FrozenInstanceError, fields

import pytest

from domain.ledger import Quantities


def test_a_value_is_not_changed_by_whoever_holds_it() -> None:
    quantities = Quantities()
    with pytest.raises(FrozenInstanceError):
        setattr(quantities, fields(quantities)[0].name, 5)
