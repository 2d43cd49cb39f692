"""What a patient does to a plan, and what becomes of the dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.plans.agenda import upcoming
from bot.plans.cadence import Every, OnWeekdays, next_date
from bot.plans.occurrence import occurrences
from bot.plans.plan import AfterInjections, Loading, Open, Plan, UntilDate
from bot.plans.progress import (
    TooEarly,
    end_loading,
    pause,
    record,
    record_extra,
    reschedule,
    resume,
    revert,
    skip,
    stop,
)
from tests.plans import making
from tests.plans.making import plan, utc

FIRST = date(2026, 5, 4)
WEEK = timedelta(weeks=1)
DAY = timedelta(days=1)


def test_dates_count_from_the_last_injection() -> None:
    late = record(plan(), FIRST + 9 * DAY)
    assert late.next_dates == tuple(FIRST + 9 * DAY + n * 8 * WEEK for n in (1, 2, 3))
    assert late.too_early is None
    assert late.close_next is None
    assert (late.plan.given, late.plan.last_given, late.plan.revision) == (1, FIRST + 9 * DAY, 2)


def test_fixed_dates_stay() -> None:
    fixed = plan(count_from="fixed")
    late = record(fixed, FIRST + 9 * DAY)
    assert late.next_dates == tuple(FIRST + n * 8 * WEEK for n in (1, 2, 3))
    assert late.close_next is None
    early = record(late.plan, FIRST + 8 * WEEK - 4 * DAY)
    assert early.too_early is None
    assert early.next_dates[0] == FIRST + 16 * WEEK


def test_a_little_early_is_the_next_fixed_date_even_if_the_last_was_missed() -> None:
    early = record(plan(count_from="fixed"), FIRST + 8 * WEEK - 3 * DAY)
    assert early.next_dates[0] == FIRST + 16 * WEEK


def test_a_very_late_injection_before_a_fixed_date_is_asked_about() -> None:
    very_late = record(plan(count_from="fixed"), FIRST + 6 * WEEK)
    assert very_late.next_dates[0] == FIRST + 8 * WEEK
    assert very_late.close_next == FIRST + 8 * WEEK


def test_weekdays_stay_whatever_was_chosen() -> None:
    mwf = plan(maintenance=OnWeekdays((0, 2, 4)))
    tuesday = record(record(mwf, FIRST).plan, FIRST + 2 * DAY)
    assert tuesday.next_dates == (FIRST + 4 * DAY, FIRST + 7 * DAY, FIRST + 9 * DAY)


def test_a_day_before_its_weekday_is_that_weekdays() -> None:
    mondays = record(plan(maintenance=OnWeekdays((0,))), FIRST).plan
    assert record(mondays, FIRST + WEEK - DAY).next_dates[0] == FIRST + 2 * WEEK


def test_too_early_asks_and_stores_only_if_told() -> None:
    first = record(plan(), FIRST).plan
    again = record(first, FIRST + 3 * WEEK)
    assert again.too_early == TooEarly(last=FIRST, planned=FIRST + 8 * WEEK)
    assert record(first, FIRST + 8 * WEEK - 5 * DAY).too_early is None
    assert record(first, FIRST + 8 * WEEK - 6 * DAY).too_early is not None
    extra = record_extra(first, FIRST + 3 * WEEK)
    assert extra.next_dates[0] == FIRST + 8 * WEEK
    assert extra.plan.given == first.given
    assert extra.plan.last_given == FIRST + 3 * WEEK


def test_the_same_day_twice_is_too_early() -> None:
    first = record(plan(maintenance=Every(1, "days")), FIRST).plan
    assert record(first, FIRST).too_early == TooEarly(last=FIRST, planned=FIRST + DAY)
    assert record(first, FIRST + DAY).too_early is None


def test_again_on_the_day_of_an_extra_one_is_too_early() -> None:
    fixed = record(plan(count_from="fixed"), FIRST).plan
    extra_on = FIRST + 8 * WEEK - 4 * DAY
    assert record(record_extra(fixed, extra_on).plan, extra_on).too_early is not None


def test_recorded_afterwards_but_close_to_the_next_one_is_asked_about() -> None:
    weekly = record(plan(maintenance=Every(1, "weeks")), FIRST + 2 * WEEK).plan
    assert record(weekly, FIRST + WEEK).too_early is None
    assert record(weekly, FIRST + 2 * WEEK - 2 * DAY).too_early == TooEarly(
        FIRST + 2 * WEEK, FIRST + 3 * WEEK - 2 * DAY
    )


def test_the_first_injection_is_never_too_early() -> None:
    assert record(plan(), FIRST - 3 * WEEK).too_early is None


def test_an_injection_recorded_afterwards_counts_and_moves_nothing() -> None:
    loading = plan(loading=Loading(Every(2, "days"), AfterInjections(4)))
    second = record(loading, FIRST + 4 * DAY).plan
    backfilled = record(second, FIRST)
    assert backfilled.plan.given == 2
    assert backfilled.too_early is None
    assert backfilled.plan.last_given == FIRST + 4 * DAY
    assert backfilled.next_dates[0] == FIRST + 6 * DAY


@pytest.mark.parametrize("count_from", ["actual", "fixed"])
def test_loading_becomes_maintenance_with_the_last_injection(count_from: str) -> None:
    now = plan(loading=Loading(Every(2, "days"), AfterInjections(3)), count_from=count_from)
    for n in (0, 1):
        step = record(now, FIRST + 2 * n * DAY)
        assert not step.switched
        now = step.plan
    step = record(now, FIRST + 4 * DAY)
    assert step.switched
    assert (step.plan.phase, step.plan.given) == ("maintenance", 0)
    assert step.next_dates == tuple(FIRST + 4 * DAY + n * 8 * WEEK for n in (1, 2, 3))
    assert not record(step.plan, FIRST + 4 * DAY + 8 * WEEK).switched


def test_weekday_loading_then_fixed_weeks_keeps_the_weekday() -> None:
    now = plan(loading=Loading(OnWeekdays((0, 2, 4)), AfterInjections(2)), count_from="fixed")
    step = record(record(now, FIRST).plan, FIRST + 3 * DAY)
    assert step.switched
    assert step.next_dates[0] == FIRST + 2 * DAY + 8 * WEEK


def test_loading_until_a_date() -> None:
    now = plan(loading=Loading(Every(2, "days"), UntilDate(FIRST + 5 * DAY)))
    step = record(record(now, FIRST).plan, FIRST + 2 * DAY)
    assert not step.switched
    last = record(step.plan, FIRST + 4 * DAY)
    assert last.switched
    assert last.next_dates[0] == FIRST + 4 * DAY + 8 * WEEK
    late = record(step.plan, FIRST + 7 * DAY)
    assert late.switched
    assert late.next_dates[0] == FIRST + 7 * DAY + 8 * WEEK


def test_skipping_the_last_dated_loading_injection_switches_too() -> None:
    now = plan(loading=Loading(Every(2, "days"), UntilDate(FIRST + 3 * DAY)))
    step = skip(record(now, FIRST).plan, FIRST + 2 * DAY)
    assert step.switched
    assert step.next_dates[0] == FIRST + 2 * DAY + 8 * WEEK


def test_a_silent_dated_loading_phase_switches_at_the_next_record() -> None:
    now = plan(loading=Loading(Every(2, "days"), UntilDate(FIRST + 3 * DAY)), count_from="fixed")
    maintenance = FIRST + 2 * DAY + 8 * WEEK
    step = record(now, maintenance)
    assert step.switched
    assert (step.plan.phase, step.plan.given) == ("maintenance", 1)
    assert step.next_dates[0] == maintenance + 8 * WEEK


def test_loading_with_nothing_after_it_ends_the_plan() -> None:
    now = plan(loading=Loading(Every(2, "days"), AfterInjections(1)), maintenance=None)
    step = record(now, FIRST)
    assert step.finished
    assert (step.plan.status, step.next_dates) == ("ended", ())


def test_open_loading_ends_by_the_clinics_word() -> None:
    now = record(plan(loading=Loading(Every(2, "days"), Open())), FIRST).plan
    step = end_loading(now, FIRST + 60 * DAY)
    assert step.switched
    assert step.next_dates == tuple(FIRST + 60 * DAY + n * 8 * WEEK for n in (0, 1, 2))
    with pytest.raises(ValueError, match="no loading phase"):
        end_loading(step.plan, FIRST)


def test_skip_keeps_the_rest() -> None:
    step = skip(record(plan(), FIRST).plan, FIRST + 8 * WEEK)
    assert step.next_dates[0] == FIRST + 16 * WEEK


def test_reschedule_moves_what_follows_only_when_counting_from_the_injection() -> None:
    moved = reschedule(plan(), FIRST + 5 * DAY, of=FIRST)
    assert moved.next_dates == tuple(FIRST + 5 * DAY + n * 8 * WEEK for n in (0, 1, 2))
    fixed = reschedule(plan(count_from="fixed"), FIRST + 5 * DAY, of=FIRST)
    assert fixed.next_dates == (FIRST + 5 * DAY, FIRST + 8 * WEEK, FIRST + 16 * WEEK)
    assert record(fixed.plan, FIRST + 5 * DAY).next_dates[0] == FIRST + 8 * WEEK


def test_a_moved_date_left_unanswered() -> None:
    """As things stand, with nothing recorded: from the moved date, or on the fixed ones."""
    chains = {}
    for count_from in ("actual", "fixed"):
        moved = reschedule(plan(count_from=count_from), FIRST + 5 * DAY, of=FIRST).plan
        chains[count_from] = [each.local_date for each in islice(occurrences(moved, FIRST), 3)]
    assert chains["actual"] == [FIRST + 5 * DAY + n * 8 * WEEK for n in (0, 1, 2)]
    assert chains["fixed"] == [FIRST + 5 * DAY, FIRST + 8 * WEEK, FIRST + 16 * WEEK]


def test_moving_next_to_a_fixed_date_merges_with_it() -> None:
    monthly = plan(maintenance=Every(1, "months"), count_from="fixed")
    moved = reschedule(monthly, date(2026, 6, 2), of=FIRST).plan
    assert [each.local_date for each in islice(occurrences(moved, FIRST), 2)] == [date(2026, 6, 2), date(2026, 7, 4)]


def test_bringing_a_date_forward_is_asked_about() -> None:
    later = record(plan(), FIRST).plan
    planned = FIRST + 8 * WEEK
    assert reschedule(later, planned - 4 * DAY, of=planned).too_early is None
    early = reschedule(later, planned - 2 * WEEK, of=planned)
    assert early.too_early == TooEarly(last=FIRST, planned=planned)
    assert early.next_dates[0] == planned - 2 * WEEK


def test_an_old_missed_date_can_be_moved() -> None:
    silent = plan()
    today = FIRST + 20 * WEEK
    moved = reschedule(silent, today + DAY, of=FIRST + 16 * WEEK)
    assert moved.next_dates[:2] == (today + DAY, today + DAY + 8 * WEEK)


def test_moving_the_last_loading_date_past_the_end_keeps_it() -> None:
    now = plan(loading=Loading(Every(2, "days"), UntilDate(FIRST + 3 * DAY)))
    moved = reschedule(record(now, FIRST).plan, FIRST + 6 * DAY, of=FIRST + 2 * DAY)
    assert moved.next_dates[:2] == (FIRST + 6 * DAY, FIRST + 6 * DAY + 8 * WEEK)
    done = record(moved.plan, FIRST + 6 * DAY)
    assert done.switched
    assert done.next_dates[0] == FIRST + 6 * DAY + 8 * WEEK


def test_pause_and_resume_report_what_passed() -> None:
    paused = pause(record(plan(), FIRST).plan)
    assert paused.status == "paused"
    back = resume(paused, FIRST + 10 * WEEK)
    assert back.missed == FIRST + 8 * WEEK
    assert back.plan.status == "active"
    assert back.next_dates[0] == FIRST + 16 * WEEK
    soon = resume(paused, FIRST + WEEK)
    assert soon.missed is None
    assert soon.next_dates[0] == FIRST + 8 * WEEK


def test_resume_on_the_planned_day_keeps_it() -> None:
    assert resume(pause(plan()), FIRST).next_dates[0] == FIRST


def test_undo_brings_back_the_plan_with_a_new_revision() -> None:
    before = plan()
    after = record(before, FIRST).plan
    assert revert(after, before) == replace(before, revision=3)


def test_stop_is_the_end() -> None:
    assert stop(plan()).status == "ended"


@settings(max_examples=200, deadline=None)
@given(making.plans(), st.lists(st.integers(-3, 60), min_size=1, max_size=8))
def test_any_history(subject: Plan, gaps: list[int]) -> None:
    """However injections are recorded: counts add up, dates never fall back, the switch comes exactly once."""
    now, today, switches = subject, subject.anchor, 0
    for total, gap in enumerate(gaps, 1):
        today += gap * DAY
        before = now
        step = record(before, today)
        now = step.plan
        switches += step.switched
        assert now.revision == before.revision + 1
        assert now.last_given == max(today, before.last_given or today)
        assert step.finished == (now.status == "ended")
        if step.finished:
            assert step.next_dates == ()
            return
        assert len(step.next_dates) == 3 or now.maintenance is None
        assert step.next_dates
        assert all(one < two for one, two in zip(step.next_dates, step.next_dates[1:], strict=False))
        assert step.next_dates[0] > today
        backfill = before.last_given is not None and today < before.last_given
        if now.count_from == "actual" and isinstance(now.cadence, Every) and not backfill and not step.switched:
            assert next_date(now.cadence, today, today) in (step.next_dates[0], step.next_dates[0] - DAY)
        if now.phase == "loading" and now.loading is not None and isinstance(now.loading.ends, AfterInjections):
            assert now.given == total < now.loading.ends.count
    assert switches == (subject.phase == "loading" and now.phase == "maintenance")


@settings(max_examples=100, deadline=None)
@given(making.plans())
def test_the_preview_is_what_happens_when_each_is_given_on_its_day(subject: Plan) -> None:
    start = datetime.combine(subject.anchor - DAY, time(0), UTC)
    preview = upcoming(subject, start - DAY, 6)
    now = subject
    for n, day in enumerate(preview):
        step = record(now, day)
        assert step.too_early is None
        assert step.next_dates[: len(preview) - n - 1] == preview[n + 1 : n + 4][: len(step.next_dates)]
        now = step.plan
        if step.finished:
            assert n == len(preview) - 1


def test_the_preview_starts_with_the_first_date() -> None:
    assert upcoming(plan(), utc(2026, 4, 1), 2) == (FIRST, FIRST + 8 * WEEK)
