"""Which reminders there are, slot after slot."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.plans.agenda import Slot, next_slot, slot_due, upcoming
from bot.plans.cadence import Every, OnWeekdays
from bot.plans.lateness import nudge_time, overdue_after
from bot.plans.occurrence import occurrences
from bot.plans.plan import AfterInjections, Loading, Open, Plan, UntilDate
from bot.plans.progress import pause, record, reschedule, skip, stop
from tests.plans import making, reference
from tests.plans.making import plan, utc

DAY = timedelta(days=1)
START = utc(2026, 1, 1)


def walk(subject: Plan, after: datetime, until: datetime) -> list[Slot]:
    """From slot to slot as a planner goes."""
    found: list[Slot] = []
    slot = next_slot(subject, after)
    while slot is not None and slot.due_at < until:
        found.append(slot)
        slot = next_slot(subject, slot.due_at)
    return found


def kinds(slots: list[Slot]) -> list[tuple[str, date]]:
    return [(slot.kind, slot.local_date) for slot in slots]


def test_eight_weeks_between_two_injections() -> None:
    first, second = date(2026, 5, 4), date(2026, 6, 29)
    slots = walk(plan(), START, utc(2026, 7, 10))
    assert kinds(slots) == [
        ("prepare", first), ("main", first), ("nudge", first), ("overdue", first),
        ("prepare", second), ("main", second), ("nudge", second), ("overdue", second),
    ]  # fmt: skip
    assert [(slot.due_at, slot.expires_at) for slot in slots[:4]] == [
        (utc(2026, 5, 1, 8), utc(2026, 5, 2, 8)),
        (utc(2026, 5, 4, 8), utc(2026, 5, 4, 11)),
        (utc(2026, 5, 4, 12), utc(2026, 5, 4, 18)),
        (utc(2026, 5, 7, 8), utc(2026, 5, 8, 8)),
    ]
    assert slots[1].key(7) == "rem:7:main:2026-05-04"


def test_a_week_has_no_prepare_and_a_day_no_overdue() -> None:
    weekly = walk(plan(maintenance=Every(1, "weeks")), START, utc(2026, 5, 12))
    assert [slot.kind for slot in weekly] == ["main", "nudge", "overdue", "main", "nudge"]
    daily = walk(plan(maintenance=Every(1, "days")), START, utc(2026, 5, 6))
    assert [slot.kind for slot in daily] == ["main", "nudge"] * 2
    eight = walk(plan(maintenance=Every(8, "days")), START, utc(2026, 5, 12))
    assert [slot.kind for slot in eight] == ["prepare", "main", "nudge", "overdue", "prepare"]


def test_late_window_grows_with_the_interval() -> None:
    assert [overdue_after(days) for days in (1, 2, 6, 7, 27, 28, 365)] == [None, 1, 1, 2, 2, 3, 3]


def test_every_alternate_weekday_is_overdue_the_next_day() -> None:
    slots = walk(plan(maintenance=OnWeekdays((0, 2, 4))), START, utc(2026, 5, 12))
    overdue = [slot.due_at for slot in slots if slot.kind == "overdue"]
    assert overdue == [utc(2026, 5, 5, 8), utc(2026, 5, 7, 8), utc(2026, 5, 9, 8), utc(2026, 5, 12, 8)][:3]


@pytest.mark.parametrize(
    ("at", "nudge"),
    [
        (time(0, 30), time(8)), (time(5), time(9)), (time(9), time(13)), (time(17), time(21)), (time(19), time(22)),
        (time(21, 29), time(22)), (time(21, 30), time(22, 30)), (time(23, 30), time(23, 59)), (time(23, 55), None),
    ],
)  # fmt: skip
def test_the_nudge_keeps_quiet_hours(at: time, nudge: time | None) -> None:
    assert nudge_time(at) == nudge


@given(making.times)
def test_a_nudge_is_later_the_same_day_and_not_in_the_night(at: time) -> None:
    nudge = nudge_time(at)
    if nudge is not None:
        assert nudge > at
        assert time(8) <= nudge <= time(22) or at >= time(21, 30)
    else:
        assert at > time(23, 45)


def test_main_does_not_outlive_its_nudge_nor_the_nudge_its_day() -> None:
    late = walk(plan(at=time(22)), START, utc(2026, 5, 5))
    main, nudge = late[1], late[2]
    assert (main.kind, nudge.kind) == ("main", "nudge")
    assert main.expires_at == nudge.due_at == utc(2026, 5, 4, 22)
    assert nudge.expires_at == utc(2026, 5, 4, 23)


def test_paused_and_ended_plans_are_silent() -> None:
    assert next_slot(pause(plan()), START) is None
    assert next_slot(stop(plan()), START) is None


def test_recording_removes_the_rest_of_that_day() -> None:
    after = record(plan(), date(2026, 5, 4)).plan
    slot = next_slot(after, utc(2026, 5, 4, 9))
    assert slot is not None
    assert (slot.kind, slot.local_date) == ("prepare", date(2026, 6, 29))


def test_silence_keeps_the_chain_going() -> None:
    slots = walk(plan(), START, utc(2031, 1, 1))
    mains = [slot.local_date for slot in slots if slot.kind == "main"]
    assert mains == [date(2026, 5, 4) + n * timedelta(weeks=8) for n in range(31)]


def test_a_counted_loading_phase_waits_for_what_is_recorded() -> None:
    loading = plan(loading=Loading(Every(2, "days"), AfterInjections(3)))
    mains = [slot.local_date for slot in walk(loading, START, utc(2026, 5, 20)) if slot.kind == "main"]
    assert mains == [date(2026, 5, day) for day in range(4, 20, 2)]
    assert upcoming(loading, START, 5) == (
        date(2026, 5, 4), date(2026, 5, 6), date(2026, 5, 8), date(2026, 7, 3), date(2026, 8, 28),
    )  # fmt: skip


def test_a_dated_loading_phase_passes_into_maintenance_unrecorded() -> None:
    loading = plan(loading=Loading(Every(2, "days"), UntilDate(date(2026, 5, 9))))
    slots = walk(loading, START, utc(2026, 9, 1))
    mains = [(slot.local_date, slot.phase) for slot in slots if slot.kind == "main"]
    assert mains == [
        (date(2026, 5, 4), "loading"), (date(2026, 5, 6), "loading"), (date(2026, 5, 8), "loading"),
        (date(2026, 7, 3), "maintenance"), (date(2026, 8, 28), "maintenance"),
    ]  # fmt: skip


def test_loading_without_maintenance_ends() -> None:
    loading = plan(loading=Loading(Every(2, "days"), UntilDate(date(2026, 5, 7))), maintenance=None)
    assert upcoming(loading, START, 9) == (date(2026, 5, 4), date(2026, 5, 6))
    assert walk(loading, START, utc(2027, 1, 1))[-1].kind == "overdue"
    open_end = plan(loading=Loading(Every(2, "days"), Open()), maintenance=None)
    assert len(upcoming(open_end, START, 99)) == 99


def test_upcoming_starts_after_the_given_instant() -> None:
    assert upcoming(plan(), utc(2026, 5, 4, 7, 59), 1) == (date(2026, 5, 4),)
    assert upcoming(plan(), utc(2026, 5, 4, 8), 1) == (date(2026, 6, 29),)


def test_two_reminders_on_one_instant_become_the_more_urgent() -> None:
    moved = reschedule(
        plan(maintenance=Every(2, "weeks"), count_from="fixed"), date(2026, 5, 14), of=date(2026, 5, 4)
    ).plan
    slots = walk(moved, utc(2026, 5, 14), utc(2026, 5, 20))
    assert kinds(slots) == [
        ("main", date(2026, 5, 14)), ("nudge", date(2026, 5, 14)), ("overdue", date(2026, 5, 14)),
        ("main", date(2026, 5, 18)), ("nudge", date(2026, 5, 18)),
    ]  # fmt: skip


def test_no_preparing_before_the_injection_that_comes_first() -> None:
    fortnightly = plan(maintenance=Every(2, "weeks"), count_from="fixed")
    moved = reschedule(fortnightly, date(2026, 5, 16), of=date(2026, 5, 4)).plan
    slots = walk(moved, utc(2026, 5, 14), utc(2026, 5, 19))
    assert [kind for kind, day in kinds(slots) if day == date(2026, 5, 18)] == ["main", "nudge"]


@st.composite
def lived(draw: st.DrawFn) -> Plan:
    """A plan after some time with its person."""
    subject = draw(making.plans())
    today = subject.anchor
    for _ in range(draw(st.integers(0, 4))):
        today += timedelta(days=draw(st.integers(0, 40)))
        following = upcoming(subject, datetime.combine(today, time(0), UTC), 1)
        if subject.status == "ended" or not following:
            break
        match draw(st.sampled_from(["record", "skip", "move", "zone"])):
            case "record":
                subject = record(subject, today).plan
            case "skip":
                subject = skip(subject, following[0]).plan
            case "move":
                subject = reschedule(subject, today + draw(st.integers(1, 30)) * DAY, of=following[0]).plan
            case _:
                subject = subject.revised(zone=draw(making.zones))
    return subject


@settings(max_examples=150, deadline=None)
@given(lived())
def test_slot_after_slot_visits_every_reminder_once(subject: Plan) -> None:
    start = datetime.combine(subject.anchor - 60 * DAY, time(0), UTC)
    horizon = subject.anchor + 300 * DAY
    each = list(takewhile(lambda one: one.local_date <= horizon, occurrences(subject, date(2000, 1, 1))))
    if len(each) < 2 or subject.status != "active":
        return
    end = each[-1].due_at - 4 * DAY
    expected = [slot for slot in reference.slots(subject, each) if slot[0] < end]
    slots = walk(subject, start, end)
    assert [(slot.due_at, slot.kind, slot.local_date) for slot in slots] == expected
    assert len({slot.key(1) for slot in slots}) == len(slots)
    for slot in slots:
        assert slot.due_at < slot.expires_at
        assert slot_due(subject, slot.due_at) == slot


@settings(max_examples=100, deadline=None)
@given(lived(), st.integers(0, 2000))
def test_an_active_plan_never_goes_dark(subject: Plan, later: int) -> None:
    moment = datetime.combine(subject.anchor, time(0), UTC) + later * DAY
    slot = next_slot(subject, moment)
    ends = subject.phase == "loading" and subject.loads_until is not None and subject.maintenance is None
    if subject.status == "active" and not ends:
        assert slot is not None
        assert slot.due_at > moment
    elif subject.status == "ended":
        assert slot is None


@settings(max_examples=150, deadline=None)
@given(lived(), st.integers(0, 400))
def test_a_slot_from_any_moment_is_the_one_the_walk_finds(subject: Plan, hours: int) -> None:
    start = datetime.combine(subject.anchor, time(0), UTC)
    moment = start + timedelta(hours=hours)
    expected = [slot for slot in walk(subject, start - 30 * DAY, moment + 40 * DAY) if slot.due_at > moment]
    found = next_slot(subject, moment)
    if expected:
        assert found == expected[0]
    else:
        assert found is None or found.due_at > moment + 39 * DAY


def test_travel_keeps_the_local_date() -> None:
    there = plan().revised(zone="Pacific/Kiritimati")
    slot = walk(there, START, utc(2026, 5, 3, 20))[-1]
    assert (slot.kind, slot.local_date, slot.due_at) == ("main", date(2026, 5, 4), utc(2026, 5, 3, 19))
    assert slot.key(1) == walk(plan(), START, utc(2026, 5, 4, 9))[-1].key(1)
