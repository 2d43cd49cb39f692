"""How often: every N days, weeks or months, or on certain weekdays; and the dates that follow from it.

Invariant: the n-th date is worked out from the anchor, never from the date before it, so a month's end never drifts
(31 January, 28 February, 31 March).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

CadenceUnit = Literal["days", "weeks", "months"]

MOST: dict[CadenceUnit, int] = {"days": 732, "weeks": 104, "months": 24}
"""The longest intervals a plan may have; all about two years."""

_DAYS_IN: dict[CadenceUnit, int] = {"days": 1, "weeks": 7, "months": 30}


@dataclass(frozen=True)
class Every:
    """Every `count` days, weeks or months. Raises ValueError below 1 and above about two years."""

    count: int
    unit: CadenceUnit

    def __post_init__(self) -> None:
        if self.unit not in MOST or not 1 <= self.count <= MOST[self.unit]:
            raise ValueError(f"no plan is every {self.count} {self.unit}")


@dataclass(frozen=True)
class OnWeekdays:
    """On these days of each week, 0 = Monday. Stored sorted and once each; raises ValueError when there is none."""

    days: tuple[int, ...]

    def __post_init__(self) -> None:
        days = tuple(sorted(set(self.days)))
        if not days or not all(0 <= day <= 6 for day in days):
            raise ValueError("weekdays are numbers from 0, Monday, to 6, and at least one")
        object.__setattr__(self, "days", days)


Cadence = Every | OnWeekdays


def nominal_days(cadence: Cadence) -> int:
    """The usual distance between two dates in days; the shortest one for weekdays, 30 for a month."""
    if isinstance(cadence, Every):
        return cadence.count * _DAYS_IN[cadence.unit]
    days = cadence.days
    return min(later - day for day, later in zip(days, (*days[1:], days[0] + 7), strict=True))


def months_later(day: date, months: int) -> date:
    """The same day of the month that many months on, or that month's last day where it has no such day."""
    month = day.year * 12 + day.month - 1 + months
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _nth(cadence: Every, anchor: date, n: int) -> date:
    if cadence.unit == "months":
        return months_later(anchor, n * cadence.count)
    return anchor + timedelta(days=n * cadence.count * _DAYS_IN[cadence.unit])


def _index_up_to(cadence: Every, anchor: date, day: date) -> int:
    """The n of the last date on or before `day`; -1 when `day` is before the anchor."""
    if day < anchor:
        return -1
    if cadence.unit != "months":
        return (day - anchor).days // (cadence.count * _DAYS_IN[cadence.unit])
    n = ((day.year - anchor.year) * 12 + day.month - anchor.month) // cadence.count
    return n if _nth(cadence, anchor, n) <= day else n - 1


def next_date(cadence: Cadence, anchor: date, after: date | None) -> date:
    """The first date of the series later than `after`; the first of all when `after` is None.

    The anchor is itself a date of the series, except on weekdays, where the series starts with the first chosen weekday
    on or after the anchor.
    """
    if isinstance(cadence, Every):
        return anchor if after is None else _nth(cadence, anchor, _index_up_to(cadence, anchor, after) + 1)
    start = anchor if after is None else max(anchor, after + timedelta(days=1))
    weekday = start.weekday()
    return start + timedelta(days=min([(day - weekday) % 7 for day in cadence.days]))


def last_date(cadence: Cadence, anchor: date, until: date) -> date | None:
    """The last date of the series on or before `until`; None when the series starts later."""
    if isinstance(cadence, Every):
        n = _index_up_to(cadence, anchor, until)
        return _nth(cadence, anchor, n) if n >= 0 else None
    day = max(until - timedelta(days=(until.weekday() - day) % 7) for day in cadence.days)
    return day if day >= anchor else None
