"""Alerts and who has them, check-ins after an injection, and the diary they fill."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Index, Integer, String, Table, UniqueConstraint, text

from bot.records.tables.base import metadata, one_of, owner, row_id
from bot.records.types import Personal, PersonalJson, State, UTCDateTime

alerts = Table(
    "alerts",
    metadata,
    row_id(),
    owner("people"),
    Column("level", String(16), nullable=False),
    Column("sign", String(64), nullable=False, doc="which red flag, or the button that was pressed"),
    Column("context", PersonalJson, nullable=False),
    Column("text", Personal, doc="the person's message; only when they agreed to share it"),
    Column("state", State(16), nullable=False),
    Column("opened_at", UTCDateTime, nullable=False),
    Column("acknowledged_at", UTCDateTime),
    Column("acknowledged_by", Personal),
    Column("closed_at", UTCDateTime),
    Column("step", Integer, nullable=False, default=0, doc="how many steps of the escalation were taken"),
    Column("next_step_at", UTCDateTime, doc="when the next step is due if nobody has it; none = no more steps"),
    one_of("state", "open", "acknowledged", "closed", "false_alarm"),
    sqlite_autoincrement=True,
)
_WAITING = text("next_step_at IS NOT NULL")
_OPEN = text("state IN ('open', 'acknowledged')")
Index("ix_alerts_next_step_at", alerts.c.next_step_at, postgresql_where=_WAITING, sqlite_where=_WAITING)
Index("ix_alerts_open", alerts.c.person_id, alerts.c.opened_at, postgresql_where=_OPEN, sqlite_where=_OPEN)

alert_messages = Table(
    "alert_messages",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    owner("alerts"),
)

check_ins = Table(
    "check_ins",
    metadata,
    row_id(),
    owner("injections", index=False),
    owner("people"),
    Column("kind", String(16), nullable=False, doc="30_minutes, 24_hours, 3_days"),
    Column("due_at", UTCDateTime, nullable=False),
    Column("answered_at", UTCDateTime),
    Column("answer", String(32)),
    UniqueConstraint("injection_id", "kind"),
    sqlite_autoincrement=True,
)
_UNANSWERED = text("answered_at IS NULL")
Index("ix_check_ins_unanswered", check_ins.c.due_at, postgresql_where=_UNANSWERED, sqlite_where=_UNANSWERED)

diary = Table(
    "diary",
    metadata,
    row_id(),
    owner("people", index=False),
    Column("local_date", Date, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("value", PersonalJson, nullable=False),
    sqlite_autoincrement=True,
)
Index("ix_diary_person_id_at", diary.c.person_id, diary.c.at)
Index("ix_diary_at", diary.c.at)
