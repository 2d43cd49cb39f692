"""What the clinic may learn from use: counts by day without any text, and the questions people chose to share."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Integer, String, Table

from bot.records.tables.base import metadata, row_id
from bot.records.types import Personal, UTCDateTime

feedback = Table(
    "feedback",
    metadata,
    Column("entry_id", String(64), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("helpful", Boolean, primary_key=True),
    Column("count", Integer, nullable=False),
)

unanswered = Table(
    "unanswered",
    metadata,
    Column("nearest", String(64), primary_key=True, doc="the entry that came nearest; empty when none did"),
    Column("day", Date, primary_key=True),
    Column("count", Integer, nullable=False),
)

shared_questions = Table(
    "shared_questions",
    metadata,
    row_id(),
    Column("text", Personal, nullable=False),
    Column("nearest", String(64), nullable=False),
    Column("created_at", UTCDateTime, nullable=False, index=True),
    sqlite_autoincrement=True,
)
