"""Operators: who works on the command line, as the audit log names them."""

from __future__ import annotations

import getpass
import os

from domain.access import Caller
from domain.identity import tenant_id
from server.ids import new_id
from server.revocations import ANY_TENANT
from services.audit import AuditEntry, entry_of


def operator(tenant: str | None) -> Caller:
    """Whoever is logged in here, acting for a tenant or, without, for none; no role, for no role is asked for."""
    id_ = tenant_id(tenant) if tenant else ANY_TENANT
    return Caller(id_, tenant or "", f"{_login()} (command line)", frozenset())


def done(tenant: str | None, action: str, subject_type: str, subject: str, **detail: object) -> AuditEntry:
    """What they do, for the audit log."""
    return entry_of(new_id(), operator(tenant), action, subject_type, subject, **detail)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as containers have them
        return f"user {os.getuid()}"
