"""What alembic runs for each migration: on the connection `bot.records.migrate` opened, inside its transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from bot.records.tables import metadata


def run() -> None:
    connection = context.config.attributes["connection"]
    if not isinstance(connection, Connection):
        raise TypeError("start migrations with bot.records.migrate")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        transaction_per_migration=False,
        compare_type=True,
    )
    context.run_migrations()


run()
