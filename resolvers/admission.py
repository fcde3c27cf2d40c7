"""Admission: who may call a root field."""

from domain.access import OPERATIONS
from schema.context import Context, Info
from schema.errors import forbidden


def admitted(info: Info) -> Context:
    """The operation's context, if its caller may call the root field that is being resolved."""
    context = info.context
    operation = info.field_name
    if not context.signed_in.may(operation):
        raise forbidden(operation, OPERATIONS[operation])
    return context
