"""Which of a plan's dates a person means.

Invariant: these only read the plan.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.plans.cadence import nominal_days
from bot.plans.occurrence import next_occurrence, planned_dates
from bot.plans.plan import Plan


def unanswered_date(plan: Plan, today: date) -> date | None:
    """The latest planned date up to today that was neither recorded nor let go."""
    latest = None
    for day, _ in planned_dates(plan, today - timedelta(days=2 * nominal_days(plan.cadence) + 31)):
        if day > today:
            break
        latest = day
    return latest


def unrecorded_before(plan: Plan, day: date) -> date | None:
    """The latest planned date before `day` that nobody answered."""
    return unanswered_date(plan, day - timedelta(days=1))


def next_date(plan: Plan, now: datetime) -> date | None:
    """The planned date whose reminder comes next."""
    upcoming = next_occurrence(plan, now)
    return upcoming.local_date if upcoming else None


def date_meant(plan: Plan, today: date, now: datetime) -> date:
    """The planned date an injection is about when the person did not answer a reminder: the open one, else the next."""
    return unanswered_date(plan, today) or next_date(plan, now) or today
