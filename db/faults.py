"""What goes wrong with the database, as exceptions with a sentence for whoever runs the system.

DatabaseFault
├── DatabaseUnavailable   it cannot be reached, or answered with faults for longer than we try
│   ├── DatabaseBusy      every connection that this may use is taken, for longer than we wait
│   ├── StatementTooLong  a reading statement was given up, here and at the server
│   ├── ConnectionLost    a connection died under a reading statement, or before it was sent
│   └── BooksHeld         somebody else seals, folds or archives for the tenant, for longer than we wait
└── MigrationError        the schema cannot be brought to the newest version
"""

from __future__ import annotations

from urllib.parse import urlsplit

import asyncpg

from services.ports import Held, Overloaded, TookTooLong, Unavailable

#: What asyncpg raises when there is no server, no way in, or a connection that died.
UNREACHABLE = (
    OSError,  # refused, reset, unresolvable, and TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
#: What asyncpg raises when a server is there but does not let us in.
NOT_ADMITTED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)


class DatabaseFault(Exception):
    """Something is wrong with the database or the way to it."""


class DatabaseUnavailable(DatabaseFault, Unavailable):
    """The database cannot be used now; the same request may succeed later."""


class DatabaseBusy(DatabaseUnavailable, Overloaded):
    """Nothing was asked of the database."""


class StatementTooLong(DatabaseUnavailable, TookTooLong):
    """The server ended it: it would have held a connection, and a core, for nobody."""


class ConnectionLost(DatabaseUnavailable):
    """What only reads may be asked once more; as often as connections turn out to be dead where it was `unsent`."""

    def __init__(self, message: str, unsent: bool) -> None:
        super().__init__(message)
        self.unsent = unsent


class BooksHeld(DatabaseUnavailable, Held):
    """Nothing was changed for the tenant; who holds its books may take long, and is soon done otherwise."""


class MigrationError(DatabaseFault):
    """The schema was left as it was: the text names the cause and the remedy."""


def cannot_connect(url: str, variable: str, cause: BaseException) -> str:
    """One sentence on a failed connect; never the password."""
    parts = urlsplit(url)
    reason = str(cause).strip().rstrip(".") or ("no answer in time" if isinstance(cause, TimeoutError) else repr(cause))
    return (
        f"Cannot connect to PostgreSQL at {parts.hostname}:{parts.port or 5432} as {parts.username}: {reason}. "
        f"See that the server runs and that {variable} is right."
    )


def connection_lost(fault: BaseException, connection_closed: bool) -> bool:
    """Whether a statement failed because of its connection, not because of what it said.

    A backend that was ended between two statements is told of by either of asyncpg's own errors, as it happens.
    """
    own = asyncpg.InterfaceError, asyncpg.InternalClientError
    return isinstance(fault, UNREACHABLE) or (isinstance(fault, own) and connection_closed)
