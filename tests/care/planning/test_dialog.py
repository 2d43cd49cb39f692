"""The set-up as a conversation, on both databases: stored steps, questions in between, devices and taps at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.care.asking import Asked
from bot.care.planning.dialog import SettingUp
from bot.care.reader import Reader
from bot.care.reply import Reply
from bot.clock import FixedClock
from bot.records import dialogs, people, plans
from bot.records.database import Database
from bot.records.people import Person
from bot.understanding.verdict import NOTHING, Verdict
from tests.care.planning.making import cities, reader

QUESTION = "how long does it take?"


class Answering:
    """Knows the answer to one question."""

    def reply_to(self, text: str, verdict: Verdict, reader: Reader) -> Asked:
        if text == QUESTION:
            return Asked(text, verdict, "answer", "how_long", (), (Reply("It can take weeks."),))
        return Asked(text, verdict, "unknown", None, (), (Reply("I do not know."),))


@dataclass
class Chat:
    """One person at the set-up; the last message shown is what buttons are tapped on."""

    setting_up: SettingUp
    database: Database
    person: Person
    reader: Reader
    shown: Reply
    updates: int = 0

    async def type(self, text: str) -> list[Reply]:
        self.updates += 1
        replies = await self.setting_up.typed(self.person, self.reader, text, NOTHING, self.updates)
        assert replies is not None
        self.shown = replies[-1]
        return replies

    def data(self, label: str, shown: Reply | None = None) -> tuple[str, ...]:
        found = [one for row in (shown or self.shown).buttons for one in row if label in one.label]
        assert found, (label, [one.label for row in self.shown.buttons for one in row])
        return found[0].action.args

    async def tap(self, label: str) -> Reply:
        self.updates += 1
        found = await self.setting_up.pressed(self.person, self.reader, self.data(label), self.updates)
        assert found.reply is not None, found
        self.shown = found.reply
        return found.reply

    async def plans(self) -> list[plans.Plan]:
        async with self.database.read() as connection:
            return await plans.of_person(connection, self.person.id, ended=True)

    async def dialog(self) -> dialogs.Dialog | None:
        async with self.database.read() as connection:
            return await dialogs.find(connection, self.person.chat_id)


@pytest.fixture
async def chat(database: Database, clock: FixedClock) -> Chat:
    async with database.write() as connection:
        person = await people.arrive(connection, 7, clock.now())
        person = await people.save(connection, replace(person, country="GB"))
    setting_up = SettingUp(database, clock, Answering(), "UTC", cities)
    shown = await setting_up.start(person, reader())
    return Chat(setting_up, database, person, reader(), shown)


async def to_the_preview(chat: Chat) -> None:
    await chat.tap("For me")
    await chat.tap("Hydroxocobalamin")
    await chat.type("1 mg")
    await chat.tap("At home")
    await chat.tap("United Kingdom")
    await chat.tap("Maintenance")
    await chat.tap("every 8 weeks")
    await chat.tap("Tomorrow")
    await chat.tap("Count from")
    await chat.tap("09:00")


async def test_a_plan_by_buttons_and_text(chat: Chat, clock: FixedClock) -> None:
    await to_the_preview(chat)
    assert chat.shown.title == "Please check the plan"
    done = await chat.tap("Yes")
    assert "Tue 5 May" in done.text
    assert "09:00" in done.text
    [row] = await chat.plans()
    assert row.next_due_at == clock.now() + timedelta(days=1)  # nine in London is eight in UTC
    assert row.prescription["product"] == "hydroxocobalamin"
    assert await chat.dialog() is None
    async with chat.database.read() as connection:
        person = await people.find(connection, 7)
    assert person is not None
    assert person.zone == "Europe/London"


async def test_a_question_in_the_middle_is_answered_and_the_step_asked_again(chat: Chat) -> None:
    await chat.tap("For me")
    await chat.tap("Hydroxocobalamin")
    before = await chat.dialog()
    replies = await chat.type(QUESTION)
    assert [reply.text for reply in replies[:-1]] == ["It can take weeks."]
    assert "What is the dose" in replies[-1].text
    assert await chat.dialog() == before
    replies = await chat.type("purple")
    assert "I did not see a number" in replies[0].text
    assert await chat.dialog() == before
    await chat.type("1 mg")
    assert "Where do you have" in chat.shown.text


async def test_a_question_is_not_taken_for_a_name(chat: Chat) -> None:
    await chat.tap("For someone else")
    replies = await chat.type(QUESTION)
    assert "What shall I call" in replies[-1].text
    await chat.type("Mum")
    assert "Mum" in (await chat.dialog()).payload["answers"].values()  # type: ignore[union-attr]


async def test_back_and_cancel_typed_or_tapped(chat: Chat) -> None:
    await chat.tap("For me")
    await chat.tap("Back")
    assert "Who is this plan for" in chat.shown.text
    await chat.tap("For me")
    await chat.type("back")
    assert "Who is this plan for" in chat.shown.text
    await chat.type("Cancel")
    assert await chat.dialog() is None
    assert await chat.plans() == []


async def test_an_old_button_and_another_conversations_button_change_nothing(chat: Chat) -> None:
    first = chat.data("For me")
    await chat.tap("For me")
    dialog = await chat.dialog()
    for args in (first, ("1", "a", "me"), (), ("x",), (first[0], "a", "hydroxocobalamin")):
        found = await chat.setting_up.pressed(chat.person, chat.reader, args, 99)
        assert found.reply is None
        assert found.note
    assert await chat.dialog() == dialog


async def test_two_devices_confirm_at_once_and_one_plan_is_kept(chat: Chat) -> None:
    await to_the_preview(chat)
    yes = chat.data("Yes")
    found = await asyncio.gather(
        *(chat.setting_up.pressed(chat.person, chat.reader, yes, number) for number in range(100, 106))
    )
    assert sum(one.reply is not None for one in found) == 1
    assert len(await chat.plans()) == 1


async def test_two_taps_at_once_take_one_step(chat: Chat) -> None:
    tapped = chat.data("For me")
    found = await asyncio.gather(
        *(chat.setting_up.pressed(chat.person, chat.reader, tapped, number) for number in range(100, 106))
    )
    assert sum(one.reply is not None for one in found) == 1
    dialog = await chat.dialog()
    assert dialog is not None
    assert dialog.payload["step"] == "product"


async def test_texts_at_once_from_two_devices_leave_a_sound_state(chat: Chat) -> None:
    await chat.tap("For me")
    await chat.tap("Hydroxocobalamin")
    found = await asyncio.gather(
        *(chat.setting_up.typed(chat.person, chat.reader, "1 mg", NOTHING, number) for number in range(100, 104))
    )
    assert all(found)
    dialog: Any = await chat.dialog()
    assert dialog.payload["answers"]["dose"] == "1_mg"


async def test_an_update_handed_in_twice_is_counted_once(chat: Chat) -> None:
    await chat.tap("For me")
    await chat.tap("Hydroxocobalamin")
    await chat.type("1 mg")
    chat.updates -= 1
    [again] = await chat.type("1 mg")
    assert "Where do you have" in again.text


async def test_remind_in_the_middle_carries_on_or_starts_again(chat: Chat) -> None:
    await chat.tap("For me")
    chat.shown = await chat.setting_up.start(chat.person, chat.reader)
    assert "in the middle" in chat.shown.text
    assert "Which medicine" in chat.shown.text
    await chat.tap("Start again")
    assert "Who is this plan for" in chat.shown.text


async def test_a_shared_location_gives_the_zone(chat: Chat) -> None:
    for label in ("For me", "Hydroxocobalamin"):
        await chat.tap(label)
    assert await chat.setting_up.located(chat.person, chat.reader, 51.5, -0.1, 50) is None
    await chat.type("1 mg")
    await chat.tap("At home")
    reply = await chat.setting_up.located(chat.person, chat.reader, 52.5, 13.4, 51)
    assert reply is not None
    assert "Germany" in reply.text
    dialog: Any = await chat.dialog()
    assert dialog.payload["answers"]["zone"] == "Europe.Berlin"
    assert "52.5" not in str(dialog.payload)


async def test_a_dialog_of_another_version_of_the_program_is_let_go(chat: Chat, clock: FixedClock) -> None:
    async with chat.database.write() as connection:
        await dialogs.begin(connection, 7, "setup", {"step": "shoe_size"}, clock.now())
    assert await chat.setting_up.typed(chat.person, chat.reader, "1 mg", NOTHING, 5) is None
    shown = await chat.setting_up.start(chat.person, chat.reader)
    assert "Who is this plan for" in shown.text


async def test_a_dozen_plans_and_no_more(chat: Chat) -> None:
    for _ in range(12):
        await to_the_preview(chat)
        await chat.tap("Yes")
        chat.shown = await chat.setting_up.start(chat.person, chat.reader)
    assert "/stop" in chat.shown.text
