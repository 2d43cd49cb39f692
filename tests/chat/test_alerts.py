"""Alerts from end to end, over real HTTP: the patient, the care team's chats, and everything between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.care.hours import DAYS
from bot.records import alerts, injections, outbox, people, plans
from bot.records.alerts import Alert
from bot.records.outbox import Delivery, NewDelivery, Priority
from bot.records.people import Person
from tests.talking import CARE, Message, Place, labels, running_bot

BACKUP = -1010
DANGER = "my throat feels tight since the jab"
MINUTES_5 = 300


class Town(Place):
    """The running bot with a patient, the care team and a second contact."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.house, place.http, place.url, place.clock)
        self.patient, self.team, self.backup = self.talk(), self.talk(CARE), self.talk(BACKUP)

    async def person(self, **changes: Any) -> Person:
        """The patient as the bot keeps them; by default in Britain, sharing their words."""
        wanted: dict[str, Any] = {"share_text": True, "country": "GB"} | changes
        async with self.house.database.write() as connection:
            found = await people.arrive(connection, self.patient.chat, self.clock.now())
            return await people.save(connection, replace(found, **wanted))

    async def alerts(self) -> list[Alert]:
        async with self.house.database.read() as connection:
            person = await people.find(connection, self.patient.chat)
            return [] if person is None else await alerts.of_person(connection, person.id)

    async def later(self, seconds: float) -> None:
        await self.call("POST", "/sandbox/clock", {"advance": seconds})

    async def alarm(self) -> tuple[Message, Message]:
        """The patient writes of danger: the card, and the care team's message."""
        before = await self.team.last_id()
        [card] = await self.patient.say(DANGER)
        [alert] = await self.team.heard(before)
        return card, alert


@asynccontextmanager
async def town_of(folder: Path, **settings: object) -> AsyncIterator[Town]:
    async with running_bot(folder, **({"care_team_backup_chat_id": BACKUP} | settings)) as place:
        await place.call("POST", "/sandbox/chats", {"ids": [BACKUP]})
        yield Town(place)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with town_of(tmp_path) as town:
        yield town


async def test_alert_taken_and_the_patient_told_at_each_step(town: Town) -> None:
    person = await town.person()
    card, alert = await town.alarm()
    assert card["text"].startswith("Call 999 now.")
    assert card["text"].endswith(
        "I am sending an alert to your clinic. Nobody has seen it yet. Do not wait for it: call 999."
    )  # fmt: skip
    assert person.code in alert["text"]
    assert DANGER in alert["text"]
    assert "Sam" not in alert["text"]
    assert labels(alert) == ["I have it", "Called", "False alarm"]
    await town.team.press(alert, "I have it")
    told = await town.patient.hears("Your alert was seen by your clinic at ", card["message_id"])
    assert "do not wait for them: call 999" in told["text"]
    shown = await town.team.becomes(alert["message_id"], "Robin has it since")
    assert labels(shown) == ["Called", "False alarm"]
    await town.team.press(shown, "Called")
    await town.patient.hears("Your alert was closed", told["message_id"])
    assert labels(await town.team.becomes(alert["message_id"], "Closed by Robin")) == []
    assert [one.state for one in await town.alerts()] == ["closed"]


async def test_nobody_takes_it(town: Town) -> None:
    await town.person()
    card, alert = await town.alarm()
    await town.later(MINUTES_5)
    again = await town.team.hears("Nobody has taken this in 5 minutes", alert["message_id"])
    await town.later(MINUTES_5)
    await town.backup.hears("You are next")
    await town.later(MINUTES_5)
    told = await town.patient.hears("Nobody has seen your alert yet", card["message_id"])
    assert "Call 999 now." in told["text"]
    await town.team.press(again, "I have it")
    await town.patient.hears("Your alert was seen", told["message_id"])
    # every copy shows it, also the one in the next contact's chat
    await town.team.becomes(alert["message_id"], "Robin has it")
    await town.backup.hears("Robin has it")


async def test_out_of_hours_is_said_at_once(tmp_path: Path) -> None:
    async with town_of(tmp_path) as place:
        day = (place.clock.now() + timedelta(days=3)).weekday()
    async with town_of(tmp_path, care_team_hours=f"{DAYS[day]} 09:00-17:00") as town:
        await town.person()
        card, alert = await town.alarm()
        assert "but they are closed now and open on " in card["text"]
        assert "call 999" in card["text"]
        assert alert["text"].startswith("🔴 EMERGENCY")


