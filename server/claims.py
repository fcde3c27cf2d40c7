"""Claims: how what an issuer writes into its tokens is read as one of our callers, and the same the other way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.access import Caller, Role, roles_named
from domain.identity import tenant_id
from domain.texts import CODE_LENGTH_MAX, invalid_identifier
from server.environment import SettingsError
from services.identity import Unauthenticated

#: Issuers that name groups name many.
ROLES_MAX = 256
SUBJECT_LENGTH_MAX = 200
TOKEN_ID_LENGTH_MAX = 200

RoleNames = Mapping[str, frozenset[Role]]

#: RFC 6901, but for the pointer to an empty name: `~` stands only in `~0` and `~1`.
_POINTER = re.compile(r"/([^~]|~[01])+")

#: What workers' names begin with in ledger and audit log.
OURS = "stockcast:"


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Where things stand in a token: a claim's name, or a JSON pointer into one such as `/realm_access/roles`.

    `role_names` are the issuer's own names of our roles; without any, its names are ours. A scope grants only what
    `scope_roles` says.
    """

    tenant: str = "tenant"
    subject: str = "sub"
    roles: str = "roles"
    scopes: str = "scope"
    vendor: str = "vendor"
    role_names: RoleNames = field(default_factory=dict[str, frozenset[Role]])
    scope_roles: RoleNames = field(default_factory=dict[str, frozenset[Role]])

    def caller(self, claims: Mapping[str, Any]) -> Caller:
        """Who the claims speak of; names that are not known grant nothing. Raises Unauthenticated, naming the claim."""
        tenant = _identifier(claims, self.tenant, CODE_LENGTH_MAX)
        subject = _identifier(claims, self.subject, SUBJECT_LENGTH_MAX)
        if subject.casefold().startswith(OURS):
            raise _malformed(self.subject, f"somebody's name, and what begins with '{OURS}' names our own workers")
        roles = self._granted(claims)
        vendor = None
        if Role.VENDOR in roles or found(claims, self.vendor) is not None:
            vendor = _identifier(claims, self.vendor, CODE_LENGTH_MAX)
        return Caller(tenant_id(tenant), tenant, subject, roles, vendor)

    def _granted(self, claims: Mapping[str, Any]) -> frozenset[Role]:
        scopes = _names(claims, self.scopes, found(claims, self.scopes)) if self.scope_roles else ()
        roles = found(claims, self.roles)
        if roles is None and not self.scope_roles:
            raise _lacks(self.roles)
        if roles is not None and not isinstance(roles, list):
            raise _malformed(self.roles, _LIST)
        names = _names(claims, self.roles, roles)
        own = _mapped(names, self.role_names) if self.role_names else roles_named(names)
        return own | _mapped(scopes, self.scope_roles)

    def written(self, tenant: str, subject: str, role: Role, vendor: str | None) -> dict[str, Any]:
        """Claims that are read as this caller. Raises SettingsError where no name stands for the role."""
        names = [role.value]
        if self.role_names:
            names = [name for name, roles in self.role_names.items() if roles == {role}][:1]
        if not names:
            raise SettingsError(f"ROLE_NAMES has no name that stands for {role} alone: add one, such as {role}={role}.")
        claims: dict[str, Any] = {}
        given = {self.tenant: tenant, self.subject: subject, self.roles: names, self.vendor: vendor}
        for name, value in given.items():
            if value is not None:
                _write(claims, _path(name), value)
        return claims


def found(claims: Mapping[str, Any], name: str) -> Any:
    """What stands at a name or pointer; None where nothing does."""
    value: Any = claims
    for step in _path(name):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _path(name: str) -> list[str]:
    """RFC 6901, without the indexes of lists."""
    if not name.startswith("/"):
        return [name]
    return [step.replace("~1", "/").replace("~0", "~") for step in name[1:].split("/")]


def _write(claims: dict[str, Any], path: list[str], value: object) -> None:
    for step in path[:-1]:
        claims = claims.setdefault(step, {})
    claims[path[-1]] = value


_LIST = f"a list of at most {ROLES_MAX} texts"


def _names(claims: Mapping[str, Any], name: str, given: Any) -> list[str]:
    """Those of a list, or of a text between spaces, as OAuth writes scopes."""
    names = given.split() if isinstance(given, str) else [] if given is None else given
    if not isinstance(names, list) or len(names) > ROLES_MAX or not all(isinstance(each, str) for each in names):
        raise _malformed(name, _LIST)
    return names


def _mapped(names: Iterable[str], roles: RoleNames) -> frozenset[Role]:
    return frozenset(role for name in names for role in roles.get(name, ()))


def _identifier(claims: Mapping[str, Any], name: str, length_max: int) -> str:
    value = found(claims, name)
    if value is None:
        raise _lacks(name)
    if not isinstance(value, str) or invalid_identifier(name, value, length_max):
        raise _malformed(name, f"a text of 1 to {length_max} printable characters")
    return value


def token_id_of(claims: Mapping[str, Any]) -> str | None:
    """The claim `jti`, by which a token can be revoked. Raises Unauthenticated where it is none."""
    return None if claims.get("jti") is None else _identifier(claims, "jti", TOKEN_ID_LENGTH_MAX)


def _lacks(claim: str) -> Unauthenticated:
    return Unauthenticated(f"The token lacks the claim `{claim}`: get one that has it.")


def _malformed(claim: str, wanted: str) -> Unauthenticated:
    return Unauthenticated(f"The token's claim `{claim}` is malformed: it must be {wanted}.")


def parse_claim(text: str) -> str:
    """A claim's name, or a JSON pointer. Raises ValueError, as a sentence behind the variable's name."""
    no_pointer = text.startswith("/") and not _POINTER.fullmatch(text)
    if not text.isprintable() or len(text) > 200 or text != text.strip() or no_pointer:
        raise ValueError(f"must be a claim's name, or a JSON pointer such as /realm_access/roles, not {text!r}")
    return text


def parse_role_names(text: str) -> tuple[tuple[str, frozenset[Role]], ...]:
    """`name=role|role, name=role`: the issuer's name, then ours. Raises ValueError like `parse_claim`."""
    return tuple(_pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, frozenset[Role]]]:
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, ours = (side.strip() for side in part.rpartition("="))
        roles = [role.strip() for role in ours.split("|")]
        if not name or len(roles_named(roles)) != len(set(roles)):
            known = ", ".join(sorted(Role))
            raise ValueError(f"must be name=role pairs apart by commas, with roles of {known} apart by |, not {part!r}")
        yield name, roles_named(roles)
