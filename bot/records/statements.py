"""The few statements the two databases spell differently.

Invariant: everything else in this room is written once, in SQL both understand.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, Table, any_, bindparam, text
from sqlalchemy.dialects import postgresql, sqlite

from bot.records.database import Connection

Insert: TypeAlias = "postgresql.Insert | sqlite.Insert"


def insert_into(connection: Connection, table: Table[Any]) -> Insert:
    """An INSERT that knows ON CONFLICT; the same methods on both databases."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def among(connection: Connection, column: ColumnElement[Any], ids: Sequence[int]) -> ColumnElement[bool]:
    """`column` is one of `ids`.

    On PostgreSQL one array parameter, so that the statement is prepared once for any number.
    """
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(ids), type_=ARRAY(BigInteger)))
    return column.in_(ids)


def taking(connection: Connection, statement: Select[Any]) -> Select[Any]:
    """Lock the rows found and pass over those somebody else holds. SQLite has one writer and needs nothing."""
    return statement.with_for_update(skip_locked=True) if connection.dialect.name == "postgresql" else statement


async def one_at_a_time(connection: Connection, what: str) -> None:
    """Until this transaction ends, nobody else is past this line for the same `what`. SQLite's one writer is enough."""
    if connection.dialect.name == "postgresql":
        key = zlib.crc32(f"b12bot:{what}".encode())
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
