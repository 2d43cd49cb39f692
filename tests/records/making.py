"""Rows to test with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.records import people, plans
from bot.records.database import Connection
from bot.records.outbox import NewDelivery, Priority
from bot.records.people import Person
from bot.records.plans import Plan

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def new_delivery(key: str, **changes: Any) -> NewDelivery:
    """A reminder to chat 1, due at NOON."""
    values: dict[str, Any] = {
        "dedupe_key": key,
        "kind": "main",
        "policy": "once",
        "priority": Priority.REMINDER,
        "chat_id": 1,
        "payload": {"text": f"message {key}"},
        "not_before": NOON,
    }
    return NewDelivery(**(values | changes))


async def new_person(connection: Connection, chat_id: int = 1) -> Person:
    return await people.arrive(connection, chat_id, NOON)


async def new_plan(connection: Connection, person: Person, next_due_at: datetime | None = NOON) -> Plan:
    return await plans.create(
        connection,
        person.id,
        prescription={"dose": "1 mg"},
        phase="loading",
        next_due_at=next_due_at,
        now=NOON,
        label="for Mum",
    )
