"""Alerts from opened to closed, on both databases: what is written down, what the patient and the care team read."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.care.alert_steps import REMINDERS
from bot.clock import FixedClock
from bot.records import chats
from bot.records.database import Database
from bot.understanding.verdict import Circumstances, Verdict
from tests.care.caring import BACKUP, PATIENT, RASH, TEAM, THROAT, Ward, ward


@pytest.fixture
def place(database: Database, clock: FixedClock) -> Ward:
    return ward(database, clock)


def buttons(payload: object) -> list[str]:
    assert isinstance(payload, dict)
    rows = payload.get("reply_markup", {}).get("inline_keyboard", [])
    return [one["callback_data"] for row in rows for one in row]


async def test_an_alert_is_written_with_its_message_and_the_patient_reads_the_truth(place: Ward) -> None:
    person = await place.person()
    line = await place.raise_alert(person, text="my throat is closing")
    assert line == "I am sending an alert to Riverside. Nobody has seen it yet. Do not wait for it: call 999."
    [row] = await place.written()
    number = await place.newest(person)
    assert (row.chat_id, row.policy, row.priority, row.alert_id) == (TEAM, "again", 0, number)
    text = str(row.payload["text"])
    assert person.code in text
    assert "my throat is closing" in text
    assert buttons(row.payload) == [f"alert_have:{number}", f"alert_called:{number}", f"alert_false:{number}"]


async def test_words_stay_here_unless_the_patient_shares_them(place: Ward) -> None:
    person = await place.person(share_text=False)
    await place.raise_alert(person, text="my throat is closing, says Ann")
    [alert] = await place.alerts(person)
    assert alert.text is None
    assert "Ann" not in str(alert.context)
    assert "Ann" not in str(await place.said(TEAM))
    assert "they have not agreed to share them" in (await place.said(TEAM))[0]


async def test_context_days_and_minutes_since_the_injection_and_the_phase(place: Ward) -> None:
    person = await place.person()
    await place.inject(person, place.clock.now() - timedelta(days=2, hours=3, minutes=4), phase="loading")
    await place.raise_alert(person)
    [alert] = await place.alerts(person)
    assert alert.context["phase"] == "loading"
    injection = alert.context["injection"]
    assert isinstance(injection, dict)
    assert (injection["days"], injection["minutes"], injection["count"]) == (2, 2 * 1440 + 184, 1)
    text = (await place.said(TEAM))[0]
    assert "2 d 3 h ago" in text
    assert "loading phase" in text


async def test_circumstances_for_the_screen(place: Ward) -> None:
    person = await place.person()
    circumstances = place.caring.escalations.circumstances
    assert await circumstances(person) == Circumstances(None, False)
    await place.inject(person, place.clock.now() - timedelta(hours=3), phase="loading")
    assert await circumstances(person) == Circumstances(3.0, True)


async def test_nobody_takes_it(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    await place.send_all()
    assert await place.tick(4.9) == 0
    assert await place.tick(0.1) == 1
    assert "Nobody has taken this in 5 minutes" in (await place.said(TEAM))[1]
    assert await place.said(BACKUP) == []
    assert await place.tick(5) == 1
    assert "You are next" in (await place.said(BACKUP))[0]
    assert await place.said(PATIENT) == []
    assert await place.tick(5) == 1
    assert (await place.said(PATIENT))[0].startswith("Nobody has seen your alert yet.")
    assert "Call 999 now." in (await place.said(PATIENT))[0]
    before = len(await place.written())
    for _ in range(10):
        await place.tick(24 * 60)
    reminders = (await place.said(TEAM, since=before), await place.said(BACKUP, since=before))
    assert [len(found) for found in reminders] == [REMINDERS, REMINDERS]
    assert len(await place.said(PATIENT)) == 1
    assert [alert.state for alert in await place.alerts(person)] == ["open"]


async def test_somebody_has_it(place: Ward) -> None:
    person = await place.person(zone="America/New_York")
    await place.raise_alert(person)
    await place.send_all()
    place.clock.advance(timedelta(minutes=3))
    [sent] = await place.written()
    attended = await place.caring.team.have(await place.newest(person), "Robin", (TEAM, sent.message_id or 0))
    assert attended.note == "You have it. The patient is told that the alert was seen."
    assert attended.card is not None
    assert "Robin has it since 09:03" in attended.card.text  # London
    # the patient's own clock
    assert (await place.said(PATIENT))[0].startswith("Your alert was seen by Riverside at 04:03.")
    assert await place.tick(60) == 0
    assert len(await place.said(TEAM)) == 1
    second = await place.caring.team.have(await place.newest(person), "Sam", None)
    assert second.note == "✅ Robin has it since 09:03."
    assert len(await place.said(PATIENT)) == 1


async def test_other_copies_show_who_has_it(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    await place.send_all()
    await place.tick(5)
    await place.tick(5)
    copies = [row for row in await place.written() if row.kind == "alert"]
    assert [row.chat_id for row in copies] == [TEAM, TEAM, BACKUP]
    pressed = copies[1]
    await place.caring.team.have(await place.newest(person), "Robin", (pressed.chat_id, pressed.message_id or 0))
    edits = [row for row in await place.written() if row.method == "editMessageText"]
    number = await place.newest(person)
    assert [(row.chat_id, row.payload["message_id"]) for row in edits] == [
        (copies[0].chat_id, copies[0].message_id), (copies[2].chat_id, copies[2].message_id),
    ]  # fmt: skip
    assert all("Robin has it" in str(row.payload["text"]) for row in edits)
    assert buttons(edits[0].payload) == [f"alert_called:{number}", f"alert_false:{number}"]


@pytest.mark.parametrize(
    ("how", "state", "shown"), [("called", "closed", "called"), ("false", "false_alarm", "false alarm")]
)
async def test_closed_by_a_button(place: Ward, how: str, state: str, shown: str) -> None:
    person = await place.person()
    await place.raise_alert(person)
    await place.caring.team.have(await place.newest(person), "Robin", None)
    attended = await place.caring.team.close(await place.newest(person), "Sam", how, None)  # type: ignore[arg-type]
    assert [alert.state for alert in await place.alerts(person)] == [state]
    assert attended.card is not None
    assert f"Closed by Sam at 09:00: {shown}." in attended.card.text
    assert attended.card.buttons == ()
    told = (await place.said(PATIENT))[-1]
    # the same words for both: a false alarm is no all-clear
    assert told.startswith(
        "Your alert was closed by Riverside at 09:00. What you write is no longer passed on to them."
    )
    assert (
        await place.caring.team.close(await place.newest(person), "Robin", "called", None)
    ).note == "It was closed before."
    assert await place.tick(10_000) == 0


async def test_the_same_sign_goes_to_the_same_alert_for_half_an_hour(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person, text="one")
    place.clock.advance(timedelta(minutes=2))
    line = await place.raise_alert(person, text="two")
    assert line.startswith("I told Riverside that you wrote again. Nobody has seen your alert yet.")
    await place.caring.team.have(await place.newest(person), "Robin", None)
    place.clock.advance(timedelta(minutes=2))
    line = await place.raise_alert(person, text="three")
    assert line.startswith("I told Riverside that you wrote again. They saw your alert at 09:02.")
    assert len(await place.alerts(person)) == 1
    assert [text.splitlines()[-1] for text in await place.said(TEAM)][1:] == ["two", "three"]
    place.clock.advance(timedelta(minutes=30))
    await place.raise_alert(person, text="four")
    assert len(await place.alerts(person)) == 2


async def test_another_sign_or_a_worse_one_is_an_alert_of_its_own(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person, RASH)
    await place.raise_alert(person, THROAT)
    await place.raise_alert(person, Verdict("emergency", "widespread_rash", "allergy"))
    assert {(alert.sign, alert.level) for alert in await place.alerts(person)} == {
        ("widespread_rash", "urgent"), ("throat", "emergency"), ("widespread_rash", "emergency"),
    }  # fmt: skip


async def test_one_patient_cannot_drown_the_others(place: Ward) -> None:
    person = await place.person()
    for n in range(200):
        await place.raise_alert(person, text=f"my throat {n}")
        place.clock.advance(timedelta(seconds=1))
    assert len(await place.said(TEAM)) <= 1 + 4


async def test_two_at_once_open_one_alert(database: Database, clock: FixedClock) -> None:
    place = ward(database, clock)
    person = await place.person()
    await asyncio.gather(*(place.raise_alert(person) for _ in range(6)))
    assert len(await place.alerts(person)) == 1


async def test_workers_at_once_take_each_step_once(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    for _ in range(3):
        place.clock.advance(timedelta(minutes=5))
        taken = await asyncio.gather(*(place.caring.steps.advance_alerts(place.clock.now()) for _ in range(4)))
        assert sum(taken) == 1
    assert [len(await place.said(chat)) for chat in (TEAM, BACKUP, PATIENT)] == [2, 1, 1]


async def test_acknowledging_and_the_step_at_once(place: Ward) -> None:
    """Whichever is first, nobody is told that nobody has it once somebody has."""
    person = await place.person()
    await place.raise_alert(person)
    await place.tick(5)
    await place.tick(5)
    place.clock.advance(timedelta(minutes=5))
    now = place.clock.now()
    await asyncio.gather(
        place.caring.team.have(await place.newest(person), "Robin", None), place.caring.steps.advance_alerts(now)
    )
    told = await place.said(PATIENT)
    assert told[-1].startswith("Your alert was seen")
    assert await place.tick(30) == 0


async def test_out_of_hours_is_said_at_once(database: Database, clock: FixedClock) -> None:
    place = ward(database, clock, care_team_hours="mon-fri 09:00-17:00")
    person = await place.person()
    clock.advance(timedelta(hours=12))  # Monday 21:00 in London, and Tuesday in Kolkata
    line = await place.raise_alert(person)
    assert line.startswith("I am sending an alert to Riverside, but they are closed now and open on Tuesday at 09:00.")
    elsewhere = await place.raise_alert(await place.person(8, zone="Asia/Kolkata"))
    assert "open today at 13:30" in elsewhere
    assert "call 999" in line
    urgent = await place.raise_alert(person, RASH)
    assert "make the call yourself" in urgent
    clock.advance(timedelta(hours=12))  # Tuesday 09:00
    assert "Nobody has seen it yet" in await place.raise_alert(person)


async def test_it_comes_up_again_when_the_clinic_opens(database: Database, clock: FixedClock) -> None:
    place = ward(database, clock, care_team_hours="mon-fri 09:00-17:00")
    person = await place.person()
    clock.advance(timedelta(hours=12))
    await place.raise_alert(person)
    for _ in range(3):
        await place.tick(5)
    before = len(await place.written())
    await place.tick(11 * 60 + 44)  # 08:59
    assert len(await place.written()) == before
    await place.tick(1)
    assert "Still open and nobody has taken it" in (await place.said(TEAM, since=before))[0]


async def test_no_care_team_nobody_is_watching(database: Database, clock: FixedClock) -> None:
    place = ward(database, clock, care_team_chat_id=None, care_team_backup_chat_id=None)
    person = await place.person()
    assert await place.raise_alert(person) == "Nobody is watching this chat. Please make the call yourself."
    assert await place.written() == []
    assert await place.alerts(person) == []
    status = await place.caring.status()
    assert (status.configured, status.ok) == (False, True)


async def test_one_contact_only(database: Database, clock: FixedClock) -> None:
    place = ward(database, clock, care_team_backup_chat_id=None)
    person = await place.person()
    await place.raise_alert(person)
    await place.tick(5)
    await place.tick(5)
    assert len(await place.said(TEAM)) == 3
    assert len(await place.said(PATIENT)) == 1


async def test_a_contact_that_cannot_be_reached_is_passed_over_at_once(place: Ward) -> None:
    person = await place.person()
    assert (await place.caring.status()).ok
    await place.raise_alert(person)
    await place.send_all(fail=TEAM)
    for _ in range(2):
        place.clock.advance(timedelta(seconds=1))
        await place.caring.steps.advance_alerts(place.clock.now())
        await place.send_all(fail=TEAM)
    assert "You are next" in (await place.said(BACKUP))[0]
    assert place.clock.now() < (await place.alerts(person))[0].opened_at + timedelta(seconds=5)


async def test_known_to_be_lost_is_said_on_the_card_and_in_health(place: Ward) -> None:
    person = await place.person()
    async with place.database.write() as connection:
        await chats.lose(connection, TEAM, "kicked", place.clock.now())
    line = await place.raise_alert(person)
    assert "Nobody has seen it yet" in line  # the next contact was written to at once
    assert [len(await place.said(chat)) for chat in (TEAM, BACKUP)] == [1, 1]
    status = await place.caring.status()
    assert (status.ok, status.lost, status.open_alerts) == (True, (TEAM,), 1)
    async with place.database.write() as connection:
        await chats.lose(connection, BACKUP, "kicked", place.clock.now())
    place.clock.advance(timedelta(hours=1))
    line = await place.raise_alert(person)
    assert line == "I tried to tell Riverside, but my message cannot reach them. Nobody has seen this. Call 999."
    status = await place.caring.status()
    assert not status.ok
    assert status.unseen_seconds == 3600
    await place.send_all()  # it arrives all the same: they are back, though nobody told the bot
    assert (await place.caring.status()).ok


async def test_a_patient_is_told_even_if_no_contact_can_be_reached(database: Database, clock: FixedClock) -> None:
    place = ward(database, clock, care_team_backup_chat_id=None)
    person = await place.person()
    await place.raise_alert(person)
    await place.send_all(fail=TEAM)
    for _ in range(3):
        await place.tick(0.1, fail=TEAM)
    assert (await place.said(PATIENT))[0].startswith("Nobody has seen your alert yet.")
    rows = len(await place.written())
    for _ in range(20):  # and then it waits for the next opening; it does not spin
        await place.tick(0.1, fail=TEAM)
    assert len(await place.written()) == rows


async def test_the_group_became_a_supergroup(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    await place.caring.team.moved(TEAM, -1_000_042)
    assert await place.caring.team.knows(-1_000_042)
    assert await place.said(-1_000_042)
    await place.tick(5)
    assert len(await place.said(-1_000_042)) == 2
    await place.caring.team.have(await place.newest(person), "Robin", None)
    edits = [row for row in await place.written() if row.method == "editMessageText"]
    assert {row.chat_id for row in edits} == {-1_000_042}


async def test_long_words_are_cut_on_the_card_and_whole_in_the_thread(place: Ward) -> None:
    person = await place.person()
    long = "😱" * 2000
    await place.raise_alert(person, text=long)
    rows = await place.written()
    assert [row.kind for row in rows] == ["alert", "alert_thread"]
    assert all(len(str(row.payload["text"]).encode("utf-16-le")) // 2 <= 4096 for row in rows)
    assert long in str(rows[1].payload["text"])


async def test_asked_after_a_day_and_closed_after_three(place: Ward) -> None:
    person = await place.person()
    await place.raise_alert(person)
    await place.send_all()
    await place.caring.team.have(await place.newest(person), "Robin", None)
    before = len(await place.written())
    assert await place.tick(24 * 60) == 1
    assert "silent for a day" in (await place.said(TEAM, since=before))[0]
    assert await place.tick(24 * 60) == 1
    assert await place.tick(24 * 60) == 1
    assert [alert.state for alert in await place.alerts(person)] == ["closed"]
    assert "closed by itself" in (await place.said(TEAM))[-1]
    assert (await place.said(PATIENT))[-1].startswith("Your alert is closed now, because nobody wrote for a day.")
    assert await place.said(BACKUP) == []
    assert await place.tick(100_000) == 0


async def test_the_list_has_the_open_ones_those_nobody_has_first(place: Ward) -> None:
    assert (await place.caring.team.listing()).text == "No open alerts."
    first, second = await place.person(7), await place.person(8)
    await place.raise_alert(first, RASH)
    await place.raise_alert(second, THROAT)
    await place.caring.team.have(await place.newest(second), "Robin", None)
    listing = await place.caring.team.listing()
    lines = listing.text.splitlines()
    assert first.code in lines[0]
    assert second.code in lines[1]
    assert "Robin has it" in lines[1]
    await place.caring.team.show(await place.newest(first), TEAM, "query-1")
    await place.caring.team.show(await place.newest(first), TEAM, "query-1")
    assert len([row for row in await place.written() if ":show:" in row.dedupe_key]) == 1


async def test_an_alert_that_is_gone(place: Ward) -> None:
    team = place.caring.team
    for attended in (
        await team.have(99, "R", None),
        await team.close(99, "R", "called", None),
        await team.show(99, TEAM, "q"),
    ):
        assert attended.note.startswith("This alert is gone")
        assert attended.card is None


async def test_no_reason_of_the_screen_with_the_patients_words_is_kept(place: Ward) -> None:
    person = await place.person(share_text=False)
    await place.raise_alert(
        person, Verdict("emergency", "throat", "allergy", None, ("en: throat: MY WORDS",)), "MY WORDS"
    )
    [alert] = await place.alerts(person)
    assert "MY WORDS" not in str(alert)
    assert "MY WORDS" not in str(await place.written())
