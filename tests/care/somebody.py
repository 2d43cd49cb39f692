"""Somebody with a row in every table."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from bot.care.planning import keeping as plan_keeping
from bot.plans.cadence import Every
from bot.plans.dose import Dose
from bot.plans.plan import AfterInjections, Loading, Plan
from bot.records import (
    alerts,
    chats,
    check_ins,
    dialogs,
    diary,
    inbox,
    injections,
    outbox,
    people,
)
from bot.records.database import Connection
from bot.records.inbox import NewUpdate, Urgency
from bot.records.people import Person
from tests.chat.inboxing import message
from tests.records.making import new_delivery

#: Words only this person used; they must turn up in an export and nowhere after /forget.
LABEL, WORDS, NURSE = "Großmütterchen Ω", "zanzibarisch sting", "Nurse Quillfeather"


def a_plan(label: str | None = LABEL, anchor: date = date(2026, 5, 4), count: int = 6) -> Plan:
    return Plan(
        label=label, product="hydroxocobalamin", dose=Dose(Decimal(1), "mg", "1mg"), zone="Europe/London",
        at=time(9), anchor=anchor, phase="loading", loading=Loading(Every(2, "days"), AfterInjections(count)),
        maintenance=Every(12, "weeks"),
    )  # fmt: skip


async def somebody(connection: Connection, chat_id: int, now: datetime) -> Person:
    """A person with at least one row in each table that can hold something about a person."""
    person = await people.arrive(connection, chat_id, now)
    kept = await plan_keeping.add(connection, person, a_plan(), now)
    for number in range(3):
        day = (now - timedelta(days=2 * number)).date()
        injection, _ = await injections.record(
            connection, plan_id=kept.id, person_id=person.id, local_date=day, at=now, slot_date=day,
            source="button", site="arm", side="left", now=now,
        )  # fmt: skip
    check_in = await check_ins.plan(
        connection, injection_id=injection.id, person_id=person.id, kind="24_hours", due_at=now
    )
    await check_ins.answer(connection, check_in.id, "sore", now)
    await diary.add(
        connection, person_id=person.id, local_date=now.date(), at=now, kind="check_in",
        value={"check_in": check_in.id, "asked": "24_hours", "answer": "sore", "score": 1},
    )  # fmt: skip
    alert = await alerts.open_alert(
        connection, person_id=person.id, level="urgent", sign="rash_spreading", context={"said": WORDS}, text=WORDS,
        next_step_at=now, now=now,
    )  # fmt: skip
    await alerts.acknowledge(connection, alert.id, NURSE, now)
    await alerts.remember_message(connection, alert.id, -4242, 1000 + chat_id)
    await outbox.add(
        connection,
        [
            new_delivery(f"rem:{kept.id}:main", chat_id=chat_id, person_id=person.id, plan_id=kept.id,
                         payload={"text": f"Time for the injection of {LABEL}"}),
            new_delivery(f"alert:{alert.id}:1", chat_id=-4242, alert_id=alert.id, payload={"text": WORDS}),
            new_delivery(f"answer:{chat_id}", chat_id=chat_id, payload={"text": f"you said {WORDS}"}),
        ],
        now,
    )  # fmt: skip
    await dialogs.begin(connection, chat_id, "setup:label", {"label": LABEL}, now)
    await inbox.write(connection, [NewUpdate(500 + chat_id, chat_id, Urgency.NORMAL, message(1, chat_id, WORDS))], now)
    await chats.lose(connection, chat_id, "blocked", now)
    await chats.regain(connection, chat_id, now)
    found = await people.find(connection, chat_id)
    assert found is not None
    return found
