"""What a patient does to a plan: records an injection, skips, moves a date, pauses, goes on.

Invariant: every step gives a new plan with the next revision and never shortens an interval by itself; what looks odd
(too early, two dates close together, a date missed while paused) is reported, so that the person is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice

from bot.plans.agenda import projected
from bot.plans.cadence import nominal_days
from bot.plans.lateness import early_margin
from bot.plans.occurrence import planned_dates
from bot.plans.plan import Plan
from bot.plans.settling import (
    Settled,
    into_maintenance,
    is_backfill,
    let_go,
    moves_with_injections,
    settle_given,
    turn_over,
)

ANNOUNCED = 3
"""How many next dates a step reports."""


@dataclass(frozen=True)
class TooEarly:
    """An injection well before the plan says. `last` was recorded; `planned` is the date the plan has next."""

    last: date
    planned: date


@dataclass(frozen=True)
class Progress:
    """A step and what to say about it. Nothing is stored until the caller stores `plan`.

    switched    loading became maintenance: announce it with `next_dates` and ask for confirmation
    finished    loading is over and the plan has no maintenance: it is ended
    too_early   ask "was this a second injection?" before storing; if it was, store `record_extra` instead
    close_next  the next fixed date when it comes less than half an interval after the injection: ask, do not decide
    missed      the latest planned date that passed while the plan was paused
    """

    plan: Plan
    switched: bool = False
    finished: bool = False
    too_early: TooEarly | None = None
    next_dates: tuple[date, ...] = ()
    close_next: date | None = None
    missed: date | None = None


def record(plan: Plan, injected_on: date) -> Progress:
    """Record an injection of the plan on a local date; past dates may come in any order."""
    step = settle_given(plan, injected_on)
    return _progress(plan, step, injected_on, too_early=_too_early(plan, injected_on), after_injection=True)


def record_extra(plan: Plan, injected_on: date) -> Progress:
    """Record an injection that was not one of the plan's: no date and no count of the plan moves."""
    latest = injected_on if plan.last_given is None else max(plan.last_given, injected_on)
    return _progress(plan, Settled(replace(plan, last_given=latest)), injected_on)


def skip(plan: Plan, local_date: date) -> Progress:
    """Let a planned date go without an injection; the dates after it stay where they are."""
    return _progress(plan, turn_over(let_go(plan, local_date)), local_date)


def reschedule(plan: Plan, to_date: date, *, of: date) -> Progress:
    """Move the planned date `of` to `to_date`, and with "actual" counting the dates after it too.

    Planned dates before `of` are let go. Moving past later dates merges them into the moved one.
    """
    moves = moves_with_injections(plan)
    until = plan.loads_until if plan.phase == "loading" else None
    anchor = to_date if moves and (until is None or to_date <= until) else plan.anchor
    moved = replace(let_go(plan, of), once=to_date, anchor=anchor)
    early = plan.last_given is not None and to_date < of - timedelta(days=_margin(plan))
    too_early = TooEarly(plan.last_given, of) if early and plan.last_given is not None else None
    return _progress(plan, Settled(moved), to_date - timedelta(days=1), too_early=too_early)


def pause(plan: Plan) -> Plan:
    """The plan without reminders until it is resumed."""
    return replace(plan, status="paused", revision=plan.revision + 1)


def resume(plan: Plan, today: date) -> Progress:
    """The plan with reminders from `today` on. Dates that passed are let go; the latest is reported as `missed`."""
    passed = None
    for day, _ in planned_dates(plan, today - timedelta(days=2 * nominal_days(plan.cadence) + 31)):
        if day >= today:
            break
        passed = day
    active = replace(plan, status="active")
    step = Settled(active) if passed is None else turn_over(let_go(active, passed))
    return replace(_progress(plan, step, today - timedelta(days=1)), missed=passed)


def stop(plan: Plan) -> Plan:
    """The plan at its end; it has no reminders any more."""
    return replace(plan, status="ended", revision=plan.revision + 1)


def end_loading(plan: Plan, first: date) -> Progress:
    """Loading is over because the clinic says so; `first` is the date of the first maintenance injection.

    Raises ValueError for a plan without maintenance or already in it.
    """
    if plan.phase != "loading" or plan.maintenance is None:
        raise ValueError("the plan has no loading phase to end or nothing after it")
    over = into_maintenance(plan, plan.settled or plan.anchor, 0)
    over = replace(over, anchor=first, settled=first - timedelta(days=1))
    return _progress(plan, Settled(over, switched=True), first - timedelta(days=1))


def revert(plan: Plan, earlier: Plan) -> Plan:
    """Undo: the plan as it was, with a revision of its own."""
    return replace(earlier, revision=plan.revision + 1)


def _margin(plan: Plan) -> int:
    return early_margin(nominal_days(plan.cadence))


def _too_early(plan: Plan, injected_on: date) -> TooEarly | None:
    """The guard: an injection earlier than the plan's next date by more than the margin, when there was one before."""
    last = plan.last_given
    if last is None:
        return None
    margin = timedelta(days=_margin(plan))
    if is_backfill(plan, injected_on):
        planned = injected_on + timedelta(days=nominal_days(plan.cadence))
        return TooEarly(last, planned) if last < planned - margin else None
    planned = next((day for day, _ in planned_dates(plan, last)), injected_on)
    return TooEarly(last, planned) if injected_on < planned - margin or injected_on == last else None


def _progress(
    plan: Plan, step: Settled, on: date, *, too_early: TooEarly | None = None, after_injection: bool = False
) -> Progress:
    """Put a step into words for the caller: next revision, next dates later than `on`."""
    new = replace(step.plan, revision=plan.revision + 1)
    if step.finished:
        return Progress(new, finished=True, too_early=too_early)
    dates = tuple(islice(projected(new, on + timedelta(days=1)), ANNOUNCED))
    close = after_injection and dates != () and not moves_with_injections(new)
    return Progress(
        plan=new,
        switched=step.switched,
        too_early=too_early,
        next_dates=dates,
        close_next=dates[0] if close and (dates[0] - on).days * 2 < nominal_days(new.cadence) else None,
    )
