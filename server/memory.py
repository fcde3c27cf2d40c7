"""Memory: what the garbage collector has to look at while requests are served.

The schema and its resolvers are hundreds of thousands of objects that live as long as the process. To walk them again
and again took a third of the time of a busy server.
"""

import gc

#: Objects made more than freed before the youngest are looked at; a batch of orders makes some thousands. To free so
#: many stops the process for up to 30 ms.
YOUNG = 15_000
#: How often the younger are looked at before the older are.
MIDDLE, OLD = 20, 50


def collect_less_often() -> None:
    """Call it before all that stays is made: while modules are loaded nearly nothing is garbage, and to look for it
    takes a seventh of a start."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def spare_the_collector() -> None:
    """Call it when all that stays is made: the collector looks at what is made from now on, and less often."""
    gc.collect()
    gc.freeze()
    collect_less_often()
