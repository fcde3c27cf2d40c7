"""Shares: what each subject has under way at this process, bounded: operations, and groups of streams told the same.

A change is executed and encoded once for each group that it concerns, so that whoever watches in thousands of ways
holds up the process with each change; and every operation holds memory, whatever it asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
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


class Shares:
    """So many operations for each subject of a tenant, over all its sockets and event streams, and so many groups."""

    def __init__(self, operations_max: int = OPERATIONS, groups_max: int = GROUPS) -> None:
        self._operations_max = operations_max
        self._groups_max = groups_max
        self._operations: Counter[_Subject] = Counter()
        self._groups: Counter[_Subject] = Counter()
        self._streams: Counter[tuple[_Subject, Hashable]] = Counter()

    @property
    def nothing_taken(self) -> bool:
        return not (self._operations or self._groups or self._streams)

    def take(self, caller: Caller) -> None:
        """One more operation. Raises NotStarted, and nothing is taken, where the subject has too many."""
        subject = _subject(caller)
        if self._operations[subject] >= self._operations_max:
            raise _too_many("operations", NO_OPERATION, self._operations_max)
        self._operations[subject] += 1

    def join(self, caller: Caller, group: Hashable) -> None:
        """An operation of the caller's is a stream of this group. Raises NotStarted, and nothing is taken, where the
        group is one more than the subject may have."""
        subject = _subject(caller)
        stream = subject, group
        if stream not in self._streams:
            if self._groups[subject] >= self._groups_max:
                raise _too_many("groups", NO_GROUP, self._groups_max)
            self._groups[subject] += 1
        self._streams[stream] += 1

    def leave(self, caller: Caller, group: Hashable) -> None:
        subject = _subject(caller)
        if _one_fewer(self._streams, (subject, group)):
            _one_fewer(self._groups, subject)

    def give_back(self, caller: Caller) -> None:
        _one_fewer(self._operations, _subject(caller))


def _subject(caller: Caller) -> _Subject:
    return caller.tenant_slug, caller.subject


def _one_fewer(counter: Counter[Any], key: Hashable) -> bool:
    """Whether it was the last."""
    counter[key] -= 1
    if counter[key]:
        return False
    del counter[key]
    return True


def _too_many(what: str, message: str, most: int) -> NotStarted:
    metrics.OPERATIONS_REFUSED.labels(what).inc()
    extensions: dict[str, Any] = {"code": "LIMIT_EXCEEDED", "limit": most}
    return NotStarted([{"message": message.format(most), "extensions": extensions}])
