"""Shares: what each subject has under way at this process, bounded: operations, and groups of streams told the same.

A change is executed and encoded once for each group that it concerns, so that whoever watches in thousands of ways
holds up the process with each change; and every operation holds memory, whatever it asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from domain.access import Caller
from subscriptions import metrics
from subscriptions.wire.not_started import NotStarted

#: Two for each socket that a subject may have.
OPERATIONS = 4_000
#: A service whose clients each watch things of their own needs many; a page needs a few.
GROUPS = 1_000

NO_OPERATION = (
    "Your subject has {} operations open here, as many as OPERATIONS_A_SUBJECT allows: complete some, or come later."
)
NO_GROUP = (
    "Your subject watches in {} different ways here, as many as GROUPS_A_SUBJECT allows: complete some streams, or "
    "watch with a selection and a filter that another of yours has."
)

_Subject: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class _Share:
    operations: int = 0
    #: How many streams are in each group.
    groups: Counter[Hashable] = field(default_factory=Counter[Hashable])


class Shares:
    """So many operations for each subject of a tenant, over all its sockets and event streams, and so many groups."""

    def __init__(self, operations_max: int = OPERATIONS, groups_max: int = GROUPS) -> None:
        self._operations_max = operations_max
        self._groups_max = groups_max
        self._shares: dict[_Subject, _Share] = {}

    @contextmanager
    def operation(self, caller: Caller) -> Iterator[None]:
        """While it is open. Raises NotStarted, and nothing is taken, where the subject has too many."""
        subject = (caller.tenant_slug, caller.subject)
        share = self._shares.get(subject)
        if share is None:
            share = self._shares[subject] = _Share()
        elif share.operations >= self._operations_max:
            raise _too_many("operations", NO_OPERATION, self._operations_max)
        share.operations += 1
        try:
            yield
        finally:
            share.operations -= 1
            if not share.operations:
                del self._shares[subject]

    @contextmanager
    def group(self, caller: Caller, group: Hashable) -> Iterator[None]:
        """While an operation's stream is in this group. Raises NotStarted, and nothing is taken, where it were one more
        of the subject's than it may have."""
        groups = self._shares[caller.tenant_slug, caller.subject].groups
        if group not in groups and len(groups) >= self._groups_max:
            raise _too_many("groups", NO_GROUP, self._groups_max)
        groups[group] += 1
        try:
            yield
        finally:
            groups[group] -= 1
            if not groups[group]:
                del groups[group]


def _too_many(what: str, message: str, most: int) -> NotStarted:
    metrics.OPERATIONS_REFUSED.labels(what).inc()
    extensions: dict[str, Any] = {"code": "LIMIT_EXCEEDED", "limit": most}
    return NotStarted([{"message": message.format(most), "extensions": extensions}])
