"""What waits: messages on their way out, updates on their way in; the shared send budget; the ticks' heartbeats."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, SmallInteger, String, Table, Text, text

from bot.records.tables.base import metadata, one_of, owner, row_id
from bot.records.types import PersonalJson, State, UTCDateTime

outbox = Table(
    "outbox",
    metadata,
    row_id(),
    Column("dedupe_key", String(200), nullable=False, unique=True),
    Column("kind", String(32), nullable=False, doc="what it is: main, nudge, alert, check_in"),
    Column("policy", String(8), nullable=False, doc="fate unknown: once = leave it, again = send anew"),
    Column("priority", SmallInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    owner("people", nullable=True),
    owner("plans", nullable=True),
    owner("alerts", nullable=True),
    Column("slot", String(32)),
    Column("local_date", Date),
    Column("method", String(64), nullable=False, doc="of the Bot API"),
    Column("payload", PersonalJson, nullable=False),
    Column("not_before", UTCDateTime, nullable=False),
    Column("expires_at", UTCDateTime),
    Column("state", State(10), nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("lease_token", String(32)),
    Column("lease_until", UTCDateTime, doc="by the database's clock"),
    Column("started_at", UTCDateTime, doc="when sending last began, by the database's clock"),
    Column("message_id", BigInteger),
    Column("error", String(300)),
    Column("created_at", UTCDateTime, nullable=False),
    Column("settled_at", UTCDateTime),
    one_of("policy", "once", "again"),
    one_of("state", "pending", "claimed", "sending", "sent", "failed", "unsure", "expired", "cancelled"),
    sqlite_autoincrement=True,
)
_PENDING, _HELD = text("state = 'pending'"), text("state IN ('claimed', 'sending')")
_EXPIRING = text("state = 'pending' AND expires_at IS NOT NULL")
Index("ix_outbox_sendable", outbox.c.priority, outbox.c.not_before, outbox.c.id,
      postgresql_where=_PENDING, sqlite_where=_PENDING)  # fmt: skip
Index("ix_outbox_expiring", outbox.c.expires_at, postgresql_where=_EXPIRING, sqlite_where=_EXPIRING)
Index("ix_outbox_held", outbox.c.chat_id, outbox.c.lease_until, postgresql_where=_HELD, sqlite_where=_HELD)
Index("ix_outbox_chat_started", outbox.c.chat_id, outbox.c.started_at)

budgets = Table(
    "budgets",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("next_free_at", UTCDateTime, nullable=False, doc="by the database's clock"),
    Column("halted_until", UTCDateTime, doc="Telegram asked everybody to be quiet until then"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("chat_id", BigInteger, nullable=False, doc="0 for the few updates that belong to no chat"),
    Column("priority", SmallInteger, nullable=False),
    Column("payload", PersonalJson, nullable=False),
    Column("state", State(10), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("lease_token", String(32)),
    Column("lease_until", UTCDateTime, doc="by the database's clock"),
    Column("error_id", String(16)),
    Column("received_at", UTCDateTime, nullable=False),
    Column("done_at", UTCDateTime),
    one_of("state", "waiting", "taken", "done", "set_aside"),
)
_OPEN = text("state IN ('waiting', 'taken')")
_WAITING, _TAKEN, _DONE = text("state = 'waiting'"), text("state = 'taken'"), text("done_at IS NOT NULL")
Index("ix_inbox_open", inbox.c.chat_id, inbox.c.update_id, postgresql_where=_OPEN, sqlite_where=_OPEN)
Index("ix_inbox_waiting", inbox.c.priority, inbox.c.update_id, postgresql_where=_WAITING, sqlite_where=_WAITING)
Index("ix_inbox_taken", inbox.c.lease_until, postgresql_where=_TAKEN, sqlite_where=_TAKEN)
Index("ix_inbox_done_at", inbox.c.done_at, postgresql_where=_DONE, sqlite_where=_DONE)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("process", String(64), primary_key=True),
    Column("tick", String(32), primary_key=True),
    Column("at", UTCDateTime, nullable=False, doc="when it last finished, by the database's clock"),
)

facts = Table(
    "facts",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
