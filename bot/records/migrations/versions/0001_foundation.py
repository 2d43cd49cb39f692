"""The first schema: people, plans, queues, alerts, check-ins, diary, and what is learned from use."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.records.types import Personal, PersonalJson, RowId, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budgets",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("next_free_at", UTCDateTime(), nullable=False),
        sa.Column("halted_until", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_budgets")),
    )
    op.create_table(
        "chats",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("migrated_to", sa.BigInteger(), nullable=True),
        sa.Column("unreachable_at", UTCDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_chats")),
    )
    op.create_table(
        "dialogs",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("payload", PersonalJson(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_dialogs")),
    )
    op.create_table(
        "facts",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_facts")),
    )
    op.create_table(
        "feedback",
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "day", "helpful", name=op.f("pk_feedback")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.String(length=64), nullable=False),
        sa.Column("tick", sa.String(length=32), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("process", "tick", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "inbox",
        sa.Column("update_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("payload", PersonalJson(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("error_id", sa.String(length=16), nullable=True),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'taken', 'done', 'set_aside')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_inbox")),
    )
    op.create_index(
        "ix_inbox_done_at",
        "inbox",
        ["done_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NOT NULL"),
        sqlite_where=sa.text("done_at IS NOT NULL"),
    )
    op.create_index(
        "ix_inbox_open",
        "inbox",
        ["chat_id", "update_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'taken')"),
        sqlite_where=sa.text("state IN ('waiting', 'taken')"),
    )
    op.create_index(
        "ix_inbox_taken",
        "inbox",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'taken'"),
        sqlite_where=sa.text("state = 'taken'"),
    )
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["priority", "update_id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "people",
        sa.Column("id", RowId, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("share_text", sa.Boolean(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("unreachable_at", UTCDateTime(), nullable=True),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("chat_id", name=op.f("uq_people_chat_id")),
        sa.UniqueConstraint("code", name=op.f("uq_people_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_people_unreachable_at",
        "people",
        ["unreachable_at"],
        unique=False,
        postgresql_where=sa.text("unreachable_at IS NOT NULL"),
        sqlite_where=sa.text("unreachable_at IS NOT NULL"),
    )
    op.create_table(
        "shared_questions",
        sa.Column("id", RowId, nullable=False),
        sa.Column("text", Personal(), nullable=False),
        sa.Column("nearest", sa.String(length=64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_questions")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_shared_questions_created_at"), "shared_questions", ["created_at"], unique=False)
    op.create_table(
        "unanswered",
        sa.Column("nearest", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("nearest", "day", name=op.f("pk_unanswered")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", RowId, nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("sign", sa.String(length=64), nullable=False),
        sa.Column("context", PersonalJson(), nullable=False),
        sa.Column("text", Personal(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("acknowledged_at", UTCDateTime(), nullable=True),
        sa.Column("acknowledged_by", Personal(), nullable=True),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("next_step_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'acknowledged', 'closed', 'false_alarm')", name=op.f("ck_alerts_state")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_alerts_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_alerts_next_step_at",
        "alerts",
        ["next_step_at"],
        unique=False,
        postgresql_where=sa.text("next_step_at IS NOT NULL"),
        sqlite_where=sa.text("next_step_at IS NOT NULL"),
    )
    op.create_index(
        "ix_alerts_open",
        "alerts",
        ["person_id", "opened_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'acknowledged')"),
        sqlite_where=sa.text("state IN ('open', 'acknowledged')"),
    )
    op.create_index(op.f("ix_alerts_person_id"), "alerts", ["person_id"], unique=False)
    op.create_table(
        "diary",
        sa.Column("id", RowId, nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", PersonalJson(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_diary_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diary")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_diary_at", "diary", ["at"], unique=False)
    op.create_index("ix_diary_person_id_at", "diary", ["person_id", "at"], unique=False)
    op.create_table(
        "plans",
        sa.Column("id", RowId, nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("label", Personal(), nullable=True),
        sa.Column("prescription", PersonalJson(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("planned_until", UTCDateTime(), nullable=True),
        sa.Column("next_due_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("status IN ('active', 'paused', 'ended')", name=op.f("ck_plans_status")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_plans_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_plans_due",
        "plans",
        ["next_due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'active' AND next_due_at IS NOT NULL"),
        sqlite_where=sa.text("status = 'active' AND next_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_plans_person_id"), "plans", ["person_id"], unique=False)
    op.create_table(
        "alert_messages",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("alert_id", RowId, nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_alert_messages_alert_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name=op.f("pk_alert_messages")),
    )
    op.create_index(op.f("ix_alert_messages_alert_id"), "alert_messages", ["alert_id"], unique=False)
    op.create_table(
        "injections",
        sa.Column("id", RowId, nullable=False),
        sa.Column("plan_id", RowId, nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("slot_date", sa.Date(), nullable=True),
        sa.Column("site", sa.String(length=32), nullable=True),
        sa.Column("side", sa.String(length=8), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_injections_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_injections_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_injections")),
        sa.UniqueConstraint("plan_id", "slot_date", name=op.f("uq_injections_plan_id_slot_date")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_injections_person_id"), "injections", ["person_id"], unique=False)
    op.create_index("ix_injections_plan_id_at", "injections", ["plan_id", "at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", RowId, nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("policy", sa.String(length=8), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", RowId, nullable=True),
        sa.Column("plan_id", RowId, nullable=True),
        sa.Column("alert_id", RowId, nullable=True),
        sa.Column("slot", sa.String(length=32), nullable=True),
        sa.Column("local_date", sa.Date(), nullable=True),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("payload", PersonalJson(), nullable=False),
        sa.Column("not_before", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("policy IN ('once', 'again')", name=op.f("ck_outbox_policy")),
        sa.CheckConstraint(
            "state IN ('pending', 'claimed', 'sending', 'sent', 'failed', 'unsure', 'expired', 'cancelled')",
            name=op.f("ck_outbox_state"),
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_outbox_alert_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_outbox_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_outbox_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_dedupe_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_alert_id"), "outbox", ["alert_id"], unique=False)
    op.create_index("ix_outbox_chat_started", "outbox", ["chat_id", "started_at"], unique=False)
    op.create_index(
        "ix_outbox_expiring",
        "outbox",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending' AND expires_at IS NOT NULL"),
        sqlite_where=sa.text("state = 'pending' AND expires_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_held",
        "outbox",
        ["chat_id", "lease_until"],
        unique=False,
        postgresql_where=sa.text("state IN ('claimed', 'sending')"),
        sqlite_where=sa.text("state IN ('claimed', 'sending')"),
    )
    op.create_index(op.f("ix_outbox_person_id"), "outbox", ["person_id"], unique=False)
    op.create_index(op.f("ix_outbox_plan_id"), "outbox", ["plan_id"], unique=False)
    op.create_index(
        "ix_outbox_sendable",
        "outbox",
        ["priority", "not_before", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "check_ins",
        sa.Column("id", RowId, nullable=False),
        sa.Column("injection_id", RowId, nullable=False),
        sa.Column("person_id", RowId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("answer", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["injection_id"], ["injections.id"], name=op.f("fk_check_ins_injection_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_check_ins_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
        sa.UniqueConstraint("injection_id", "kind", name=op.f("uq_check_ins_injection_id_kind")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_check_ins_person_id"), "check_ins", ["person_id"], unique=False)
    op.create_index(
        "ix_check_ins_unanswered",
        "check_ins",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NULL"),
        sqlite_where=sa.text("answered_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_check_ins_unanswered",
        table_name="check_ins",
        postgresql_where=sa.text("answered_at IS NULL"),
        sqlite_where=sa.text("answered_at IS NULL"),
    )
    op.drop_index(op.f("ix_check_ins_person_id"), table_name="check_ins")
    op.drop_table("check_ins")
    op.drop_index(
        "ix_outbox_sendable",
        table_name="outbox",
        postgresql_where=sa.text("state = 'pending'"),
        sqlite_where=sa.text("state = 'pending'"),
    )
    op.drop_index(op.f("ix_outbox_plan_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_person_id"), table_name="outbox")
    op.drop_index(
        "ix_outbox_held",
        table_name="outbox",
        postgresql_where=sa.text("state IN ('claimed', 'sending')"),
        sqlite_where=sa.text("state IN ('claimed', 'sending')"),
    )
    op.drop_index(
        "ix_outbox_expiring",
        table_name="outbox",
        postgresql_where=sa.text("state = 'pending' AND expires_at IS NOT NULL"),
        sqlite_where=sa.text("state = 'pending' AND expires_at IS NOT NULL"),
    )
    op.drop_index("ix_outbox_chat_started", table_name="outbox")
    op.drop_index(op.f("ix_outbox_alert_id"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_injections_plan_id_at", table_name="injections")
    op.drop_index(op.f("ix_injections_person_id"), table_name="injections")
    op.drop_table("injections")
    op.drop_index(op.f("ix_alert_messages_alert_id"), table_name="alert_messages")
    op.drop_table("alert_messages")
    op.drop_index(op.f("ix_plans_person_id"), table_name="plans")
    op.drop_index(
        "ix_plans_due",
        table_name="plans",
        postgresql_where=sa.text("status = 'active' AND next_due_at IS NOT NULL"),
        sqlite_where=sa.text("status = 'active' AND next_due_at IS NOT NULL"),
    )
    op.drop_table("plans")
    op.drop_index("ix_diary_person_id_at", table_name="diary")
    op.drop_index("ix_diary_at", table_name="diary")
    op.drop_table("diary")
    op.drop_index(op.f("ix_alerts_person_id"), table_name="alerts")
    op.drop_index(
        "ix_alerts_open",
        table_name="alerts",
        postgresql_where=sa.text("state IN ('open', 'acknowledged')"),
        sqlite_where=sa.text("state IN ('open', 'acknowledged')"),
    )
    op.drop_index(
        "ix_alerts_next_step_at",
        table_name="alerts",
        postgresql_where=sa.text("next_step_at IS NOT NULL"),
        sqlite_where=sa.text("next_step_at IS NOT NULL"),
    )
    op.drop_table("alerts")
    op.drop_table("unanswered")
    op.drop_index(op.f("ix_shared_questions_created_at"), table_name="shared_questions")
    op.drop_table("shared_questions")
    op.drop_index(
        "ix_people_unreachable_at",
        table_name="people",
        postgresql_where=sa.text("unreachable_at IS NOT NULL"),
        sqlite_where=sa.text("unreachable_at IS NOT NULL"),
    )
    op.drop_table("people")
    op.drop_index(
        "ix_inbox_waiting",
        table_name="inbox",
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.drop_index(
        "ix_inbox_taken",
        table_name="inbox",
        postgresql_where=sa.text("state = 'taken'"),
        sqlite_where=sa.text("state = 'taken'"),
    )
    op.drop_index(
        "ix_inbox_open",
        table_name="inbox",
        postgresql_where=sa.text("state IN ('waiting', 'taken')"),
        sqlite_where=sa.text("state IN ('waiting', 'taken')"),
    )
    op.drop_index(
        "ix_inbox_done_at",
        table_name="inbox",
        postgresql_where=sa.text("done_at IS NOT NULL"),
        sqlite_where=sa.text("done_at IS NOT NULL"),
    )
    op.drop_table("inbox")
    op.drop_table("heartbeats")
    op.drop_table("feedback")
    op.drop_table("facts")
    op.drop_table("dialogs")
    op.drop_table("chats")
    op.drop_table("budgets")
