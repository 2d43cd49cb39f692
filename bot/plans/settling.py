"""One step of a plan: an injection recorded or a date let go, and what becomes of the dates after it.

Invariant: a planned date is settled once and for all; the loading phase ends only by what was recorded, by its date, or
by the clinic's word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice

from bot.plans.cadence import OnWeekdays, nominal_days
from bot.plans.lateness import early_margin
from bot.plans.occurrence import loading_end, planned_dates
from bot.plans.plan import AfterInjections, Plan, UntilDate


@dataclass(frozen=True)
class Settled:
    """The plan after a step. `switched`: loading became maintenance. `finished`: it ended, nothing comes after it."""

    plan: Plan
    switched: bool = False
    finished: bool = False


def moves_with_injections(plan: Plan) -> bool:
    """True when the next date counts from the last injection; weekdays never do, whatever the patient chose."""
    return plan.count_from == "actual" and not isinstance(plan.cadence, OnWeekdays)


def is_backfill(plan: Plan, given_on: date) -> bool:
    """True for an injection recorded afterwards, older than the latest one: it counts, and moves no date."""
    return plan.last_given is not None and given_on < plan.last_given


def settle_given(plan: Plan, given_on: date) -> Settled:
    """Count one injection. The revision stays; whoever stores the plan raises it."""
    backfill = is_backfill(plan, given_on)
    counted = replace(plan, given=plan.given + 1, last_given=plan.last_given if backfill else given_on)
    if backfill:
        return turn_over(counted)
    if moves_with_injections(plan):
        until = plan.loads_until if plan.phase == "loading" else None
        anchor = given_on if until is None or given_on <= until else plan.anchor
        return turn_over(replace(counted, anchor=anchor, settled=given_on, once=None))
    return turn_over(let_go(counted, _date_meant(plan, given_on)))


def let_go(plan: Plan, through: date) -> Plan:
    """The plan with every planned date up to `through` settled."""
    once = None if plan.once is not None and plan.once <= through else plan.once
    return replace(plan, settled=through if plan.settled is None else max(plan.settled, through), once=once)


def _date_meant(plan: Plan, given_on: date) -> date:
    """Which planned date an injection stands for: the latest one not later than it, give or take the margin.

    An injection before all of them stands for the first.
    """
    days = nominal_days(plan.cadence)
    latest = given_on + timedelta(days=early_margin(days))
    meant: date | None = None
    for day, _ in planned_dates(plan, given_on - timedelta(days=2 * days + 31)):
        if meant is not None and day > latest:
            break
        meant = day
    return given_on if meant is None else meant


def turn_over(plan: Plan) -> Settled:
    """Pass from loading to maintenance, or to the end of the plan, when the loading phase is over."""
    if plan.phase != "loading" or plan.loading is None:
        return Settled(plan)
    match plan.loading.ends:
        case AfterInjections(count) if plan.given >= count:
            base, given = plan.settled or plan.anchor, 0
        case UntilDate(last) if not _loads_again(plan):
            base, given = loading_end(plan, last), 0
            if plan.last_given is not None and plan.last_given > last:
                given = 1
                base = max(base, plan.last_given) if moves_with_injections(plan) else base
        case _:
            return Settled(plan)
    if plan.maintenance is None:
        return Settled(replace(plan, status="ended"), finished=True)
    return Settled(into_maintenance(plan, base, given), switched=True)


def _loads_again(plan: Plan) -> bool:
    return any(phase == "loading" for _, phase in islice(planned_dates(plan, plan.anchor), 1))


def into_maintenance(plan: Plan, base: date, given: int) -> Plan:
    """The plan in its maintenance phase, counting from `base`, which is itself done with."""
    settled = base if plan.settled is None else max(plan.settled, base)
    return replace(plan, phase="maintenance", anchor=base, settled=settled, given=given, once=None)
