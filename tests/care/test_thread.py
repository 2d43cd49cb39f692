"""Talking across an open alert: a nurse's words to the patient, the patient's to the nurse, and the truth of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care.thread import AT_MOST
from bot.clock import FixedClock
from bot.records import chats
from bot.records.database import Database
from bot.records.people import Person
from tests.care.caring import BACKUP, PATIENT, TEAM, Ward, ward


@pytest.fixture
def place(database: Database, clock: FixedClock) -> Ward:
    return ward(database, clock)


async def pass_on(place: Ward, person: Person, words: str | None, message: str = "1:0") -> str | None:
    told = await place.caring.threads.pass_on(person, place.reader(person), words, message)
    return None if told is None else told.text


async def write(place: Ward, person: Person, words: str, message: int = 500, edited_at: int | None = None) -> str:
    number = await place.newest(person)
    return (await place.caring.team.write(number, "Robin", words, (TEAM, message), edited_at=edited_at)).note


async def test_without_an_alert_nothing_is_passed_on(place: Ward) -> None:
    assert await pass_on(place, await place.person(), "hello") is None
    assert await place.written() == []


async def test_a_message_goes_to_the_thread_and_the_patient_reads_who_has_seen_the_alert(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    told = await pass_on(place, person, "it is getting worse & worse")
    assert told is not None
    assert told.startswith("I passed this on to Riverside. Nobody has seen your alert yet.")
    assert "it is getting worse &amp; worse" in (await place.said(TEAM))[-1]
    await place.caring.team.have(await place.newest(person), "Robin", None)
    told = await pass_on(place, person, "and now?", "2:0")
    assert told == "I passed this on to Riverside. They saw your alert at 09:00."


async def test_handled_twice_it_is_passed_on_once_and_edited_once_more(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    for message in ("7:0", "7:0", "7:1777881600"):
        await pass_on(place, person, "words", message)
    assert len(await place.said(TEAM)) == 1 + 2


async def test_words_that_are_not_shared_are_not_passed_on_and_that_is_said(place: Ward) -> None:
    person = await place.person(share_text=False)
    await place.raise_alert(person)
    told = await pass_on(place, person, "SECRET one", "1:0")
    assert told is not None
    assert "They do not see your words, because you have not agreed to share them." in told
    assert await pass_on(place, person, "SECRET two", "2:0") is None  # said a moment ago
    said = await place.said(TEAM)
    assert len(said) == 2  # the alert, and one line for both
    assert "SECRET" not in str(said)
    place.clock.advance(timedelta(minutes=6))
    await pass_on(place, person, "SECRET three", "3:0")
    assert len(await place.said(TEAM)) == 3


async def test_pictures_are_not_passed_on_and_that_is_said(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    told = await pass_on(place, person, None)
    assert told is not None
    assert "only pass words on" in told
    assert len(await place.said(TEAM)) == 1


async def test_closed_means_closed(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    await place.caring.team.close(await place.newest(person), "Robin", "called", None)
    assert await pass_on(place, person, "thanks") is None


async def test_a_flood_is_not_passed_on_whole(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    told = [await pass_on(place, person, "words", f"{n}:0") for n in range(AT_MOST + 3)]
    assert [text is not None and "did not pass this one on" in text for text in told] == [False] * AT_MOST + [True] * 3
    place.clock.advance(timedelta(minutes=2))
    again = await pass_on(place, person, "words", "99:0")
    assert again is not None
    assert again.startswith("I passed this on")


async def test_a_nurses_reply_reaches_the_patient_and_takes_the_alert(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    note = await write(place, person, "Sit down. We are calling you <now>.")
    assert note == f"On its way to {person.code}."
    seen, words = await place.said(PATIENT)
    assert seen.startswith("Your alert was seen by Riverside at 09:00.")
    assert words.startswith("<b>Message from Riverside</b>\n\nSit down. We are calling you &lt;now&gt;.")
    assert [alert.acknowledged_by for alert in await place.alerts(person)] == ["Robin"]
    assert await place.tick(60) == 0


async def test_the_same_reply_goes_once_and_again_when_it_is_corrected(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    await write(place, person, "call 0123")
    await write(place, person, "call 0123")
    await write(place, person, "call 0124", edited_at=1777881600)
    said = await place.said(PATIENT)
    assert len(said) == 3
    assert said[-1].startswith("<b>Message from Riverside, corrected</b>\n\ncall 0124")


async def test_a_reply_to_a_closed_alert_opens_it_again(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    await place.caring.team.close(await place.newest(person), "Sam", "false", None)
    note = await write(place, person, "How are you now?")
    assert "open again" in note
    [alert] = await place.alerts(person)
    assert (alert.state, alert.closed_at) == ("acknowledged", None)
    assert (await pass_on(place, person, "better")) is not None


async def test_both_contacts_hear_once_both_were_asked(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    await place.send_all()
    await pass_on(place, person, "one", "1:0")
    assert len(await place.said(BACKUP)) == 0
    await place.tick(5)
    await place.tick(5)
    await pass_on(place, person, "two", "2:0")
    assert "two" in (await place.said(BACKUP))[-1]
    assert "two" in (await place.said(TEAM))[-1]


async def test_words_that_could_not_be_delivered_come_back_to_the_nurse(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    await place.send_all()
    await write(place, person, "Please call us")
    async with place.database.write() as connection:
        await chats.lose(connection, PATIENT, "blocked", place.clock.now())
    for _ in range(3):
        await place.tick(1)
    back = [text for text in await place.said(TEAM) if "was not delivered" in text]
    assert len(back) == 1
    assert person.code in back[0]


async def test_talk_keeps_an_alert_from_closing_itself(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    await place.caring.team.have(await place.newest(person), "Robin", None)
    for day in range(5):
        place.clock.advance(timedelta(hours=23))
        await pass_on(place, person, "still here", f"{day}:0")
        assert await place.tick() == 0
    assert [alert.state for alert in await place.alerts(person)] == ["acknowledged"]


async def test_which_alert_a_message_belongs_to(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    await place.send_all()
    [row] = await place.written()
    assert row.message_id is not None
    assert await place.caring.team.alert_of(TEAM, row.message_id) == await place.newest(person)
    assert await place.caring.team.alert_of(TEAM, row.message_id + 1) is None
    assert await place.caring.team.alert_of(PATIENT, row.message_id) is None


async def test_only_the_configured_chats_are_the_care_teams(place: Ward) -> None:
    assert [await place.caring.team.knows(chat) for chat in (TEAM, BACKUP, PATIENT, -999)] == [True, True, False, False]
