"""Every table, on one metadata. The migrations build the same; a test compares them."""

from bot.records.tables.alarms import alert_messages, alerts, check_ins, diary
from bot.records.tables.base import metadata
from bot.records.tables.learning import feedback, shared_questions, unanswered
from bot.records.tables.persons import chats, dialogs, injections, people, plans
from bot.records.tables.queues import budgets, facts, heartbeats, inbox, outbox

__all__ = [
    "alert_messages", "alerts", "budgets", "chats", "check_ins", "dialogs", "diary", "facts", "feedback", "heartbeats",
    "inbox", "injections", "metadata", "outbox", "people", "plans", "shared_questions", "unanswered",
]  # fmt: skip
