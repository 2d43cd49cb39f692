"""After an injection: what is asked, what an answer does, and what silence does."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from bot.care.check_ins import Answered
from bot.clock import FixedClock
from bot.records import check_ins, diary, injections, outbox, plans
from bot.records.check_ins import CheckIn
from bot.records.database import Database
from bot.records.injections import Injection
from bot.records.outbox import Delivery
from bot.records.people import Person
from tests.care.caring import PATIENT, TEAM, Ward, ward


@pytest.fixture
def place(database: Database, clock: FixedClock) -> Ward:
    return ward(database, clock)


async def asked(place: Ward, injection: Injection) -> dict[str, CheckIn]:
    async with place.database.read() as connection:
        return {one.kind: one for one in await check_ins.of_injection(connection, injection.id)}


async def questions(place: Ward) -> list[Delivery]:
    return [row for row in await place.written() if row.kind == "check_in"]


async def say(place: Ward, person: Person, check_in: CheckIn, answer: str) -> Answered:
    found = await place.caring.after_injection.answer(person, place.reader(person), check_in.id, answer)
    assert found is not None
    return found


async def scores(place: Ward, person: Person) -> list[str]:
    async with place.database.read() as connection:
        entries = await diary.of_person(connection, person.id)
    return [str(entry.value["answer"]) for entry in reversed(entries) if isinstance(entry.value, dict)]


async def test_planned_with_the_injection_once(place: Ward) -> None:
    person = await place.person()
    injection = await place.inject(person)
    async with place.database.write() as connection:
        await place.caring.after_injection.schedule_check_ins(connection, person, injection)
    rows = await questions(place)
    assert [(row.dedupe_key, row.not_before - injection.at) for row in rows] == [
        (f"check_in:{injection.id}:30_minutes", timedelta(minutes=30)),
        (f"check_in:{injection.id}:30_minutes:again", timedelta(minutes=45)),
        (f"check_in:{injection.id}:24_hours", timedelta(hours=24)),
        (f"check_in:{injection.id}:3_days", timedelta(days=3)),
    ]
    assert {(row.policy, row.priority, row.plan_id) for row in rows} == {("again", 1, None)}
    assert "Call 999 now" in str(rows[0].payload["text"])


async def test_three_times_three_then_two(place: Ward) -> None:
    person = await place.person()
    counts = []
    for _ in range(5):
        counts.append(len(await asked(place, await place.inject(person))))
        place.clock.advance(timedelta(days=7))
    assert counts == [3, 3, 3, 2, 2]
    assert sum(row.dedupe_key.endswith(":again") for row in await questions(place)) == 1


async def test_quiet_hours(place: Ward) -> None:
    place.clock.advance(timedelta(hours=13))  # 22:00 in London
    person = await place.person()
    found = await asked(place, await place.inject(person))
    assert found["30_minutes"].due_at == place.clock.now() + timedelta(minutes=30)
    assert found["24_hours"].due_at == place.clock.now() + timedelta(hours=34)  # 08:00
    in_kolkata = await place.person(8, zone="Asia/Kolkata")
    found = await asked(place, await place.inject(in_kolkata))
    assert found["24_hours"].due_at == place.clock.now() + timedelta(hours=24 + 5.5)  # there it was 02:30


async def test_taken_back(place: Ward) -> None:
    person = await place.person()
    kept, undone = await place.inject(person), await place.inject(person)
    async with place.database.write() as connection:
        assert await place.caring.after_injection.cancel_check_ins(connection, undone.id) == 3
        await injections.remove(connection, undone.id)
    states = {row.dedupe_key: row.state for row in await questions(place)}
    assert {state for key, state in states.items() if f":{undone.id}:" in key} == {"cancelled"}
    assert {state for key, state in states.items() if f":{kept.id}:" in key} == {"pending"}
    place.clock.advance(timedelta(days=1))
    assert await place.caring.after_injection.advance_check_ins(place.clock.now()) == 1  # for the one that stands


async def test_ids_that_begin_alike_are_not_mixed_up(place: Ward) -> None:
    person = await place.person()
    found = [await place.inject(person) for _ in range(2)]
    while not (alike := [a for a in found if any(str(b.id).startswith(str(a.id)) and b is not a for b in found)]):
        found.append(await place.inject(person))
    one = alike[0]
    async with place.database.write() as connection:
        await place.caring.after_injection.cancel_check_ins(connection, one.id)
    cancelled = {row.dedupe_key.split(":")[1] for row in await questions(place) if row.state == "cancelled"}
    assert cancelled == {str(one.id)}


async def test_changing_the_plan_leaves_the_questions(place: Ward) -> None:
    person = await place.person()
    injection = await place.inject(person)
    async with place.database.write() as connection:
        await outbox.cancel_plan(connection, injection.plan_id, place.clock.now())
    assert {row.state for row in await questions(place)} == {"pending"}


@pytest.mark.parametrize(("answer", "words"), [("fine", "Good to hear"), ("sore", "A sore spot is common")])
async def test_a_harmless_answer_goes_into_the_diary(place: Ward, answer: str, words: str) -> None:
    person = await place.person()
    found = await asked(place, await place.inject(person))
    given = await say(place, person, found["30_minutes"], answer)
    assert words in given.said.text
    assert given.card is None
    # and it stays one tap to the card
    assert given.said.buttons[-1][0].action.args[-1] == "unwell"
    assert await scores(place, person) == [answer]
    assert await place.alerts(person) == []
    again = next(row for row in await questions(place) if row.dedupe_key.endswith(":again"))
    assert again.state == "cancelled"


async def test_the_last_button_is_the_emergency_card_and_an_alert(place: Ward) -> None:
    person = await place.person()
    found = await asked(place, await place.inject(person))
    place.clock.advance(timedelta(minutes=30))
    given = await say(place, person, found["30_minutes"], "unwell")
    assert given.card is not None
    assert given.card.title is not None
    assert given.card.title.startswith("Call 999 now.")
    assert "Nobody has seen it yet" in given.card.text
    [alert] = await place.alerts(person)
    assert (alert.level, alert.sign, alert.context["source"]) == ("emergency", "check_in_emergency", "check_in")
    assert "after the injection, breathing, swelling, chest pain or faint" in (await place.said(TEAM))[0]
    assert "Last injection: 30 min ago" in (await place.said(TEAM))[0]


async def test_the_card_comes_however_often_and_whatever_was_said_before(place: Ward) -> None:
    person = await place.person()
    found = await asked(place, await place.inject(person))
    await say(place, person, found["30_minutes"], "fine")
    for _ in range(3):
        assert (await say(place, person, found["30_minutes"], "unwell")).card is not None
    assert await scores(place, person) == ["fine", "unwell"]
    assert len(await place.alerts(person)) == 1
    assert (await asked(place, await injection_of(place, found)))["30_minutes"].answer == "fine"


async def injection_of(place: Ward, found: dict[str, CheckIn]) -> Injection:
    async with place.database.read() as connection:
        injection = await injections.get(connection, found["30_minutes"].injection_id)
    assert injection is not None
    return injection


async def test_itchy_asks_where(place: Ward) -> None:
    person = await place.person()
    found = await asked(place, await place.inject(person))
    given = await say(place, person, found["24_hours"], "itchy")
    assert [row[0].action.args[-1] for row in given.said.buttons] == ["itchy_spot", "itchy_spreads", "unwell"]
    assert given.card is None
    mild = await say(place, person, found["24_hours"], "itchy_spot")
    assert mild.card is None
    assert "before your next injection" in mild.said.text
    assert await place.alerts(person) == []


@pytest.mark.parametrize(("hours", "level"), [(1, "emergency"), (24, "urgent")])
async def test_a_rash_that_spreads_is_urgent_and_soon_after_the_injection_an_emergency(
    place: Ward, hours: int, level: str
) -> None:  # fmt: skip
    person = await place.person()
    found = await asked(place, await place.inject(person))
    place.clock.advance(timedelta(hours=hours))
    given = await say(place, person, found["24_hours"], "itchy_spreads")
    assert given.card is not None
    assert given.card.plain.startswith("Call 999 now." if level == "emergency" else "Get help today")
    assert [alert.level for alert in await place.alerts(person)] == [level]


async def test_worse_and_worse_is_an_alert(place: Ward) -> None:
    person = await place.person()
    found = await asked(place, await place.inject(person))
    assert (await say(place, person, found["30_minutes"], "fine")).card is None
    place.clock.advance(timedelta(days=1))
    assert (await say(place, person, found["24_hours"], "sore")).card is None
    place.clock.advance(timedelta(days=2))
    given = await say(place, person, found["3_days"], "itchy_spot")
    assert given.card is not None
    assert given.card.title == "Get help today"
    assert "got worse each time" in given.said.text
    [alert] = await place.alerts(person)
    assert (alert.level, alert.sign, alert.context["source"]) == ("urgent", "trend", "trend")
    assert (await say(place, person, found["3_days"], "itchy_spot")).card is None  # the same tap again


async def test_better_is_no_alert(place: Ward) -> None:
    person = await place.person()
    found = await asked(place, await place.inject(person))
    for kind, answer in (("30_minutes", "sore"), ("24_hours", "itchy_spot"), ("3_days", "fine")):
        assert (await say(place, person, found[kind], answer)).card is None
    assert await place.alerts(person) == []


async def test_silence_after_the_first_injection_comes_on_the_list(place: Ward) -> None:
    person = await place.person()
    await place.inject(person)
    advance = place.caring.after_injection.advance_check_ins
    place.clock.advance(timedelta(minutes=30 + 44))
    assert await advance(place.clock.now()) == 0
    place.clock.advance(timedelta(minutes=2))
    done = await asyncio.gather(*(advance(place.clock.now()) for _ in range(3)))
    assert sum(done) == 1
    [alert] = await place.alerts(person)
    assert (alert.level, alert.sign, alert.next_step_at) == ("list", "no_answer", None)
    row = next(row for row in await place.written() if row.chat_id == TEAM)
    assert row.payload["disable_notification"] is True
    assert "no answer 30 minutes after a first injection" in str(row.payload["text"])
    place.clock.advance(timedelta(days=3))
    assert await advance(place.clock.now()) == 0
    assert await place.caring.steps.advance_alerts(place.clock.now()) == 0
    # what the patient writes is not passed on because of it, and nobody tells them of an alert they never raised
    assert await place.caring.threads.pass_on(person, place.reader(person), "hi", "1:0") is None
    await place.caring.team.have(alert.id, "Robin", None)
    await place.caring.team.close(alert.id, "Robin", "called", None)
    assert [text for text in await place.said(PATIENT) if "alert" in text] == []


async def test_an_answer_that_comes_late_still_counts(place: Ward) -> None:
    person = await place.person()
    injection = await place.inject(person)
    place.clock.advance(timedelta(hours=2))
    await place.caring.after_injection.advance_check_ins(place.clock.now())
    found = await asked(place, injection)
    assert (await say(place, person, found["30_minutes"], "unwell")).card is not None
    assert (await asked(place, injection))["30_minutes"].answer == "unwell"


async def test_silence_after_a_later_injection_is_let_go(place: Ward) -> None:
    person = await place.person()
    first = await place.inject(person)
    await say(place, person, (await asked(place, first))["30_minutes"], "fine")
    place.clock.advance(timedelta(days=7))
    await place.inject(person)
    place.clock.advance(timedelta(days=1))
    assert await place.caring.after_injection.advance_check_ins(place.clock.now()) == 0
    assert await place.alerts(person) == []


async def test_without_a_care_team_there_is_no_list_and_none_is_promised(database: Database, clock: FixedClock) -> None:
    place = ward(database, clock, care_team_chat_id=None, care_team_backup_chat_id=None)
    person = await place.person()
    injection = await place.inject(person)
    assert all("list" not in str(row.payload["text"]) for row in await questions(place))
    clock.advance(timedelta(days=1))
    assert await place.caring.after_injection.advance_check_ins(clock.now()) == 0
    given = await say(place, person, (await asked(place, injection))["24_hours"], "unwell")
    assert given.card is not None
    assert "Nobody is watching this chat." in given.card.text


async def test_somebody_elses_question_and_unknown_answers(place: Ward) -> None:
    person, stranger = await place.person(), await place.person(8)
    found = await asked(place, await place.inject(person))
    answer = place.caring.after_injection.answer
    assert await answer(stranger, place.reader(stranger), found["30_minutes"].id, "unwell") is None
    assert await answer(person, place.reader(person), found["30_minutes"].id, "nonsense") is None
    assert await answer(person, place.reader(person), 10**15, "fine") is None
    assert await place.alerts(person) == []


async def test_the_diary_shows_the_answers_newest_first(place: Ward) -> None:
    person = await place.person()
    show = place.caring.diary.show
    assert "empty" in (await show(person, place.reader(person))).text
    found = await asked(place, await place.inject(person))
    await say(place, person, found["30_minutes"], "fine")
    place.clock.advance(timedelta(days=1))
    await say(place, person, found["24_hours"], "sore")
    lines = (await show(person, place.reader(person))).text.splitlines()
    assert lines[0] == "5 May 2026: 🤕 Sore where the needle went in"
    assert lines[1] == "4 May 2026: 🙂 Fine"


async def test_the_diary_has_the_persons_own_day(place: Ward) -> None:
    person = await place.person(zone="Pacific/Kiritimati")  # there it is 22:00, four hours before the next day
    found = await asked(place, await place.inject(person))
    place.clock.advance(timedelta(hours=3))
    await say(place, person, found["30_minutes"], "fine")
    async with place.database.read() as connection:
        [entry] = await diary.of_person(connection, person.id)
    assert entry.local_date == date(2026, 5, 5)


async def test_the_plans_own_zone_counts(place: Ward) -> None:
    person = await place.person(zone="Europe/London")
    async with place.database.write() as connection:
        plan = await plans.create(
            connection, person.id, prescription={"zone": "Asia/Tokyo"}, phase="loading", next_due_at=None,
            now=place.clock.now(),
        )  # fmt: skip
    found = await asked(place, await place.inject(person))
    assert plan.id == (await injection_of(place, found)).plan_id
    place.clock.advance(timedelta(hours=5))  # 22:00 in Tokyo, 14:00 in London
    later = await asked(place, await place.inject(person))
    assert later["24_hours"].due_at == place.clock.now() + timedelta(hours=34)
