"""Writing every personal column anew with the newest key.

Invariant: at every moment each row can be read with the keys given; it may be stopped anywhere and begun again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Table, select, tuple_, update

from bot.records.database import Database
from bot.records.tables import metadata
from bot.records.types import Personal, PersonalJson

_BATCH: Final = 500


def personal_columns() -> Mapping[str, list[str]]:
    """Which columns of which tables are encrypted."""
    found = {
        table.name: [column.name for column in table.c if isinstance(column.type, Personal | PersonalJson)]
        for table in metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


async def probe(database: Database) -> None:
    """Read a personal value of each table. Raises KeyMissingError when the keys given do not open it."""
    async with database.read() as connection:
        for name, columns in personal_columns().items():
            table = metadata.tables[name]
            first = select(*(table.c[column] for column in columns)).order_by(*table.primary_key.columns).limit(1)
            (await connection.execute(first)).all()


async def reencrypt(database: Database) -> Mapping[str, int]:
    """Write every personal value anew; gives how many rows of each table.

    The bot may run meanwhile. Open the Database with the new key first and the old ones behind it. Raises
    KeyMissingError when a row needs a key that was not given.
    """
    return {
        name: await _table(database, metadata.tables[name], columns) for name, columns in personal_columns().items()
    }


async def _table(database: Database, table: Table[Any], columns: list[str]) -> int:
    keys = list(table.primary_key.columns)
    after: tuple[Any, ...] | None = None
    count = 0
    while True:
        async with database.write(bulk=True) as connection:
            statement = select(*keys, *(table.c[name] for name in columns)).order_by(*keys).limit(_BATCH)
            if after is not None:
                statement = statement.where(tuple_(*keys) > after)
            if connection.dialect.name == "postgresql":
                statement = statement.with_for_update()
            rows = (await connection.execute(statement)).mappings().all()
            for row in rows:
                where = [key == row[key.name] for key in keys]
                await connection.execute(update(table).where(*where).values({name: row[name] for name in columns}))
        count += len(rows)
        if len(rows) < _BATCH:
            return count
        after = tuple(rows[-1][key.name] for key in keys)
