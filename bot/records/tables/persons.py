"""People, what they are in the middle of saying, their plans, and the injections they had."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, String, Table, UniqueConstraint, text

from bot.records.tables.base import metadata, one_of, owner, row_id
from bot.records.types import Personal, PersonalJson, UTCDateTime

people = Table(
    "people",
    metadata,
    row_id(),
    Column("chat_id", BigInteger, nullable=False, unique=True),
    Column("code", String(16), nullable=False, unique=True, doc="what the clinic calls this person, e.g. K7M-2QF"),
    Column("language", String(16)),
    Column("country", String(2)),
    Column("zone", String(64), doc="IANA name"),
    Column("share_text", Boolean, nullable=False, default=False, doc="agreed that an alert may show their message"),
    Column("started_at", UTCDateTime, nullable=False),
    Column("unreachable_at", UTCDateTime, doc="when Telegram said they blocked the bot or deleted their account"),
    Column("last_seen_at", UTCDateTime, nullable=False),
    Column("version", Integer, nullable=False, default=1),
    sqlite_autoincrement=True,
)
Index("ix_people_unreachable_at", people.c.unreachable_at, postgresql_where=text("unreachable_at IS NOT NULL"),
      sqlite_where=text("unreachable_at IS NOT NULL"))  # fmt: skip

dialogs = Table(
    "dialogs",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("step", String(64), nullable=False),
    Column("payload", PersonalJson, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    row_id(),
    owner("people"),
    Column("label", Personal, doc="for whom or what, in the person's words"),
    Column("prescription", PersonalJson, nullable=False),
    Column("status", String(16), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("revision", Integer, nullable=False, default=1, doc="goes up with every change; slots of old ones are void"),
    Column("planned_until", UTCDateTime, doc="slots due at or before this are in the outbox or passed"),
    Column("next_due_at", UTCDateTime, doc="when the next slot must be planned; none = nothing to plan"),
    Column("created_at", UTCDateTime, nullable=False),
    Column("ended_at", UTCDateTime),
    one_of("status", "active", "paused", "ended"),
    sqlite_autoincrement=True,
)
_DUE = text("status = 'active' AND next_due_at IS NOT NULL")
Index("ix_plans_due", plans.c.next_due_at, postgresql_where=_DUE, sqlite_where=_DUE)

injections = Table(
    "injections",
    metadata,
    row_id(),
    owner("plans", index=False),
    owner("people"),
    Column("local_date", Date, nullable=False),
    Column("at", UTCDateTime, nullable=False, doc="the moment as well as it is known"),
    Column("slot_date", Date, doc="the planned date this one answers; none = not a planned one"),
    Column("site", String(32)),
    Column("side", String(8)),
    Column("source", String(16), nullable=False, doc="button, wizard, care_team"),
    Column("created_at", UTCDateTime, nullable=False),
    UniqueConstraint("plan_id", "slot_date"),
    sqlite_autoincrement=True,
)
Index("ix_injections_plan_id_at", injections.c.plan_id, injections.c.at)

chats = Table(
    "chats",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("migrated_to", BigInteger, doc="a group that became a supergroup lives on under this id"),
    Column("unreachable_at", UTCDateTime),
    Column("reason", String(200), nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
)
