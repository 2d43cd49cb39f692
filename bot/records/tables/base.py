"""The metadata, its naming rules, and the few shapes of column all tables share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, MetaData

from bot.records.types import RowId

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def row_id() -> Column[Any]:
    """The row's number. Tables that use it also say `sqlite_autoincrement=True`.

    SQLite must never give a deleted row's number to a new row, because buttons in old messages carry row ids.
    """
    return Column("id", RowId, primary_key=True)


def owner(target: str, *, nullable: bool = False, index: bool = True) -> Column[Any]:
    """A reference to the row this one belongs to: it goes when its owner goes, so /forget is one delete."""
    table = {"people": "person", "plans": "plan", "injections": "injection", "alerts": "alert"}[target]
    return Column(f"{table}_id", RowId, ForeignKey(f"{target}.id", ondelete="CASCADE"), nullable=nullable, index=index)


def one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
