"""Alerts: one person has it, each step is taken once, a reply finds its patient."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.records import alerts
from bot.records.alerts import Alert
from bot.records.database import Connection, Database
from tests.records.making import NOON, new_person

MINUTE = timedelta(minutes=1)


async def new_alert(connection: Connection, chat_id: int = 1) -> Alert:
    person = await new_person(connection, chat_id)
    return await alerts.open_alert(
        connection,
        person_id=person.id,
        level="emergency",
        sign="throat",
        context={"days_since_injection": 0},
        text="my throat closes",
        next_step_at=NOON + 5 * MINUTE,
        now=NOON,
    )


async def test_an_alert_comes_back_as_it_was_opened(database: Database) -> None:
    async with database.write() as connection:
        opened = await new_alert(connection)
        assert await alerts.get(connection, opened.id) == opened
        assert (opened.state, opened.step, opened.text) == ("open", 0, "my throat closes")
        assert await alerts.unclosed(connection) == [opened]
        assert await alerts.of_person(connection, opened.person_id, unclosed=True) == [opened]


async def test_two_nurses_press_at_once_and_one_has_it(database: Database) -> None:
    async with database.write() as connection:
        opened = await new_alert(connection)

    async def press(name: str) -> bool:
        async with database.write() as connection:
            return await alerts.acknowledge(connection, opened.id, name, NOON + MINUTE)

    answers = await asyncio.gather(press("Ann"), press("Bea"), press("Cy"))
    assert sorted(answers) == [False, False, True]
    async with database.read() as connection:
        found = await alerts.get(connection, opened.id)
        assert found is not None
        assert found.state == "acknowledged"
        assert found.acknowledged_by == ("Ann", "Bea", "Cy")[answers.index(True)]
        assert await alerts.due(connection, NOON + timedelta(days=1)) == []


async def test_each_step_is_taken_once_and_none_after_somebody_has_it(database: Database) -> None:
    async with database.write() as connection:
        seen = await new_alert(connection)
        assert await alerts.due(connection, NOON + 4 * MINUTE) == []
        assert await alerts.due(connection, NOON + 5 * MINUTE) == [seen]
        assert await alerts.take_step(connection, seen, NOON + 10 * MINUTE) is True
        assert await alerts.take_step(connection, seen, NOON + 10 * MINUTE) is False
        again = await alerts.get(connection, seen.id)
        assert again is not None
        assert (again.step, again.next_step_at) == (1, NOON + 10 * MINUTE)
        await alerts.acknowledge(connection, seen.id, "Ann", NOON)
        assert await alerts.take_step(connection, again, None) is False


async def test_closing(database: Database) -> None:
    async with database.write() as connection:
        one, other = await new_alert(connection, 1), await new_alert(connection, 2)
        assert await alerts.close(connection, one.id, NOON + MINUTE, by="Ann") is True
        assert await alerts.close(connection, one.id, NOON + 2 * MINUTE, by="Bea") is False
        assert await alerts.acknowledge(connection, one.id, "Bea", NOON) is False
        assert await alerts.close(connection, other.id, NOON + MINUTE, by="Bea", false_alarm=True) is True
        closed, false_alarm = await alerts.get(connection, one.id), await alerts.get(connection, other.id)
        assert closed is not None
        assert false_alarm is not None
        assert (closed.state, closed.closed_at, closed.acknowledged_by) == ("closed", NOON + MINUTE, "Ann")
        assert (false_alarm.state, false_alarm.acknowledged_at) == ("false_alarm", NOON + MINUTE)
        assert await alerts.unclosed(connection) == []
        assert await alerts.of_person(connection, one.person_id) == [closed]


async def test_a_reply_finds_its_alert(database: Database) -> None:
    async with database.write() as connection:
        alert = await new_alert(connection)
        await alerts.remember_message(connection, alert.id, -9, 70)
        await alerts.remember_message(connection, alert.id, -9, 70)
        assert await alerts.of_message(connection, -9, 70) == alert
        assert await alerts.of_message(connection, -8, 70) is None
        assert await alerts.messages_of(connection, alert.id) == [(-9, 70)]
