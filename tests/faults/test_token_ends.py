"""Tokens that expire or are revoked while their screens watch: each is closed in time, told nothing more, and resumes
with another token as if nothing had been.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass, field, replace

import asyncpg
import jwt
import pytest

from server.embedded.database import run
from tests.faults.audience.lines import ENDED, GIVEN_UP
from tests.faults.audience.subscriber import Wanted
from tests.faults.figures import LONG, SHARED, Figures, spread_ms
from tests.faults.theatre import SUBSCRIBERS, Theatre
from tests.faults.trials import Trials
from tests.stack import TENANT, eventually

pytestmark = [pytest.mark.kafka, pytest.mark.token_end]

CLOSED_WITHIN_S = 5.0 * SHARED
#: Seconds that a token is valid.
TTL = (10, 40) if LONG else (2, 4)
REVOKED = 20 if LONG else 2
#: Each subscriber's token expires so often, on the average.
EXPIRIES = 5 if LONG else 1
SHARING = 10
#: Clocks of a second that a token tells, and of a sleep that ends a little early.
EARLY_S = 0.01


@dataclass
class Purse:
    """The tokens of all, and how each connection ended that had one."""

    theatre: Theatre
    chance: random.Random = field(default_factory=lambda: random.Random(5))
    #: Token -> when it ended.
    ends: dict[str, float] = field(default_factory=dict[str, float])
    expired: list[float] = field(default_factory=list[float])
    revoked: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    told: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])

    def short(self) -> str:
        ttl = self.chance.randint(*TTL)
        token = self.theatre.stack.token("analyst", ttl=ttl)
        self.ends[token] = _claim(token, "exp")
        return token

    def long(self) -> str:
        return self.theatre.stack.token("analyst")

    def renew(self, token: str, how: str, at: float) -> str:
        """Called with each end of a connection."""
        self.told[how] += 1
        if how == GIVEN_UP:  # on a machine that has no time for us
            return token
        if how == "refused with 401" and at >= self.ends.get(token, at + 1):  # it ended on its way there
            return self.short()
        if how not in ("4403", ENDED):
            self.wrong.append(f"{how}, {at - self.ends.get(token, at):.1f} s after its end")
        if token in self.ends:
            self.expired.append(at - self.ends[token])
            return self.short()
        self.revoked.setdefault(token, []).append(at)
        return self.long()


def _claim(token: str, name: str) -> float:
    return jwt.decode(token, options={"verify_signature": False})[name]


def test_a_token_that_ends_takes_its_screens_along_in_time_and_another_goes_on_where_they_were(
    theatre: Theatre, figures: Figures
) -> None:
    purse = Purse(theatre)
    wanted, shared = _wanted(theatre, purse)
    with theatre.audience(wanted=wanted) as audience:
        for each in audience.subscribers:
            each.renew = purse.renew
        trials = Trials(theatre, audience)
        revoking = threading.Thread(target=_revoke, args=(theatre, shared))
        revoking.start()
        goal = EXPIRIES * (SUBSCRIBERS - len(shared) * SHARING)
        eventually(lambda: len(purse.expired) >= goal, "tokens expire", 300)
        revoking.join()
        eventually(lambda: sum(map(len, purse.revoked.values())) >= len(shared) * SHARING, "revoked tokens end", 30)
        trials.conclude(figures)
    revoked = [at - since for token, since in _revoked_at(theatre, shared).items() for at in purse.revoked[token]]
    figures.tell(f"ends told {dict(purse.told)}; {len(purse.expired):,} by expiry, after {spread_ms(purse.expired)}")
    figures.tell(f"{len(shared)} tokens revoked with {SHARING} connections each: ended after {spread_ms(revoked)}")
    assert purse.wrong == []
    assert min(purse.expired) >= -EARLY_S and max(purse.expired) <= CLOSED_WITHIN_S
    assert min(revoked) >= 0 and max(revoked) <= CLOSED_WITHIN_S


def _wanted(theatre: Theatre, purse: Purse) -> tuple[list[Wanted], list[str]]:
    """Some share tokens that will be revoked, all others have one of their own that expires."""
    # A vendor's people have other tokens than all others here.
    wanted = [each for each in theatre.wanted(2 * SUBSCRIBERS) if each.filter][:SUBSCRIBERS]
    shared = [purse.long() for _ in range(REVOKED)]
    tokens = [token for token in shared for _ in range(SHARING)]
    tokens += [purse.short() for _ in range(SUBSCRIBERS - len(tokens))]
    purse.chance.shuffle(tokens)
    return [replace(each, token=token) for each, token in zip(wanted, tokens, strict=True)], shared


def _revoke(theatre: Theatre, tokens: list[str]) -> None:
    for token in tokens:
        theatre.stack.run("token", "revoke", str(_claim(token, "jti")), "--tenant", TENANT)


def _revoked_at(theatre: Theatre, tokens: list[str]) -> dict[str, float]:
    async def asked() -> dict[str, float]:
        connection = await asyncpg.connect(theatre.addresses.superuser_url)
        try:
            sql = "SELECT token_id, extract(epoch FROM revoked_at)::float FROM revoked_tokens"
            return dict(await connection.fetch(sql))
        finally:
            await connection.close()

    at = run(asked())
    return {token: at[str(_claim(token, "jti"))] for token in tokens}
