"""The day sheet: right by a slow count, in codes only, for the care team only."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.care.day_sheet import DaySheets, Line, _line
from bot.care.planning import keeping as plan_keeping
from bot.care.reader import Clinic, Reader, Readers
from bot.chat import day_sheet as chat_day_sheet
from bot.clock import FixedClock
from bot.plans.cadence import Every
from bot.plans.dose import Dose
from bot.plans.plan import Plan
from bot.records import alerts, chats, people
from bot.records.database import Database
from bot.records.day_sheet import SheetPlan
from tests.chat.telegram_making import library, way_in

CARE = -4242
LABEL = "Quillfeather"


@pytest.fixture
def reader() -> Reader:
    return Readers(library(), Clinic("the clinic")).reader("en", "GB")


def weekly(anchor: date, *, weeks: int = 1, product: str = "hydroxocobalamin", **more: Any) -> Plan:
    return Plan(
        label=LABEL, product=product, dose=Dose(Decimal(1), "mg", "1mg"), zone="Europe/London", at=time(9),
        anchor=anchor, phase="maintenance", maintenance=Every(weeks, "weeks"), **more,
    )  # fmt: skip


async def a_clinic(database: Database, clock: FixedClock) -> dict[str, str]:
    """Five people; gives their codes. Today is Monday 4 May 2026, 09:00 in London."""
    now, codes = clock.now(), {}
    plans = {
        "due": weekly(date(2026, 5, 6), last_given=date(2026, 4, 29)),
        "late": weekly(date(2026, 4, 29), weeks=8),
        "silent": weekly(date(2026, 4, 20), product="=cmd|' /C calc'!A0"),
        "blocked": weekly(date(2026, 7, 1), weeks=12),
        "paused": weekly(date(2026, 5, 5), status="paused"),
    }
    async with database.write() as connection:
        for number, (name, plan) in enumerate(plans.items(), 100):
            person = await people.arrive(connection, number, now)
            codes[name] = person.code
            await plan_keeping.add(connection, person, plan, now - timedelta(days=30))
            if name == "blocked":
                await chats.lose(connection, number, "blocked", now)
            if name == "late":
                await alerts.open_alert(
                    connection, person_id=person.id, level="emergency", sign="throat", context={}, text=LABEL,
                    next_step_at=None, now=now,
                )  # fmt: skip
        await connection.exec_driver_sql("UPDATE plans SET status = 'paused' WHERE id = (SELECT max(id) FROM plans)")
    return codes


async def test_the_sheet(database: Database, clock: FixedClock, reader: Reader) -> None:
    codes = await a_clinic(database, clock)
    sheets = DaySheets(database, clock, "Europe/London")
    sheet = await sheets.sheet()
    text = sheets.words(sheet, reader).plain
    parts = {part.partition(":")[0]: part for part in text.split("\n\n")}
    assert "Plans: 4" in text
    assert f" {codes['late']}, emergency, 4 May, 09:00: nobody has it" in parts["⚠️ Open alerts"]
    assert codes["due"] in parts["📅 Due within 7 days"]
    assert f"{codes['late']}, planned for Wed 29 Apr, 5 days ago" in parts["⏰ Overdue"].replace(",", ",")
    missed = parts["❗ Two or more planned dates without an injection"]
    assert codes["silent"] in missed
    assert codes["late"] not in missed
    assert codes["blocked"] in parts["🔕 Blocked the bot"]
    assert codes["paused"] not in text
    assert LABEL not in text
    assert "{" not in text
    for line in text.splitlines():
        assert "100" not in line or "micrograms" in line  # no chat ids


async def test_the_file(database: Database, clock: FixedClock) -> None:
    codes = await a_clinic(database, clock)
    sheets = DaySheets(database, clock, "Europe/London")
    name, content = sheets.file(await sheets.sheet())
    assert name == "b12-day-sheet-2026-05-04.csv"
    rows = {row["code"]: row for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}
    assert set(rows) == {codes[who] for who in ("due", "late", "silent", "blocked")}
    due, late, silent = rows[codes["due"]], rows[codes["late"]], rows[codes["silent"]]
    assert (due["next_date"], due["due_within_7_days"], due["injections_within_30_days"]) == ("2026-05-06", "yes", "4")
    assert (late["overdue_since"], late["open_alerts"], late["due_within_7_days"]) == ("2026-04-29", "1", "no")
    assert silent["planned_dates_without_injection"] == "2"
    assert silent["product"].startswith("'=cmd")
    assert rows[codes["blocked"]]["blocked_since"] == "2026-05-04"
    assert LABEL.encode() not in content


async def test_a_plan_nobody_can_read_is_counted(sqlite_database: Database, clock: FixedClock, reader: Reader) -> None:
    await a_clinic(sqlite_database, clock)
    async with sqlite_database.write() as connection:
        unread = "UPDATE plans SET prescription = '{\"v\": 99}' WHERE id = (SELECT min(id) FROM plans)"
        await connection.exec_driver_sql(unread)
    sheets = DaySheets(sqlite_database, clock, "Europe/London")
    sheet = await sheets.sheet()
    assert (len(sheet.lines), sheet.unreadable) == (3, 1)
    assert "cannot read: 1" in sheets.words(sheet, reader).text


@given(
    every=st.integers(1, 40), unit=st.sampled_from(["days", "weeks"]), started=st.integers(-200, 60),
    at=st.times(timezones=st.none()), hour=st.integers(0, 23),
)  # fmt: skip
def test_against_a_slow_count(every: int, unit: Any, started: int, at: time, hour: int) -> None:
    """With nothing recorded, the open dates are the anchor and every interval after it, up to today."""
    now = datetime.fromisoformat(f"2026-05-04T{hour:02d}:00:00+00:00")
    plan = Plan(
        product="hydroxocobalamin", dose=Dose(Decimal(1), "mg", "1mg"), zone="UTC", count_from="fixed",
        at=at.replace(second=0, microsecond=0), anchor=now.date() + timedelta(days=started), phase="maintenance",
        maintenance=Every(every, unit),
    )  # fmt: skip
    line = _line(SheetPlan(1, "AAA-AAA", 1, {}, 1), plan, now)
    step = timedelta(days=every * (7 if unit == "weeks" else 1))
    dates = [plan.anchor + n * step for n in range(-400, 400) if plan.anchor + n * step >= plan.anchor]
    today = now.date()
    assert line.open_dates == tuple(day for day in dates if day <= today)[-len(line.open_dates) or len(dates) :]
    wanted = [day for day in dates if today <= day < today + timedelta(days=30)]
    assert line.due(today, 30) == wanted
    behind = [day for day in dates if day < today]
    assert min(2, len(line.late(today))) == min(2, len(behind))


async def test_only_the_care_team_gets_it(sqlite_database: Database, clock: FixedClock) -> None:
    await a_clinic(sqlite_database, clock)
    sheets = DaySheets(sqlite_database, clock, "Europe/London")

    async def knows(chat_id: int) -> bool:
        return chat_id == CARE

    services: Any = SimpleNamespace(readers=Readers(library(), Clinic("the clinic")))
    room = chat_day_sheet.feature(sheets, knows)
    async with way_in(sqlite_database, clock, features=[lambda _: room(services)]) as way, way.running():
        for chat in (7, -55, CARE):
            way.say(chat, "/today")
        handled = way.metrics.handled.labels("done")._value
        await way.until(lambda: handled.get() == 3)
    assert "Day sheet" in way.heard(CARE)[0]
    assert len(way.heard(CARE)) == 2
    assert way.heard(7) == way.heard(-55) == []


def test_a_line_knows_what_is_late() -> None:
    today = date(2026, 5, 4)
    line = Line("AAA-AAA", 1, weekly(today), (date(2026, 4, 27), today), (date(2026, 5, 11),))
    assert line.late(today) == [date(2026, 4, 27)]
    assert line.due(today, 7) == [today]
    assert line.due(today, 8) == [today, date(2026, 5, 11)]
