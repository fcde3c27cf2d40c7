"""Who is shown what: names of those who changed stock, and which callers are shown the same."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain.access import Caller, Role

ANN = Caller(UUID(int=1), "acme", "ann@peak", frozenset({Role.VENDOR}), "Peak")
BOB = replace(ANN, subject="bob@peak")


def test_a_vendor_is_shown_its_own_name_alone() -> None:
    assert ANN.may_name("ann@peak")
    assert not ANN.may_name("bob@peak")


@pytest.mark.parametrize("role", set(Role) - {Role.VENDOR})
def test_a_tenants_own_people_are_shown_every_name_though_they_are_a_vendor_too(role: Role) -> None:
    assert replace(ANN, roles=frozenset({role})).may_name("bob@peak")
    assert replace(ANN, roles=frozenset({role, Role.VENDOR})).may_name("bob@peak")


def test_two_people_of_one_vendor_are_not_shown_the_same_and_two_managers_are() -> None:
    assert ANN.sight != BOB.sight
    managers = [replace(each, roles=frozenset({Role.MANAGER})) for each in (ANN, BOB)]
    assert managers[0].sight == managers[1].sight
    assert managers[0].sight != replace(managers[0], tenant=UUID(int=2)).sight
