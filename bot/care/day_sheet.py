"""The care team's day: who is due, late, silent; what is open; how much will be needed.

Invariant: everybody is a code; no name and no label is on it, neither in the chat nor in the file, and of a patient's
own words only what they call their medicine. A plan this program cannot read is counted, not left out in silence.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.care.moments import day_and_time, local
from bot.care.planning.wording import say_date, say_dose, say_product
from bot.care.reader import Reader
from bot.care.reply import Reply
from bot.clock import Clock
from bot.plans.agenda import upcoming
from bot.plans.cadence import nominal_days
from bot.plans.occurrence import planned_dates
from bot.plans.plan import Plan
from bot.plans.plan_json import PlanFormatError, from_json
from bot.records import day_sheet
from bot.records.database import Database
from bot.records.day_sheet import SheetAlert, SheetPerson, SheetPlan

WEEK: Final = 7
MONTH: Final = 30
_SHOWN: Final = 30
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Line:
    """One plan on the sheet. `open_dates` are planned dates up to today that nobody recorded, oldest first."""

    code: str
    plan_id: int
    plan: Plan
    open_dates: tuple[date, ...]
    coming: tuple[date, ...]

    def due(self, today: date, days: int) -> list[date]:
        """Dates from today on, for so many days."""
        until = today + timedelta(days=days)
        return [day for day in (*self.open_dates, *self.coming) if today <= day < until]

    def late(self, today: date) -> list[date]:
        """Dates before today."""
        return [day for day in self.open_dates if day < today]


@dataclass(frozen=True)
class Sheet:
    """Everything on it, at one moment on the clinic's calendar."""

    at: datetime
    today: date
    lines: tuple[Line, ...]
    alerts: tuple[SheetAlert, ...]
    blocked: tuple[SheetPerson, ...]
    unreadable: int


class DaySheets:
    """Makes the sheet; `zone` is the clinic's."""

    def __init__(self, database: Database, clock: Clock, zone: str) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone

    async def sheet(self) -> Sheet:
        """Today's, read and worked out now."""
        now = self._clock.now()
        async with self._database.read() as connection:
            plans = await day_sheet.active_plans(connection)
            alerts = await day_sheet.open_alerts(connection)
            blocked = await day_sheet.blocked(connection)
        lines, unreadable = await asyncio.to_thread(_lines, plans, now)
        today = local(now, self._zone).date()
        return Sheet(now, today, lines, tuple(alerts), tuple(blocked), unreadable)

    def words(self, sheet: Sheet, reader: Reader) -> Reply:
        """The sheet for the chat; long lists are cut, the file has all."""
        return _Words(sheet, reader, self._zone).reply()

    def file(self, sheet: Sheet) -> tuple[str, bytes]:
        """Name and content of the sheet as CSV, one line a plan, for a spreadsheet."""
        return f"b12-day-sheet-{sheet.today.isoformat()}.csv", _as_csv(sheet).encode("utf-8-sig")


def _lines(plans: Sequence[SheetPlan], now: datetime) -> tuple[tuple[Line, ...], int]:
    lines, unreadable = [], 0
    for row in plans:
        try:
            plan = replace(from_json(row.prescription), revision=row.revision)
        except PlanFormatError:
            unreadable += 1
            continue
        lines.append(_line(row, plan, now))
    return tuple(lines), unreadable


def _line(row: SheetPlan, plan: Plan, now: datetime) -> Line:
    today = now.astimezone(ZoneInfo(plan.zone)).date()
    open_dates = []
    for day, _ in planned_dates(plan, today - timedelta(days=4 * nominal_days(plan.cadence) + MONTH)):
        if day > today:
            break
        open_dates.append(day)
    until = today + timedelta(days=MONTH + 1)
    coming = tuple(day for day in upcoming(plan, now, MONTH + 1) if today < day <= until)
    return Line(row.code, row.plan_id, plan, tuple(open_dates), coming)


