"""What is done from a reminder, on both databases: recorded once, asked when early, moved, left out, undone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from bot.care.planning import keeping
from bot.care.planning.building import Planning, build_planning
from bot.care.planning.desk import Tapped
from bot.care.planning.keeping import Kept
from bot.care.planning.recorded import Had
from bot.care.planning.reminding import agendas
from bot.care.reply import Reply
from bot.chat.rendering import payloads
from bot.clock import FixedClock
from bot.delivery.planning import Planner
from bot.plans.cadence import Every, OnWeekdays
from bot.plans.plan import AfterInjections, Loading, Plan, UntilDate
from bot.records import diary, injections, outbox, people
from bot.records.database import Connection, Database
from bot.records.injections import Injection
from bot.records.outbox import Delivery
from bot.records.people import Person
from tests.care.planning.making import MONDAY, cities, reader, readers
from tests.care.planning.test_dialog import Answering
from tests.plans.making import plan

TODAY = MONDAY.date()
GB = reader()


@dataclass
class Asked:
    """Check-ins as far as planning knows them."""

    scheduled: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)

    async def schedule_check_ins(self, connection: Connection, person: Person, injection: Injection) -> int:
        self.scheduled.append(injection.id)
        return 1

    async def cancel_check_ins(self, connection: Connection, injection_id: int) -> int:
        self.cancelled.append(injection_id)
        return 1


@dataclass
class Ward:
    """One person with one plan, a planner, and what was planned."""

    database: Database
    clock: FixedClock
    planning: Planning
    check_ins: Asked
    person: Person
    plan_id: str = ""

    async def begin(self, made: Plan) -> None:
        async with self.database.write() as connection:
            kept = await keeping.add(connection, self.person, made, self.clock.now())
        self.plan_id = str(kept.id)

    async def kept(self) -> Kept:
        async with self.database.read() as connection:
            found = await keeping.find(connection, self.person, int(self.plan_id))
        assert isinstance(found, Kept)
        return found

    async def injections(self) -> list[Injection]:
        async with self.database.read() as connection:
            return await injections.of_plan(connection, int(self.plan_id))

    async def plan_ahead(self) -> list[Delivery]:
        """Let the planner run; everything that waits, by when it is due."""
        await self.plan_quietly()
        return [row for row in await self.rows() if row.state == "pending"]

    async def plan_quietly(self) -> None:
        """Let the planner run."""
        await Planner(self.database, self.clock, agendas(readers(), payloads)).run()

    async def rows(self) -> list[Delivery]:
        async with self.database.read() as connection:
            found = [await outbox.get(connection, number) for number in range(1, 100)]
        return sorted((row for row in found if row is not None), key=lambda row: row.not_before)

    async def until(self, moment: datetime) -> list[Delivery]:
        """Time passes; rows that fall due meanwhile."""
        self.clock.advance(moment - self.clock.now())
        return await self.plan_ahead()

    async def had(self, on: date, slot: date | None = None, how: str = "", revision: str = "") -> Tapped:
        told = Had(slot or on, on, how, revision)
        return await self.planning.recording.had(self.person, GB, self.plan_id, told)

    def args(self, found: Tapped | Reply, label: str) -> tuple[str, ...]:
        reply = found if isinstance(found, Reply) else found.reply
        buttons = [one for row in reply.buttons for one in row if label in one.label] if reply else []
        assert buttons, label
        return buttons[0].action.args

    async def announced(self) -> list[dict[str, Any]]:
        """Messages that follow from a recorded injection."""
        return [dict(row.payload) for row in await self.rows() if row.kind == "announcement"]

    async def undo(self, found: Tapped) -> Tapped:
        return await self.planning.recording.undo(self.person, GB, *self.args(found, "Undo"))


@pytest.fixture
async def ward(database: Database, clock: FixedClock) -> Ward:
    async with database.write() as connection:
        person = await people.arrive(connection, 7, clock.now())
        person = await people.save(connection, replace(person, country="GB", zone="Europe/London"))
    check_ins = Asked()
    planning = build_planning(database, clock, Answering(), check_ins, payloads, "UTC", cities)
    return Ward(database, clock, planning, check_ins, person)


def loading(count: int = 3) -> Plan:
    return plan(loading=Loading(Every(2, "days"), AfterInjections(count)), maintenance=Every(8, "weeks"), at=time(9))


async def test_a_reminder_is_planned_and_carries_the_warning_signs(ward: Ward) -> None:
    await ward.begin(plan())
    [row] = await ward.plan_ahead()
    assert (row.kind, row.local_date, row.dedupe_key) == ("main", TODAY, f"rem:{ward.plan_id}:main:2026-05-04")
    text = str(row.payload["text"])
    assert "1 mg (1,000 micrograms)" in text
    assert "trouble breathing" in text
    keyboard: Any = row.payload["reply_markup"]
    data = [one["callback_data"] for line in keyboard["inline_keyboard"] for one in line]
    assert "now:reminder_button" in data


@pytest.mark.parametrize(("hours", "kinds"), [(-3, ["main"]), (2, ["main"]), (7, ["nudge"]), (13, [])])
async def test_a_plan_made_on_the_day_starts_with_what_is_still_worth_sending(
    ward: Ward, hours: int, kinds: list[str]
) -> None:
    ward.clock.advance(timedelta(hours=hours))
    await ward.begin(plan(maintenance=Every(6, "weeks")))
    rows = await ward.until(max(ward.clock.now(), MONDAY))
    assert [row.kind for row in rows] == kinds


async def test_a_plan_made_within_three_days_has_no_late_reminder_to_book(ward: Ward) -> None:
    await ward.begin(plan(anchor=date(2026, 5, 6), at=time(8)))
    assert await ward.plan_ahead() == []
    rows = await ward.until(datetime(2026, 5, 6, 7, 0, tzinfo=UTC))
    assert [row.kind for row in rows] == ["main"]


async def test_done_records_once_and_plans_the_next(ward: Ward) -> None:
    await ward.begin(plan())
    await ward.plan_ahead()
    found = await ward.had(TODAY)
    assert found.reply is not None
    assert "Mon 29 Jun" in found.reply.text
    assert [one.local_date for one in await ward.injections()] == [TODAY]
    assert ward.check_ins.scheduled == [(await ward.injections())[0].id]
    assert [row.state for row in await ward.rows()] == ["cancelled"]
    again = await ward.had(TODAY)
    assert again.reply is not None
    assert "Recorded" in str(again.reply.title)
    assert len(await ward.injections()) == 1
    assert len(ward.check_ins.scheduled) == 1


async def test_many_taps_at_once_record_one_injection(ward: Ward) -> None:
    await ward.begin(loading())
    found = await asyncio.gather(*(ward.had(TODAY) for _ in range(8)))
    assert all(one.reply is not None for one in found)
    assert len(await ward.injections()) == 1
    kept = await ward.kept()
    assert (kept.plan.given, kept.revision) == (1, 2)


async def test_done_and_skip_and_move_at_once_leave_one_sound_plan(ward: Ward) -> None:
    await ward.begin(plan())
    slot = TODAY.isoformat()
    steps: list[Awaitable[Tapped]] = [
        ward.had(TODAY),
        ward.planning.moving.leave_out(ward.person, GB, ward.plan_id, slot, "ill"),
        ward.planning.moving.move(ward.person, GB, ward.plan_id, slot, "2026-05-06"),
        ward.planning.changing.press(ward.person, GB, ward.plan_id, "pause"),
    ]
    await asyncio.gather(*steps)
    kept = await ward.kept()
    assert kept.revision <= 4
    assert len(await ward.injections()) <= 1
    again = await ward.planning.moving.leave_out(ward.person, GB, ward.plan_id, slot, "ill")
    assert again.reply is None


async def test_undo_takes_back_the_record_the_count_and_the_check_ins(ward: Ward) -> None:
    await ward.begin(loading())
    await ward.plan_ahead()
    before = (await ward.kept()).plan
    done = await ward.had(TODAY)
    undone = await ward.undo(done)
    assert undone.reply is not None
    kept = await ward.kept()
    assert replace(kept.plan, revision=1) == before
    assert await ward.injections() == []
    assert ward.check_ins.cancelled == ward.check_ins.scheduled
    twice = await ward.undo(done)
    assert twice.reply is None
    assert len(await ward.plan_ahead()) == 1  # the reminder that was cancelled unsent waits again


async def test_a_second_injection_soon_after_is_asked_about(ward: Ward) -> None:
    await ward.begin(plan())
    await ward.had(TODAY)
    ward.clock.advance(timedelta(days=3))
    slot = date(2026, 6, 29)
    asked = await ward.had(date(2026, 5, 7), slot)
    assert asked.reply is not None
    assert asked.reply.title == "Was this a second injection?"
    assert "Mon 4 May" in asked.reply.text
    assert "every 8 weeks" in asked.reply.text
    assert len(await ward.injections()) == 1
    args = ward.args(asked, "second injection")
    _plan_id, _, on, how, revision = args
    taps = [ward.had(date.fromisoformat(on), slot, how, revision) for _ in range(4)]
    found = await asyncio.gather(*taps)
    assert sum(one.reply is not None for one in found) == 1
    [stored] = [one for one in found if one.reply is not None]
    assert stored.reply is not None
    [told] = await ward.announced()
    assert "call your clinic" in told["text"]
    assert [one.slot_date for one in await ward.injections()] == [None, TODAY]
    kept = await ward.kept()
    assert kept.plan.anchor == TODAY
    assert kept.plan.last_given == date(2026, 5, 7)


async def test_early_but_planned_moves_the_dates_by_the_persons_word(ward: Ward) -> None:
    await ward.begin(plan())
    await ward.had(TODAY)
    ward.clock.advance(timedelta(days=30))
    on, slot = date(2026, 6, 3), date(2026, 6, 29)
    asked = await ward.had(on, slot)
    assert ward.args(asked, "planned one")[3:] == ("planned",)
    stored = await ward.had(on, slot, "planned")
    assert stored.reply is not None
    assert "Wed 29 Jul" in stored.reply.text
    assert [one.slot_date for one in await ward.injections()] == [slot, TODAY]


async def test_loading_switches_and_asks_for_confirmation(ward: Ward) -> None:
    await ward.begin(loading(2))
    await ward.had(TODAY)
    ward.clock.advance(timedelta(days=2))
    await ward.had(date(2026, 5, 6))
    [announced] = await ward.announced()
    assert announced["text"].startswith("<b>Loading is done</b>")
    assert [line for line in announced["text"].splitlines() if line.startswith("•")] == [
        "• Wed 1 Jul", "• Wed 26 Aug", "• Wed 21 Oct",
    ]  # fmt: skip
    yes, no = [row[0]["callback_data"].split(":") for row in announced["reply_markup"]["inline_keyboard"]]
    assert yes == ["plan", ward.plan_id, "right"]
    thanks = await ward.planning.changing.press(ward.person, GB, *yes[1:])
    assert thanks.reply is not None
    assert "every 8 weeks" in thanks.reply.text
    assert (await ward.kept()).row.phase == "maintenance"
    changed = await ward.planning.changing.press(ward.person, GB, *no[1:])
    assert changed.reply is not None
    assert "What shall we change" in changed.reply.text


async def test_an_undone_switch_is_not_announced(ward: Ward) -> None:
    await ward.begin(loading(1))
    done = await ward.had(TODAY)
    await ward.undo(done)
    assert [row.state for row in await ward.rows() if row.kind == "announcement"] == ["cancelled"]
    await ward.had(TODAY)
    states = [row.state for row in await ward.rows() if row.kind == "announcement"]
    assert sorted(states) == ["cancelled", "pending"]


async def test_a_plan_that_ends_with_loading_says_so(ward: Ward) -> None:
    await ward.begin(replace(loading(1), maintenance=None))
    await ward.had(TODAY)
    [told] = await ward.announced()
    assert "will not remind you any more" in told["text"]
    kept = await ward.kept()
    assert (kept.row.status, kept.row.next_due_at) == ("ended", None)


async def test_loading_until_a_date_is_announced_in_the_first_reminder_after_it(ward: Ward) -> None:
    made = plan(
        loading=Loading(Every(1, "days"), UntilDate(date(2026, 5, 4))), maintenance=Every(1, "weeks"), at=time(9)
    )
    await ward.begin(made)
    rows = await ward.until(datetime(2026, 5, 11, 8, 0, tzinfo=UTC))
    main = [row for row in rows if row.kind == "main"][-1]
    assert "every week" in str(main.payload["text"])
    assert "loading part of your plan is over" in str(main.payload["text"])
    assert "• Mon 18 May" in str(main.payload["text"])


async def test_a_loading_injection_nobody_told_of_is_named_in_the_next_reminder(ward: Ward) -> None:
    await ward.begin(loading())
    rows = await ward.until(datetime(2026, 5, 6, 8, 0, tzinfo=UTC))
    main = next(row for row in rows if row.kind == "main" and row.local_date == date(2026, 5, 6))
    assert "Not recorded yet: Mon 4 May" in str(main.payload["text"])
    await ward.had(date(2026, 5, 6))
    asked = await ward.had(TODAY)
    assert asked.reply is not None
    backfilled = await ward.had(TODAY, how="planned") if asked.reply.title != "✅ Recorded" else asked
    assert backfilled.reply is not None
    assert (await ward.kept()).plan.given == 2


async def test_site_at_home_with_the_last_one_shown(ward: Ward) -> None:
    await ward.begin(plan(place="home", maintenance=Every(1, "weeks")))
    first = await ward.had(TODAY)
    noted = await ward.planning.recording.site(ward.person, GB, *ward.args(first, "left thigh"))
    assert noted.reply is not None
    assert "left thigh" in noted.reply.text
    ward.clock.advance(timedelta(days=7))
    second = await ward.had(date(2026, 5, 11))
    assert second.reply is not None
    assert "Last time: left thigh (Mon 4 May)" in second.reply.text
    other = await ward.planning.recording.site(ward.person, GB, *ward.args(second, "somewhere else"))
    assert other.reply is not None
    history = await ward.planning.changing.press(ward.person, GB, ward.plan_id, "history")
    assert history.reply is not None
    assert history.reply.text.splitlines() == ["• Mon 11 May: somewhere else", "• Mon 4 May: left thigh"]
    nonsense = await ward.planning.recording.site(ward.person, GB, ward.plan_id, "999", "arm", "left")
    assert nonsense.reply is None


async def test_at_the_clinic_no_site_is_asked(ward: Ward) -> None:
    await ward.begin(plan())
    done = await ward.had(TODAY)
    assert done.reply is not None
    assert "thigh" not in done.reply.text + str(done.reply.buttons)


async def test_later_reminds_again_once_and_keeps_the_date(ward: Ward) -> None:
    await ward.begin(plan())
    ward.clock.advance(timedelta(hours=1))
    await ward.plan_ahead()
    later = ward.planning.moving.later
    asked = await later(ward.person, GB, ward.plan_id, "2026-05-04", "", 55)
    assert ward.args(asked, "1 hour")[2] == "hour"
    await asyncio.gather(*(later(ward.person, GB, ward.plan_id, "2026-05-04", "hour", 55) for _ in range(4)))
    changed = await later(ward.person, GB, ward.plan_id, "2026-05-04", "evening", 55)
    assert changed.reply is not None
    assert "19:00" in changed.reply.text
    snoozed = [row for row in await ward.rows() if row.kind == "snooze"]
    assert [(row.state, row.not_before) for row in snoozed] == [("pending", datetime(2026, 5, 4, 18, tzinfo=UTC))]
    waiting = await ward.until(datetime(2026, 5, 4, 12, 30, tzinfo=UTC))  # half past one: the nudge would be due
    assert [row.kind for row in waiting] == ["main", "snooze"]
    await ward.had(TODAY)
    assert [row.state for row in await ward.rows() if row.kind == "snooze"] == ["cancelled"]


async def test_later_offers_tomorrow_only_before_the_next_date(ward: Ward) -> None:
    await ward.begin(plan(maintenance=Every(1, "days")))
    asked = await ward.planning.moving.later(ward.person, GB, ward.plan_id, "2026-05-04", "", 1)
    assert asked.reply is not None
    assert "Tomorrow" not in str(asked.reply.buttons)
    ward.clock.advance(timedelta(hours=11))
    asked = await ward.planning.moving.later(ward.person, GB, ward.plan_id, "2026-05-04", "", 1)
    assert asked.reply is not None
    assert "evening" not in str(asked.reply.buttons)


async def test_another_day_moves_the_date_and_its_reminders(ward: Ward) -> None:
    await ward.begin(plan())
    await ward.plan_ahead()
    asked = await ward.planning.moving.move(ward.person, GB, ward.plan_id, "2026-05-04")
    to = ward.args(asked, "Wed 6 May")
    moved = await ward.planning.moving.move(ward.person, GB, *to)
    assert moved.reply is not None
    assert "Wed 6 May" in moved.reply.text
    again = await ward.planning.moving.move(ward.person, GB, *to)
    assert again.reply is None
    rows = await ward.until(datetime(2026, 5, 6, 8, 0, tzinfo=UTC))
    assert [row.local_date for row in rows if row.kind == "main"] == [date(2026, 5, 6)]
    undone = await ward.undo(moved)
    assert undone.reply is not None
    assert (await ward.kept()).plan.once is None


async def test_a_date_well_before_the_plan_asks_what_the_clinic_said(ward: Ward) -> None:
    await ward.begin(plan(last_given=date(2026, 4, 1), anchor=date(2026, 6, 1), settled=date(2026, 4, 1)))
    move = ward.planning.moving.move
    asked = await move(ward.person, GB, ward.plan_id, "2026-06-01", "2026-05-06")
    assert asked.reply is not None
    assert "ask your clinic" in asked.reply.text
    assert (await ward.kept()).revision == 1
    args = ward.args(asked, "My clinic gave me")
    moved = await move(ward.person, GB, *args[:3], sure=args[3] == "sure")
    assert moved.reply is not None
    assert (await ward.kept()).plan.once == date(2026, 5, 6)


async def test_left_out_asks_why_names_the_clinic_and_can_be_undone(ward: Ward) -> None:
    await ward.begin(plan())
    leave_out = ward.planning.moving.leave_out
    asked = await leave_out(ward.person, GB, ward.plan_id, "2026-05-04")
    assert asked.reply is not None
    assert "01234 567890" in asked.reply.text
    noted = await leave_out(ward.person, GB, *ward.args(asked, "Side effects"))
    assert noted.reply is not None
    assert "Do not take two" in noted.reply.text
    async with ward.database.read() as connection:
        [entry] = await diary.of_person(connection, ward.person.id)
    assert entry.value == {"plan": int(ward.plan_id), "date": "2026-05-04", "reason": "side_effect"}
    assert (await ward.kept()).plan.settled == TODAY
    await ward.undo(noted)
    assert (await ward.kept()).plan.settled is None


async def test_nobody_touches_anybody_elses_plan(ward: Ward) -> None:
    await ward.begin(plan())
    await ward.had(TODAY)
    [injection] = await ward.injections()
    async with ward.database.write() as connection:
        stranger = await people.arrive(connection, 8, ward.clock.now())
    p, slot = ward.planning, TODAY.isoformat()
    calls: list[Callable[[str], Awaitable[Tapped]]] = [
        lambda number: p.recording.when(stranger, GB, number, slot),
        lambda number: p.recording.had(stranger, GB, number, Had(TODAY, TODAY)),
        lambda number: p.recording.site(stranger, GB, number, str(injection.id), "arm", "left"),
        lambda number: p.recording.undo(stranger, GB, number, "2"),
        lambda number: p.moving.later(stranger, GB, number, slot, "hour", 1),
        lambda number: p.moving.move(stranger, GB, number, slot, "2026-05-06"),
        lambda number: p.moving.leave_out(stranger, GB, number, slot, "ill"),
        lambda number: p.moving.back_to(stranger, GB, number, slot),
        lambda number: p.changing.press(stranger, GB, number, "ended"),
        lambda number: p.changing.press(stranger, GB, number, "history"),
        lambda number: p.changing.press(stranger, GB, number, "edit"),
    ]
    before = await ward.kept()
    for call in calls:
        assert (await call(ward.plan_id)).note == GB.say("button.not_yours")
        for forged in ("", "0", "999999", "-1", "1e3", "9" * 40, "²"):
            assert (await call(forged)).note == GB.say("button.old")
    assert await ward.kept() == before


async def test_pause_keeps_quiet_and_resume_tells_what_passed(ward: Ward) -> None:
    await ward.begin(plan(maintenance=Every(1, "weeks"), anchor=date(2026, 5, 5)))
    press = ward.planning.changing.press
    await press(ward.person, GB, ward.plan_id, "pause")
    assert await ward.until(datetime(2026, 5, 14, 8, 30, tzinfo=UTC)) == []
    resumed = await press(ward.person, GB, ward.plan_id, "resume")
    assert resumed.reply is not None
    assert "Tue 12 May" in resumed.reply.text
    assert "rebook" in resumed.reply.text
    rows = await ward.until(datetime(2026, 5, 19, 8, 0, tzinfo=UTC))
    assert [(row.kind, row.local_date) for row in rows] == [("main", date(2026, 5, 19))]


async def test_a_plan_ends_after_a_second_yes_and_its_reminders_with_it(ward: Ward) -> None:
    await ward.begin(plan())
    await ward.plan_ahead()
    press = ward.planning.changing.press
    asked = await press(ward.person, GB, ward.plan_id, "stop")
    assert asked.reply is not None
    assert "do not stop your injections" in asked.reply.text
    assert (await ward.kept()).plan.status == "active"
    await press(ward.person, GB, *ward.args(asked, "Yes, end"))
    assert (await ward.kept()).plan.status == "ended"
    assert [row.state for row in await ward.rows()] == ["cancelled"]
    assert await ward.until(MONDAY + timedelta(days=100)) == []
    old = await ward.planning.moving.later(ward.person, GB, ward.plan_id, "2026-05-04", "hour", 1)
    assert old.reply is None


async def test_the_clinic_ends_an_open_loading_phase(ward: Ward) -> None:
    from bot.plans.plan import Open

    await ward.begin(plan(loading=Loading(OnWeekdays((0, 2, 4)), Open()), maintenance=Every(2, "months")))
    await ward.had(TODAY)
    press = ward.planning.changing.press
    asked = await press(ward.person, GB, ward.plan_id, "over")
    assert ward.args(asked, "By your plan") == (ward.plan_id, "over", "2026-07-04")
    await ward.planning.dates.expect(ward.person, "over", ward.plan_id, "")
    typed = await ward.planning.dates.typed(ward.person, GB, "6 July")
    assert typed is not None
    assert typed.reply is not None
    assert "• Mon 6 Jul" in typed.reply.text
    assert (await ward.kept()).row.phase == "maintenance"


async def test_a_typed_date_does_what_a_button_would_and_other_texts_pass(ward: Ward) -> None:
    await ward.begin(plan())
    ward.clock.advance(timedelta(days=3))
    dates = ward.planning.dates
    assert await dates.typed(ward.person, GB, "yesterday") is None
    await dates.expect(ward.person, "had", ward.plan_id, "2026-05-04")
    assert await dates.typed(ward.person, GB, "how long does it take?") is None
    future = await dates.typed(ward.person, GB, "tomorrow")
    assert future is not None
    assert "still to come" in str(future.reply)
    done = await dates.typed(ward.person, GB, "5 May")
    assert done is not None
    assert [one.local_date for one in await ward.injections()] == [date(2026, 5, 5)]
    assert await dates.typed(ward.person, GB, "5 May") is None
    await dates.expect(ward.person, "move", ward.plan_id, "2026-06-29")
    ward.clock.advance(timedelta(hours=2))
    assert await dates.typed(ward.person, GB, "next Monday") is None


async def test_several_plans_are_asked_about_by_name(ward: Ward) -> None:
    await ward.begin(plan())
    await ward.begin(plan(label="Mum", maintenance=Every(3, "months")))
    shown = await ward.planning.changing.show(ward.person, GB)
    assert [reply.title for reply in shown] == ["Your injection plan", "Your injection plan for Mum"]
    [asked] = await ward.planning.changing.ask(ward.person, GB, "pause")
    assert [row[0].label for row in asked.buttons] == ["Mine: every 8 weeks", "Mum: every 3 months"]
    await ward.planning.changing.press(ward.person, GB, *ward.args(asked, "Mum"))
    [resumed] = await ward.planning.changing.ask(ward.person, GB, "resume")
    assert "reminders are on again" in resumed.text
    [row, *_] = [row for row in await ward.plan_ahead() if "Mum" in str(row.payload["text"])]
    assert row.plan_id == int(ward.plan_id)


async def test_commands_without_a_plan_lead_to_setting_one_up(ward: Ward) -> None:
    for verb in ("edit", "pause", "resume", "history", "stop"):
        [reply] = await ward.planning.changing.ask(ward.person, GB, verb)
        assert [one.action.kind for row in reply.buttons for one in row] == ["remind"]
    [reply] = await ward.planning.changing.show(ward.person, GB)
    assert "no injection plan" in reply.text


async def test_an_edit_of_the_time_moves_the_reminder_that_waits(ward: Ward) -> None:
    await ward.begin(plan())
    await ward.plan_ahead()
    edit = await ward.planning.changing.press(ward.person, GB, ward.plan_id, "edit")
    update = 10
    assert edit.reply is not None
    shown = edit.reply
    for label in ("Time of day", "18:00", "Save"):
        update += 1
        pressed = await ward.planning.setting_up.pressed(ward.person, GB, ward.args(shown, label), update)
        assert pressed.reply is not None
        shown = pressed.reply
    kept = await ward.kept()
    assert (kept.plan.at, kept.revision) == (time(18), 2)
    assert [row.state for row in await ward.rows()] == ["cancelled"]
    [row] = await ward.until(datetime(2026, 5, 4, 17, 0, tzinfo=UTC))
    assert (row.kind, row.local_date, row.not_before) == ("main", TODAY, datetime(2026, 5, 4, 17, tzinfo=UTC))


async def test_an_edit_that_comes_too_late_changes_nothing(ward: Ward) -> None:
    await ward.begin(plan())
    edit = await ward.planning.changing.press(ward.person, GB, ward.plan_id, "edit")
    await ward.had(TODAY)
    shown = edit.reply
    for number, label in enumerate(("Time of day", "18:00", "Save")):
        assert shown is not None
        shown = (await ward.planning.setting_up.pressed(ward.person, GB, ward.args(shown, label), number)).reply
    assert shown is not None
    assert "changed on another device" in shown.text
    assert (await ward.kept()).plan.at == time(9)


async def test_a_plan_nobody_can_read_does_not_stop_the_others(ward: Ward) -> None:
    from bot.records import plans

    await ward.begin(plan())
    async with ward.database.write() as connection:
        await plans.create(
            connection, ward.person.id, prescription={"v": 99}, phase="loading", next_due_at=MONDAY, now=MONDAY
        )
    assert len(await ward.plan_ahead()) == 1
