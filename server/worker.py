"""The worker as a process of its own. It starts whatever is away, and works once it is there.

Apart from relay and bridge, which start in half the time without what it needs to change stock.
"""

from random import SystemRandom

from db.unit_of_work import PostgresUnitOfWork
from server.ids import new_id
from server.nudging import nudging
from server.processes import begin, reached
from server.settings import Settings
from server.work import work
from services.group_commit import Batches, GroupCommit

#: It changes stock as the API does.
POOL_SIZE = 8
TENANT_MAX = 4
#: Fewer at once than checkouts go: those wait for the levels that an expiry has locked.
BATCHES = Batches(batch_max=128, lanes=2)


async def run_worker(settings: Settings) -> None:
    """What is due, whoever waits and what is old, of all tenants; until cancelled."""
    begin(settings, "worker")
    async with reached(settings, POOL_SIZE, TENANT_MAX) as database, nudging(settings) as nudge:
        units = PostgresUnitOfWork(database, random=SystemRandom(), nudge=nudge)
        commits = GroupCommit(units, new_id, BATCHES)
        try:
            await work(settings, database, units, commits)
        finally:
            await commits.finish()
