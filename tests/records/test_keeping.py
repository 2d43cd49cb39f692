"""Everything held about a person can be listed and is gone after forgetting; old things go by themselves."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.records import (
    alerts,
    chats,
    check_ins,
    dialogs,
    diary,
    feedback,
    heartbeats,
    inbox,
    injections,
    keeping,
    outbox,
    people,
    plans,
)
from bot.records.database import Connection, Database
from bot.records.inbox import NewUpdate, Urgency
from bot.records.outbox import Priority
from bot.records.people import Person
from bot.records.stale import StaleError
from bot.records.tables import metadata
from tests.records.making import NOON, new_delivery, new_person, new_plan

#: Tables that hold nothing about a person, each for a reason a reader can check.
IMPERSONAL = {"budgets", "facts", "heartbeats", "feedback", "unanswered", "shared_questions"}


async def live(connection: Connection, chat_id: int) -> Person:
    """A person with a row in every table that can have one."""
    person = await new_person(connection, chat_id)
    plan = await new_plan(connection, person)
    await dialogs.begin(connection, chat_id, "dose", {"text": "1 mg"}, NOON)
    injection, _ = await injections.record(
        connection, plan_id=plan.id, person_id=person.id, local_date=date(2026, 5, 4), at=NOON, slot_date=None,
        source="button", now=NOON,
    )  # fmt: skip
    await check_ins.plan(connection, injection_id=injection.id, person_id=person.id, kind="24_hours", due_at=NOON)
    await diary.add(
        connection, person_id=person.id, local_date=date(2026, 5, 4), at=NOON, kind="check_in", value={"answer": "sore"}
    )
    alert = await alerts.open_alert(
        connection, person_id=person.id, level="urgent", sign="rash", context={}, text="a rash", next_step_at=None,
        now=NOON,
    )  # fmt: skip
    await alerts.remember_message(connection, alert.id, -9, 100 + chat_id)
    await outbox.add(
        connection,
        [
            new_delivery(f"reminder of {chat_id}", chat_id=chat_id, person_id=person.id, plan_id=plan.id),
            new_delivery(f"alert of {chat_id}", chat_id=-9, alert_id=alert.id, priority=Priority.ALERT),
            new_delivery(f"answer to {chat_id}", chat_id=chat_id),
        ],
        NOON,
    )
    message = {"message": {"text": "private words"}}
    await inbox.write(connection, [NewUpdate(1000 + chat_id, chat_id, Urgency.NORMAL, message)], NOON)
    await chats.lose(connection, chat_id, "blocked", NOON)
    found = await people.get(connection, person.id)
    assert found is not None
    return found


async def test_every_table_about_people_is_listed_and_forgotten(database: Database) -> None:
    async with database.write() as connection:
        await live(connection, 1)
        person = await live(connection, 2)
        held = await keeping.everything_about(connection, person)
        tables = {table.name for table in metadata.sorted_tables}
        assert set(held) == tables - IMPERSONAL
        assert [name for name, rows in held.items() if not rows] == []
        assert len(held["outbox"]) == 3
        json.dumps(held)  # everything in it is plain
        kept = {table.name: len((await connection.execute(select(table))).all()) for table in metadata.sorted_tables}
        await people.forget(connection, person)
        assert all(rows == [] for rows in (await keeping.everything_about(connection, person)).values())
        for table in metadata.sorted_tables:
            left = len((await connection.execute(select(table))).all())
            assert left == (kept[table.name] if table.name in IMPERSONAL else kept[table.name] / 2), table.name


async def test_old_things_go_and_young_ones_stay(database: Database) -> None:
    async with database.write() as connection:
        blocked = await live(connection, 1)
        person = await new_person(connection, 2)
        plan = await new_plan(connection, person)
        await outbox.add(connection, [new_delivery("sent", chat_id=2), new_delivery("waiting", chat_id=2)], NOON)
        await outbox.cancel(connection, ["sent"], NOON)
        await feedback.share(connection, "can I drink wine", "alcohol", NOON)
        await heartbeats.beat(connection, "me:1", "plan")
        early = await keeping.drop_old(connection, NOON + timedelta(hours=1), days=365, blocked_months=6)
        assert not any(early.values())
        later = await keeping.drop_old(connection, NOON + timedelta(days=366), days=365, blocked_months=6)
        assert later["people"] == 1
        assert later["shared_questions"] == 1
        assert later["deliveries"] >= 1
        assert await people.get(connection, blocked.id) is None
        assert await plans.get(connection, plan.id) == plan
        assert await outbox.by_key(connection, "sent") is None
        assert await outbox.by_key(connection, "waiting") is not None
        assert [beat.tick for beat in await heartbeats.all_heartbeats(connection)] == ["plan"]


async def test_counts_of_use_hold_no_text(database: Database) -> None:
    day = date(2026, 5, 4)
    async with database.write() as connection:
        for helpful in (True, True, False):
            await feedback.vote(connection, "typical_dose", day, helpful=helpful)
        await feedback.vote(connection, "storage", day, helpful=False)
        await feedback.vote(connection, "storage", day, helpful=False)
        await feedback.vote(connection, "storage", day - timedelta(days=30), helpful=True)
        found = await feedback.verdicts(connection, day)
        assert [(item.entry_id, item.helpful, item.not_helpful) for item in found] == [
            ("storage", 0, 2),
            ("typical_dose", 2, 1),
        ]
        for _ in range(3):
            await feedback.not_answered(connection, "storage", day)
        assert await feedback.count_not_answered(connection, day) == {"storage": 3}
        await feedback.share(connection, "can I drink wine", "alcohol", NOON)
        assert [(item.text, item.nearest) for item in await feedback.shared(connection)] == [
            ("can I drink wine", "alcohol")
        ]


async def test_signs_of_life_and_facts(database: Database) -> None:
    async with database.write() as connection:
        await heartbeats.beat(connection, "me:1", "plan")
        await heartbeats.beat(connection, "me:1", "plan")
        (beat,) = await heartbeats.all_heartbeats(connection)
        assert (beat.process, beat.tick) == ("me:1", "plan")
        assert 0 <= beat.age_seconds < 60
        assert await heartbeats.drop_silent(connection, 3600) == 0
        assert await heartbeats.drop_silent(connection, -3600) == 1
        await heartbeats.remember(connection, "tzdata", "2026a")
        await heartbeats.remember(connection, "tzdata", "2026b")
        assert await heartbeats.fact(connection, "tzdata") == "2026b"


async def test_the_diary_is_newest_first(database: Database) -> None:
    async with database.write() as connection:
        person = await new_person(connection)
        for hour in range(3):
            at = NOON + timedelta(hours=hour)
            await diary.add(connection, person_id=person.id, local_date=at.date(), at=at, kind="mood", value=hour)
        assert [entry.value for entry in await diary.of_person(connection, person.id)] == [2, 1, 0]
        since = await diary.of_person(connection, person.id, since=NOON + timedelta(hours=1), limit=1)
        assert [entry.value for entry in since] == [2]


async def test_a_dialog_moves_on_only_from_where_it_was_seen(database: Database) -> None:
    async with database.write() as connection:
        first = await dialogs.begin(connection, 1, "dose", {}, NOON)
        second = await dialogs.advance(connection, first, "date", {"dose": "1 mg"}, NOON)
        assert await dialogs.find(connection, 1) == second
        with pytest.raises(StaleError):
            await dialogs.advance(connection, first, "zone", {}, NOON)
        with pytest.raises(StaleError):
            await dialogs.end(connection, first)
        await dialogs.end(connection, second)
        assert await dialogs.find(connection, 1) is None
        # what was seen of the old one does not fit the next
        third = await dialogs.begin(connection, 1, "dose", {}, NOON)
        with pytest.raises(StaleError):
            await dialogs.advance(connection, second, "zone", {}, NOON)
        fresh = await dialogs.begin(connection, 1, "other", {}, NOON)
        assert fresh.version != third.version
