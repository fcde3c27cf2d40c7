"""Admission: who may call a root field, and narrow it by whom."""

from domain.access import OPERATIONS, Role
from schema.context import Context, Info
from schema.errors import forbidden


def admitted(info: Info) -> Context:
    """The operation's context, if its caller may call the root field that is being resolved."""
    context = info.context
    operation = info.field_name
    if not context.signed_in.may(operation):
        raise forbidden(operation, OPERATIONS[operation])
    return context


def check_may_name(actor: str | None, field: str, context: Context) -> None:
    """Raises FORBIDDEN where a list is narrowed by a subject whom the viewer may not see."""
    if actor is not None and not context.signed_in.may_name(actor):
        raise forbidden(f"{field} other than yourself", set(Role) - {Role.VENDOR})
