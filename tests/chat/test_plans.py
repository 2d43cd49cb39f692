"""Plans in the chat over real HTTP: the set-up with everything that can come between, and the reminders' buttons."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.records import plans
from tests.talking import Message, Place, Talk, button, labels, running_bot


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with running_bot(tmp_path) as place:
        yield place


@pytest.fixture
async def talk(place: Place) -> Talk:
    travel(place, "10:00", days=1)
    talk = place.talk()
    await talk.say("/start", 3)
    await talk.forge(await talk.last_id(), "country:GB")
    await talk.hears("One more thing")
    return talk


def travel(place: Place, to: str, days: int = 0) -> None:
    """Move to this time in London, today or some days later."""
    here = place.clock.now().astimezone(ZoneInfo("Europe/London"))
    day = here.date() + timedelta(days=days)
    place.clock.advance(datetime.combine(day, time.fromisoformat(to), here.tzinfo) - here)


async def tap(talk: Talk, message: Message, label: str, becomes: str) -> Message:
    await talk.press(message, label)
    return await talk.becomes(message["message_id"], becomes)


async def to_the_dates(talk: Talk) -> Message:
    """A loading plan at home in London, up to the question how long it goes on."""
    asked = (await talk.say("/remind"))[0]
    asked = await tap(talk, asked, "For me", "Which medicine")
    await tap(talk, asked, "Hydroxocobalamin", "What is the dose")
    asked = (await talk.say("1000mcg"))[0]
    asked = await tap(talk, asked, "At home", "Which town")
    asked = await tap(talk, asked, "United Kingdom", "loading")
    await tap(talk, asked, "Loading", "right now")
    await talk.say("every 2 days")
    return (await talk.say("today"))[0]


async def set_up(talk: Talk) -> Message:
    await to_the_dates(talk)
    await talk.say("2 injections")
    asked = (await talk.say("every 8 weeks"))[0]
    await tap(talk, asked, "Count from", "What time")
    preview = (await talk.say("6pm"))[0]
    assert "1. Dose: 1 mg (1,000 micrograms)" in preview["text"]
    return preview


async def stored(place: Place) -> list[plans.Plan]:
    async with place.house.database.read() as connection:
        return [row for number in range(1, 9) if (row := await plans.get(connection, number)) is not None]


async def test_a_plan_is_set_up_shown_and_reminded_of(place: Place, talk: Talk) -> None:
    preview = await set_up(talk)
    await tap(talk, preview, "✅ Yes", "All set")
    shown = (await talk.say("/plan"))[0]
    assert "Loading: 0 of 2" in shown["text"]
    before = await talk.last_id()
    travel(place, "18:00")
    due = await talk.hears("is the day for the injection", before)
    assert "trouble breathing" in due["text"]
    assert labels(due) == [
        "✅ Done",
        "⏰ Later",
        "📅 Another day",
        "Skip",
        "I feel unwell",
        "⚠️ I have a warning sign",
    ]


async def test_a_red_flag_in_the_middle_shows_its_card_and_leaves_the_set_up_where_it_was(talk: Talk) -> None:
    asked = await to_the_dates(talk)
    assert "How long do these injections go on" in asked["text"]
    card = await talk.say("i cant breathe and my lips are swelling")
    assert card[0]["text"].startswith("Call 999 now.")
    before = await talk.last_id()
    await talk.say("2 injections")
    await talk.hears("And after that", before)


async def test_a_question_in_the_middle_is_answered_and_the_step_repeated(talk: Talk) -> None:
    asked = (await talk.say("/remind"))[0]
    asked = await tap(talk, asked, "For me", "Which medicine")
    await tap(talk, asked, "Hydroxocobalamin", "What is the dose")
    answer, again = await talk.say("what are the usual doses of b12 injections?", 2)
    assert answer["text"].startswith(("Usual doses", "I am not quite sure"))
    assert "What is the dose" in again["text"]
    noted = (await talk.say("500 micrograms"))[0]
    assert "0.5 mg (500 micrograms)" in noted["text"]


async def test_commands_and_reminders_in_the_middle_leave_the_set_up_alone(talk: Talk) -> None:
    await to_the_dates(talk)
    for command in ("/help", "/plan", "/sideeffects"):
        await talk.say(command)
    assert "And after that" in (await talk.say("2 injections"))[0]["text"]
    carried_on = (await talk.say("/remind"))[0]
    assert "You were in the middle" in carried_on["text"]
    await tap(talk, carried_on, "Start again", "Who is this plan for")


async def test_units_and_volumes_are_refused_in_words(talk: Talk) -> None:
    asked = (await talk.say("/remind"))[0]
    asked = await tap(talk, asked, "For me", "Which medicine")
    await tap(talk, asked, "Cyanocobalamin", "What is the dose")
    assert "I will not turn IU" in (await talk.say("1000 IU"))[0]["text"]
    assert "how much liquid" in (await talk.say("1 ml"))[0]["text"]
    unusual = (await talk.say("10 mg"))[0]
    assert "unusual amount" in unusual["text"]
    assert "Where do you have" in (await talk.say("yes"))[0]["text"]


async def test_a_shared_location_is_taken_when_asked_for_and_answered_when_not(talk: Talk) -> None:
    here = {"text": "", "location": {"latitude": 51.5, "longitude": -0.12}}
    assert "I can only read text" in (await talk.send(here))[0]["text"]
    asked = (await talk.say("/remind"))[0]
    asked = await tap(talk, asked, "For me", "Which medicine")
    await tap(talk, asked, "Cyanocobalamin", "What is the dose")
    asked = (await talk.say("1 mg"))[0]
    await tap(talk, asked, "At the clinic", "Which town")
    assert "United Kingdom" in (await talk.send(here))[0]["text"]


async def test_two_taps_on_yes_at_once_keep_one_plan(place: Place, talk: Talk) -> None:
    preview = await set_up(talk)
    yes = button(preview, "✅ Yes")
    await asyncio.gather(*(talk.forge(preview["message_id"], yes) for _ in range(5)))
    await talk.becomes(preview["message_id"], "All set")
    await talk.say("/help")
    assert len(await stored(place)) == 1


async def test_done_closes_the_reminder_and_undo_opens_it_again(place: Place, talk: Talk) -> None:
    preview = await set_up(talk)
    await tap(talk, preview, "✅ Yes", "All set")
    travel(place, "18:00")
    due = await talk.hears("is the day for the injection")
    asked = await tap(talk, due, "✅ Done", "When was the injection")
    assert [one for one in labels(asked) if one.startswith(("Today", "Yesterday"))]
    yesterday = button(asked, "Yesterday")
    await asyncio.gather(*(talk.forge(due["message_id"], yesterday) for _ in range(4)))
    recorded = await talk.becomes(due["message_id"], "Recorded")
    assert "left thigh" in labels(recorded)
    assert not any(one.startswith("✅") for one in labels(recorded))
    noted = await tap(talk, recorded, "left thigh", "Place: left thigh")
    assert "↩️ Undo" in labels(noted)
    await tap(talk, noted, "↩️ Undo", "Taken back")
    history = (await talk.say("/history"))[0]
    assert "no injections written down" in history["text"]


async def test_the_warning_sign_button_leads_straight_to_the_emergency_card(place: Place, talk: Talk) -> None:
    preview = await set_up(talk)
    await tap(talk, preview, "✅ Yes", "All set")
    travel(place, "18:00")
    due = await talk.hears("is the day for the injection")
    before = await talk.last_id()
    await talk.press(due, "⚠️")
    [card] = await talk.heard(before)
    assert card["text"].startswith("Call 999 now.")


async def test_another_persons_buttons_and_forged_ones_change_nothing(place: Place, talk: Talk) -> None:
    preview = await set_up(talk)
    await tap(talk, preview, "✅ Yes", "All set")
    other = place.talk(78)
    mine = (await other.say("/help"))[0]["message_id"]
    before = await stored(place)
    forged = [
        "done:1:2026-05-04", "had:1:2026-05-04:2026-05-04", "skip:1:2026-05-04:ill", "move:1:2026-05-04:2026-05-06",
        "later:1:2026-05-04:hour", "undo:1:1", "site:1:1:arm:left", "plan:1:ended", "plan:1:edit", "plan:1:pause",
        "had:1:x:y", "done", "plan", "had:99999999999999999999:2026-05-04:2026-05-04", "setup:1:a:me", "setup",
    ]  # fmt: skip
    for data in forged:
        await other.forge(mine, data)
    for data in ("had:1:x:y", "done", "plan", "plan:x", "undo:1", "site", "move:1", "later:1:2026-13-45", "skip:1:zz"):
        await talk.forge(preview["message_id"], data)
    await talk.say("/help")
    await other.say("/help")
    assert await stored(place) == before


async def test_a_typed_date_after_another_date(place: Place, talk: Talk) -> None:
    preview = await set_up(talk)
    await tap(talk, preview, "✅ Yes", "All set")
    travel(place, "18:00")
    due = await talk.hears("is the day for the injection")
    asked = await tap(talk, due, "✅ Done", "When was the injection")
    await tap(talk, asked, "Another date", "or type the date")
    assert "still to come" in (await talk.say("tomorrow"))[0]["text"]
    recorded = (await talk.say("yesterday"))[0]
    assert "Recorded" in recorded["text"]
    assert "•" in (await talk.say("/history"))[0]["text"]
