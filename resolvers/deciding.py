"""Deciding a command that changes no stock, for the caller of the root field that is being resolved."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from domain.access import Caller
from domain.texts import storable
from resolvers.admission import admitted
from schema.context import Info
from services.decisions import Decision
from services.ports import Ids, UnitOfWork

C = TypeVar("C")
Decide = Callable[[C, Caller, UnitOfWork, Ids], Awaitable[Decision]]


async def decided(info: Info, decide: Decide[C], command: C) -> Decision:
    context = admitted(info)
    context.forget()
    return await decide(command, context.acting, context.units, context.ids)


def with_subject(decision: Decision, named: str) -> Decision:
    """What was refused before it was looked for is shown too, where it exists."""
    return replace(decision, subject=named) if decision.subject is None and storable(named) else decision