class _Words:
    def __init__(self, sheet: Sheet, reader: Reader, zone: str) -> None:
        self._sheet = sheet
        self._reader = reader
        self._zone = zone

    def reply(self) -> Reply:
        sheet, say = self._sheet, self._say
        parts = [
            self._part("alerts", [self._alert(alert) for alert in sheet.alerts]),
            self._part("due", self._due()),
            self._part("overdue", [self._late(line) for line in sheet.lines if line.late(sheet.today)]),
            self._part("missed_twice", [line.code for line in sheet.lines if len(line.late(sheet.today)) > 1]),
            self._part("blocked", [f"{one.code}, {self._day(one.since)}" for one in sheet.blocked]),
            self._part("ampoules", self._ampoules()),
        ]
        if sheet.unreadable:
            parts.append(say("unreadable", count=sheet.unreadable))
        parts.append(say("foot"))
        title = say("title", date=say_date(self._reader, sheet.today), plans=len(sheet.lines))
        return Reply("\n\n".join(parts), title=title)

    def _say(self, key: str, **values: object) -> str:
        return self._reader.say(f"today.{key}", **values)

    def _day(self, at: datetime) -> str:
        return say_date(self._reader, local(at, self._zone).date(), self._sheet.today)

    def _part(self, key: str, lines: Sequence[str]) -> str:
        heading = self._say(key, count=len(lines))
        shown = [f"• {line}" for line in lines[:_SHOWN]]
        if len(lines) > _SHOWN:
            shown.append(self._say("more", count=len(lines) - _SHOWN))
        return "\n".join([heading, *(shown or [self._say("none")])])

    def _alert(self, alert: SheetAlert) -> str:
        level = (
            self._say(f"level_{alert.level}") if f"today.level_{alert.level}" in self._reader.content.messages else ""
        )
        state = self._say("nobody_has_it" if alert.state == "open" else "somebody_has_it")
        at = day_and_time(alert.opened_at, self._zone, self._reader.content.language)
        return self._say("alert_line", id=alert.id, code=alert.code, level=level, at=at, state=state)

    def _due(self) -> list[str]:
        sheet = self._sheet
        days = [(day, line) for line in sheet.lines for day in line.due(sheet.today, WEEK)]
        days.sort(key=lambda found: (found[0], found[1].code))
        return [
            self._say(
                "due_line",
                date=say_date(self._reader, day, sheet.today),
                code=line.code,
                product=say_product(self._reader, line.plan.product),
                dose=say_dose(self._reader, line.plan.dose),
            )
            for day, line in days
        ]

    def _late(self, line: Line) -> str:
        first = line.late(self._sheet.today)[-1]
        days = (self._sheet.today - first).days
        return self._say(
            "overdue_line", code=line.code, date=say_date(self._reader, first, self._sheet.today), days=days
        )

    def _ampoules(self) -> list[str]:
        needed: Counter[str] = Counter()
        for line in self._sheet.lines:
            what = f"{say_product(self._reader, line.plan.product)}, {say_dose(self._reader, line.plan.dose)}"
            needed[what] += len(line.due(self._sheet.today, MONTH))
        return [self._say("ampoule_line", what=what, count=count) for what, count in sorted(needed.items()) if count]


_COLUMNS: Final = (
    "code", "plan", "product", "dose_mg", "where", "phase", "last_injection", "next_date", "due_within_7_days",
    "overdue_since", "planned_dates_without_injection", "blocked_since", "open_alerts", "injections_within_30_days",
)  # fmt: skip


def _as_csv(sheet: Sheet) -> str:
    blocked = {one.code: one.since.date().isoformat() for one in sheet.blocked}
    alerts = Counter(alert.code for alert in sheet.alerts)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for line in sheet.lines:
        plan, late, due = line.plan, line.late(sheet.today), line.due(sheet.today, MONTH)
        writer.writerow(
            _safe(
                (
                    line.code, line.plan_id, plan.product, plan.dose.milligrams, plan.place, plan.phase,
                    _iso(plan.last_given), _iso(due[0] if due else None),
                    "yes" if line.due(sheet.today, WEEK) else "no", _iso(late[-1] if late else None), len(late),
                    blocked.get(line.code, ""), alerts.get(line.code, 0), len(due),
                )
            )
        )  # fmt: skip
    return out.getvalue()


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _safe(cells: Iterable[object]) -> list[str]:
    """A product is in a patient's own words: no spreadsheet may take it for a formula."""
    found = [str(cell) for cell in cells]
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in found]
