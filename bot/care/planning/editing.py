"""From the answers of a set-up to a plan that is kept: a new one, or a running one with what was changed.

Invariant: a change touches only what the person changed: what was recorded, and dates already done with, stay.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.care.planning.dates import next_date, unanswered_date
from bot.care.planning.draft import Draft, Step
from bot.plans.plan import Plan
from bot.plans.progress import reschedule

_PHASES: tuple[Step, ...] = ("phase", "often", "ends", "then")


def changed_plan(plan: Plan, origin: Draft, draft: Draft, now: datetime) -> Plan:
    """The running plan with the answers that differ from those it started from; its next revision."""
    wanted = draft.plan()
    revised = replace(
        plan,
        label=wanted.label,
        product=wanted.product,
        dose=wanted.dose,
        place=wanted.place,
        zone=wanted.zone,
        at=wanted.at,
        count_from=wanted.count_from,
    )
    changed = {step for step in _PHASES if draft.get(step) != origin.get(step)}
    if changed or draft.get("first") == "last":
        anew = _from_next_date_on(revised, wanted)
    elif draft.get("first") != origin.get("first"):
        anew = _moved(revised, wanted.anchor, now)
    else:
        anew = revised
    return replace(anew, revision=plan.revision + 1)


def _moved(plan: Plan, to: date, now: datetime) -> Plan:
    """The next date moved; or the one that passed without an answer, when the new one comes before the next."""
    upcoming = next_date(plan, now)
    missed = unanswered_date(plan, now.astimezone(ZoneInfo(plan.zone)).date())
    of = missed if missed is not None and (upcoming is None or to < upcoming) else upcoming
    return plan if to == of else reschedule(plan, to, of=of or to).plan


def _from_next_date_on(plan: Plan, wanted: Plan) -> Plan:
    """New phases from the next date on; every date before it is done with."""
    given = [day for day in (plan.last_given, wanted.last_given) if day is not None]
    return replace(
        plan,
        phase=wanted.phase,
        loading=wanted.loading,
        maintenance=wanted.maintenance,
        anchor=wanted.anchor,
        once=wanted.once,
        given=0,
        last_given=max(given, default=None),
        settled=wanted.settled or wanted.anchor - timedelta(days=1),
    )
