"""Global ids: base64url of `Type:uuid`, the same for every caller and for ever.

A level as of a moment has an id of its own, `StockLevel@microseconds:uuid`, so that no cache takes it for the level of
today.

Where the kind of a thing is known its UUID alone names it too: so do events, the ledger and the audit log.
"""

import re
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from binascii import b2a_base64
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from uuid import UUID

from schema.fields import Made

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
#: Ends the description of what `uuid_of` reads.
OR_UUID = ", or its UUID, as events, the ledger and the audit log name it."


def global_id(kind: str, id_: UUID) -> str:
    # Letters, digits, ':' and '-' never come to be the two characters by which base64 and base64url differ.
    return b2a_base64(f"{kind}:{id_}".encode(), newline=False).rstrip(b"=").decode()


def global_id_of(kind: str, path: str = "id") -> Made:
    """The global id of a picture whose UUID is the attribute at `path`."""
    return Made(partial(global_id, kind), (path,))


def kind_as_of(kind: str, at: datetime) -> str:
    """What stands for the type in the id of a thing as of a moment."""
    return f"{kind}@{(at - _EPOCH) // _MICROSECOND}"


def read_kind(kind: str) -> tuple[str, datetime | None]:
    """The type that a global id names, and as of when; None: as it is now. Raises ValueError for no such moment."""
    name, dated, microseconds = kind.partition("@")
    if not dated:
        return name, None
    try:
        at = _EPOCH + int(microseconds) * _MICROSECOND
    except OverflowError as fault:
        raise ValueError from fault
    if at < _EPOCH or kind_as_of(name, at) != kind:
        raise ValueError
    return name, at


def read_global_id(text: str) -> tuple[str, UUID] | None:
    """The type's name and the UUID; None for whatever this API never told anybody."""
    try:
        kind, _, uuid = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(":")
        found = kind, UUID(uuid)
    except (NotBase64, ValueError):
        return None
    return found if global_id(*found) == text else None


def uuid_of(kind: str, text: str) -> UUID | None:
    """The UUID of a thing of this kind, named by its global id or by the UUID itself; None for anything else."""
    if _UUID.fullmatch(text):
        return UUID(text)
    found = read_global_id(text)
    return found[1] if found is not None and found[0] == kind else None


def uuid_named(kind: str, text: str) -> UUID:
    """The UUID of a thing that an input names as `uuid_of` has it, for a use case to look for.

    An id that this API never told for that kind names a UUID that nothing has (ours are of version 7), another for each
    text: so it is answered as what is not there, and under its idempotency key, like any other.
    """
    return uuid_of(kind, text) or UUID(bytes=sha256(text.encode(errors="surrogatepass")).digest()[:16], version=5)
