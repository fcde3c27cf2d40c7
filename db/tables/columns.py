"""What the tables' columns are made of."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

metadata = sa.MetaData()

#: Texts that are compared and sorted by code point, as Python does.
Code = sa.Text(collation="C")
Moment = sa.TIMESTAMP(timezone=True)


class Xid8(sa.types.UserDefinedType[int]):
    """A transaction's full id."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


def column(name: str, type_: object, null: bool = False, **more: object) -> sa.Column:
    return sa.Column(name, type_, nullable=null, **more)  # type: ignore[arg-type]


def tenant(primary: bool = False) -> sa.Column:
    return sa.Column("tenant_id", UUID(as_uuid=True), primary_key=primary, nullable=False)
