"""Claims: what issuers write, read as our callers by names and pointers that settings give."""

from dataclasses import replace
from typing import Any

import pytest

from domain.access import Role
from domain.identity import tenant_id
from server.claims import ClaimNames, parse_role_names
from server.environment import SettingsError
from server.settings import Settings
from services.identity import Unauthenticated

OURS = {"tenant": "acme", "sub": "jo", "roles": ["manager"]}
#: As Keycloak writes them, with roles of the realm and a claim of its own for the tenant.
THEIRS = {"org": {"slug/name": "acme"}, "email": "jo@acme.test", "realm_access": {"roles": ["leads", "admin", "stock"]}}


def names(**variables: str) -> ClaimNames:
    return Settings.from_environment(variables).claim_names


def test_claims_by_our_names_need_no_settings() -> None:
    caller = names().caller(OURS)
    assert (caller.tenant, caller.tenant_slug, caller.subject) == (tenant_id("acme"), "acme", "jo")
    assert caller.roles == {Role.MANAGER}


@pytest.mark.parametrize("subject", ["stockcast:expiry", "Stockcast:watch", "stockcast:"])
def test_nobody_is_called_as_our_own_workers_are(subject: str) -> None:
    with pytest.raises(Unauthenticated, match="our own workers"):
        names().caller(OURS | {"sub": subject})
    assert names().caller(OURS | {"sub": "stockcast"}).subject == "stockcast"


def test_pointers_lead_into_claims_and_an_issuers_roles_mean_what_is_said() -> None:
    read = names(
        TENANT_CLAIM="/org/slug~1name",
        SUBJECT_CLAIM="email",
        ROLES_CLAIM="/realm_access/roles",
        ROLE_NAMES="leads=manager|approver, stock=analyst",
    )
    caller = read.caller(THEIRS)
    assert (caller.tenant_slug, caller.subject) == ("acme", "jo@acme.test")
    assert caller.roles == {Role.MANAGER, Role.APPROVER, Role.ANALYST}, "its admin is not ours"


def test_a_claim_may_be_named_by_an_address() -> None:
    claims = OURS | {"https://shop.test/roles": ["analyst"]}
    assert names(ROLES_CLAIM="https://shop.test/roles").caller(claims).roles == {Role.ANALYST}


@pytest.mark.parametrize("scope", ["openid stock:read", ["openid", "stock:read"]])
def test_scopes_grant_what_is_said_of_them_and_may_stand_alone(scope: object) -> None:
    read = names(SCOPE_ROLES="stock:read=analyst, orders=system")
    assert read.caller({"tenant": "acme", "sub": "service", "scope": scope}).roles == {Role.ANALYST}
    assert read.caller(OURS | {"scope": "orders"}).roles == {Role.MANAGER, Role.SYSTEM}


def test_a_scope_that_is_called_like_a_role_grants_nothing() -> None:
    assert names().caller(OURS | {"scope": "admin"}).roles == {Role.MANAGER}
    assert names(SCOPE_ROLES="x=analyst").caller(OURS | {"scope": "admin"}).roles == {Role.MANAGER}


def test_scopes_that_mean_nothing_are_not_looked_at() -> None:
    odd = OURS | {"scope": {"of": "another kind"}}
    assert names().caller(odd).roles == {Role.MANAGER}
    with pytest.raises(Unauthenticated, match="`scope` is malformed"):
        names(SCOPE_ROLES="x=analyst").caller(odd)


def test_a_vendor_under_an_issuers_own_names_still_needs_its_code() -> None:
    read = names(ROLE_NAMES="suppliers=vendor", VENDOR_CLAIM="/org/supplier")
    claims: dict[str, Any] = {"tenant": "acme", "sub": "jo", "roles": ["suppliers"]}
    with pytest.raises(Unauthenticated, match="lacks the claim `/org/supplier`"):
        read.caller(claims)
    assert read.caller(claims | {"org": {"supplier": "Tarnside"}}).scope.vendor == "Tarnside"


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"roles": "manager"}, "`roles` is malformed"),
        ({"roles": {"manager": True}}, "`roles` is malformed"),
        ({"roles": ["x"] * 257}, "`roles` is malformed"),
        ({"roles": None}, "lacks the claim `roles`"),
        ({"tenant": {"slug": "acme"}}, "`tenant` is malformed"),
        ({"tenant": None}, "lacks the claim `tenant`"),
        ({"sub": "x" * 201}, "`sub` is malformed"),
        ({"vendor": ["a"]}, "`vendor` is malformed"),
    ],
)
def test_a_claim_of_another_shape_is_named(claims: dict[str, Any], told: str) -> None:
    with pytest.raises(Unauthenticated, match=told):
        names().caller(OURS | claims)


@pytest.mark.parametrize("value", ["manager", "x=king", "x=", "=manager", "x=manager|", "x=manager|king"])
@pytest.mark.parametrize("variable", ["ROLE_NAMES", "SCOPE_ROLES"])
def test_a_mapping_that_says_nothing_is_refused_with_the_roles_there_are(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable} must be name=role pairs.*approver"):
        Settings.from_environment({variable: value})


@pytest.mark.parametrize("value", ["/", "/a/~2", "/a~", "/~/a", "a\nb", "x" * 201])
def test_a_claims_name_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="TENANT_CLAIM must be a claim's name"):
        Settings.from_environment({"TENANT_CLAIM": value})


def test_blanks_and_equal_signs_belong_to_an_issuers_name() -> None:
    assert parse_role_names("Stock Managers = manager, a=b=analyst") == (
        ("Stock Managers", frozenset({Role.MANAGER})),
        ("a=b", frozenset({Role.ANALYST})),
    )


@pytest.mark.parametrize(
    "variables",
    [{}, {"TENANT_CLAIM": "/a/b", "ROLES_CLAIM": "/a/c", "VENDOR_CLAIM": "/v", "ROLE_NAMES": "s=vendor, m=manager"}],
)
def test_what_is_written_is_read_as_the_same(variables: dict[str, str]) -> None:
    both = names(**variables)
    assert both.caller(both.written("acme", "jo", Role.MANAGER, None)).roles == {Role.MANAGER}
    assert both.caller(both.written("acme", "jo", Role.VENDOR, "Tarnside")).vendor == "Tarnside"


def test_a_role_without_a_name_cannot_be_written() -> None:
    mapped = replace(names(), role_names=dict(parse_role_names("m=manager|approver")))
    with pytest.raises(SettingsError, match="ROLE_NAMES has no name that stands for manager alone"):
        mapped.written("acme", "jo", Role.MANAGER, None)