async def test_without_a_care_team_nobody_is_watching(tmp_path: Path) -> None:
    async with town_of(tmp_path, care_team_chat_id=None, care_team_backup_chat_id=None) as town:
        await town.person()
        [card] = await town.patient.say(DANGER)
        assert card["text"].endswith("Nobody is watching this chat. Please make the call yourself.")
        assert await town.team.messages() == []


async def test_talking_across_the_alert(town: Town) -> None:
    person = await town.person()
    card, alert = await town.alarm()
    answer = await town.team.say("Sit up. We are calling you.", reply_to_message_id=alert["message_id"])
    assert f"On its way to {person.code}." in answer[0]["text"]
    words = await town.patient.hears("Sit up. We are calling you.", card["message_id"])
    assert words["text"].startswith("Message from your clinic")
    passed = await town.patient.say("ok my phone is 0777")
    assert passed[0]["text"].startswith("I passed this on to your clinic. They saw your alert at")
    line = await town.team.hears("ok my phone is 0777", alert["message_id"])
    assert person.code in line["text"]
    # a reply to the patient's line finds its way too
    await town.team.say("Thank you, dialling", reply_to_message_id=line["message_id"])
    await town.patient.hears("Thank you, dialling", words["message_id"])
    await town.team.press(await town.team.becomes(alert["message_id"], "Robin has it"), "Called")
    closed = await town.patient.hears("What you write is no longer passed on", words["message_id"])
    await town.patient.say("thank you")
    assert all(
        "thank you" not in m.get("text", "")
        for m in await town.team.messages(line["message_id"])
        if m["from"]["is_bot"]
    )
    assert closed["message_id"] < await town.patient.last_id()


async def test_a_question_in_between_is_answered_too(town: Town) -> None:
    await town.person()
    await town.alarm()
    answers = await town.patient.say("How long should the tenderness in my upper arm last", 2)
    assert answers[0]["text"].startswith("I passed this on")
    assert answers[1]["text"].startswith("Sore injection site")


async def test_words_not_shared(town: Town) -> None:
    await town.person(share_text=False)
    _, alert = await town.alarm()
    assert "since the jab" not in alert["text"]
    [told] = await town.patient.say("zzz my secret zzz")
    assert "They do not see your words" in told["text"]
    await town.team.hears("Their words are not shared", alert["message_id"])
    await town.patient.press(told, "Share my words")
    await town.patient.becomes(told["message_id"], "From now on")
    await town.patient.say("zzz my address zzz")
    await town.team.hears("zzz my address zzz", alert["message_id"])
    assert all("secret" not in m.get("text", "") for m in await town.team.messages())


async def test_the_group_becomes_a_supergroup(town: Town) -> None:
    await town.person()
    _, alert = await town.alarm()
    moved = await town.call("POST", f"/sandbox/chats/{CARE}/migrate", {})
    new = town.talk(moved["migrate_to_chat_id"])
    await town.later(MINUTES_5)
    again = await new.hears("Nobody has taken this")
    assert labels(again) == ["I have it", "Called", "False alarm"]
    await new.press(again, "I have it")
    await town.patient.hears("Your alert was seen")
    listing = await new.say("/alerts")
    assert "Open alerts" in listing[0]["text"]
    await new.say("hello there", reply_to_message_id=again["message_id"])
    await town.patient.hears("hello there")
    assert alert["message_id"] > 0


async def test_the_list_and_an_alert_shown_again(town: Town) -> None:
    assert "No open alerts" in (await town.team.say("/alerts"))[0]["text"]
    person = await town.person()
    await town.alarm()
    [listing] = await town.team.say("/alerts@b12_companion_bot")
    assert person.code in listing["text"]
    before = await town.team.last_id()
    await town.team.press(listing, "Show ")
    [shown] = await town.team.heard(before)
    await town.team.press(shown, "False alarm")
    await town.team.becomes(shown["message_id"], "false alarm")
    await town.patient.hears("Your alert was closed")


async def test_only_the_care_team_may_use_its_buttons_and_commands(town: Town) -> None:
    await town.person()
    card, alert = await town.alarm()
    number = (await town.alerts())[0].id
    for data in (f"alert_have:{number}", f"alert_called:{number}", f"alert_false:{number}", f"alert_show:{number}"):
        await town.patient.forge(card["message_id"], data)
    stranger = town.talk(-555)
    await town.call("POST", "/sandbox/chats", {"ids": [-555]})
    refused = await stranger.say("/alerts")
    assert refused[0]["text"].startswith("I only work in private chats")
    await stranger.forge(refused[0]["message_id"], f"alert_called:{number}")
    private = await town.patient.say("/alerts")
    assert "EMERGENCY" not in private[0]["text"]
    assert [one.state for one in await town.alerts()] == ["open"]
    assert len(await town.team.messages(alert["message_id"])) == 0


@pytest.mark.parametrize("data", ["alert_have:999999", "alert_have:", "alert_have:x", "alert_called:9" + "9" * 30])
async def test_stale_and_forged_buttons_in_the_care_teams_chat(town: Town, data: str) -> None:
    await town.person()
    _, alert = await town.alarm()
    pressed = await town.call(
        "POST", f"/sandbox/chats/{CARE}/callbacks", {"message_id": alert["message_id"], "data": data}
    )  # fmt: skip
    answer = await town.call("GET", f"/sandbox/callbacks/{pressed['callback_query_id']}?wait=10")
    assert "gone" in answer["text"] or "older message" in answer["text"]
    assert [one.state for one in await town.alerts()] == ["open"]


async def test_a_reply_to_something_else_is_not_guessed_at(town: Town) -> None:
    await town.person()
    [nothing] = await town.team.say("/alerts")
    card, _ = await town.alarm()
    [answer] = await town.team.say("take two", reply_to_message_id=nothing["message_id"])
    assert answer["text"].startswith("I cannot tell which alert this belongs to.")
    assert await town.patient.last_id() == card["message_id"]


async def test_nurses_talking_among_themselves_are_left_alone(town: Town) -> None:
    await town.person()
    await town.alarm()
    said = await town.call("POST", f"/sandbox/chats/{CARE}/messages", {"text": "who takes this? she cannot breathe"})
    await town.call(
        "POST", f"/sandbox/chats/{CARE}/messages", {"text": "me", "reply_to_message_id": said["message_id"]}
    )  # fmt: skip
    [listing] = await town.team.say("/alerts")
    assert [m["text"] for m in await town.team.messages(said["message_id"]) if m["from"]["is_bot"]] == [listing["text"]]
    assert len(await town.alerts()) == 1


async def test_a_nurses_own_private_chat_as_the_care_team(tmp_path: Path) -> None:
    async with town_of(tmp_path, care_team_chat_id=4242, care_team_backup_chat_id=None) as town:
        await town.person()
        nurse = town.talk(4242)
        await town.call("POST", "/sandbox/chats", {"ids": [4242]})
        await town.patient.say(DANGER)
        [alert] = await nurse.heard(0)
        # what a nurse writes to a patient is about the patient: it raises nothing
        [note] = await nurse.say("Is your throat closing? Call 999", reply_to_message_id=alert["message_id"])
        assert note["text"].startswith("On its way to")
        await town.patient.hears("Is your throat closing?")
        # but a nurse is a person too
        [card] = await nurse.say("help, I cannot breathe and my throat is closing")
        assert card["text"].startswith("Call ")


async def test_a_care_team_that_cannot_be_reached_shows_in_health(town: Town) -> None:
    await town.person()
    assert (await town.house.caring.status()).ok
    for chat in (CARE, BACKUP):
        await town.call("POST", f"/sandbox/chats/{chat}/block")
    await town.patient.say(DANGER)
    told = await town.patient.hears("Nobody has seen your alert yet")
    assert "Call 999 now." in told["text"]
    status = await town.house.caring.status()
    assert not status.ok
    assert set(status.lost) == {CARE, BACKUP}
    for chat in (CARE, BACKUP):
        await town.call("POST", f"/sandbox/chats/{chat}/unblock")
    await town.patient.say("my tongue is swelling up")
    await town.team.hears("EMERGENCY")
    async with asyncio.timeout(20):  # the delivery is settled a moment after the team has it
        while True:
            if (await town.house.caring.status()).ok:
                break
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("fault", ["deliver_then_drop", "deliver_then_500", "drop", "502"])
async def test_an_alert_whose_fate_is_unknown_is_sent_again(town: Town, fault: str) -> None:
    await town.person()
    await town.call("POST", "/sandbox/faults", {"method": "sendMessage", "kind": fault, "chat_id": CARE})
    await town.patient.say(DANGER)
    await town.team.heard(0, 2 if fault.startswith("deliver") else 1)
    [last] = (await town.team.messages())[-1:]
    await town.team.press(last, "I have it")
    await town.patient.hears("Your alert was seen")


async def test_the_copy_nobody_could_write_down_still_works(town: Town) -> None:
    """Delivered, but the answer was lost: its buttons and a reply to it find the alert by what is on the buttons."""
    await town.person()
    await town.call("POST", "/sandbox/faults", {"method": "sendMessage", "kind": "deliver_then_drop", "chat_id": CARE})
    card = (await town.patient.say(DANGER))[0]
    first, _ = await town.team.heard(0, 2)
    await town.team.say("We are on our way", reply_to_message_id=first["message_id"])
    await town.patient.hears("We are on our way", card["message_id"])


async def test_a_thousand_reminders_do_not_keep_an_alert_waiting(town: Town) -> None:
    await town.person()
    await town.call("POST", "/sandbox/chats", {"first": 10_000, "count": 1000})
    now = town.clock.now()
    rows = [
        NewDelivery(
            dedupe_key=f"rem:{n}", kind="main", policy="once", priority=Priority.REMINDER, chat_id=10_000 + n,
            payload={"text": "Time for your injection"}, not_before=now - timedelta(minutes=1),
        )
        for n in range(1000)
    ]  # fmt: skip
    async with town.house.database.write() as connection:
        await outbox.add(connection, rows, now)
    await town.talk(10_000).heard(0)  # they are on their way
    _, alert = await town.alarm()
    states = await states_of(town)
    # Two seconds of sending at thirty a second is sixty reminders; the alert came while nearly all of them waited.
    assert states["sent"] <= 150
    assert states["pending"] >= 800
    async with asyncio.timeout(20):
        mine: list[Delivery] = []
        while not (mine and mine[0].settled_at):  # it is heard a moment before it is written down as sent
            async with town.house.database.read() as connection:
                mine = await outbox.of_alert(connection, (await town.alerts())[0].id)
    async with town.house.database.read() as connection:
        every = [await outbox.by_key(connection, row.dedupe_key) for row in rows]
    written, sent = mine[0].created_at, mine[0].settled_at
    assert sent is not None
    between = [row for row in every if row and row.settled_at and written <= row.settled_at <= sent]
    assert len(between) <= 60
    print(f"alert on its way for {(sent - written).total_seconds():.2f} s, {len(between)} reminders sent meanwhile")
    assert alert["text"].startswith("🔴 EMERGENCY")


async def states_of(town: Town) -> dict[str, int]:
    async with town.house.database.read() as connection:
        return {str(state): count for state, count in (await outbox.count_by_state(connection)).items()}


async def test_after_an_injection_the_last_button_is_the_card_and_an_alert(town: Town) -> None:
    person = await town.person()
    now = town.clock.now()
    async with town.house.database.write() as connection:
        plan = await plans.create(
            connection, person.id, prescription={"dose": "1 mg"}, phase="maintenance", next_due_at=None, now=now
        )
        injection, _ = await injections.record(
            connection, plan_id=plan.id, person_id=person.id, local_date=now.date(), at=now, slot_date=None,
            source="button", now=now,
        )  # fmt: skip
        await town.house.caring.after_injection.schedule_check_ins(connection, person, injection)
    await town.patient.say("hello")
    await town.later(30 * 60)
    question = await town.patient.hears("about half an hour ago")
    assert labels(question) == [
        "🙂 Fine", "🤕 Sore where the needle went in", "🔴 Itchy, or a rash",
        "⚠️ Breathing, swelling, chest pain or faint",
    ]  # fmt: skip
    await town.patient.press(question, "🙂 Fine")
    said = await town.patient.becomes(question["message_id"], "Good to hear")
    await town.patient.press(said, "⚠️ Breathing")
    card = await town.patient.hears("Call 999 now.", question["message_id"])
    assert "Nobody has seen it yet" in card["text"]
    await town.team.hears("after the injection, breathing, swelling, chest pain or faint")
    assert "🙂 Fine" in (await town.patient.say("/diary"))[0]["text"]
    await town.patient.forge(question["message_id"], "felt:999999:unwell")
    await town.patient.hears("older message", card["message_id"])


async def test_the_message_in_a_check_is_passed_on_too(town: Town) -> None:
    """Once an alert is open, words the screen cannot judge must not get lost between the two."""
    await town.person()
    _, alert = await town.alarm()
    for text in ("could it be that my tongue feels a bit thick? not sure", "hmm"):
        await town.patient.say(text)
        await town.team.hears(text, alert["message_id"])
