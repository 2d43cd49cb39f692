"""What is said about an injection that was recorded, and the question before one that looks like a second.

Invariant: the dose is the prescribed one, the dates are the plan's; every card carries the warning signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from bot.care.planning.dates import next_date
from bot.care.planning.keeping import Kept
from bot.care.planning.reminder import warning_button
from bot.care.planning.wording import say_cadence, say_date, say_dates, say_dose, say_time, say_whose
from bot.care.reader import Reader
from bot.care.reply import Button, Reply, Rows, button, in_rows
from bot.plans.progress import Progress, TooEarly
from bot.records.injections import Injection

SITES: Final = ("arm", "thigh", "hip")
SIDES: Final = ("left", "right")
ELSEWHERE: Final = ("other", "")


@dataclass(frozen=True)
class Had:
    """What a button says: an injection of a plan for the planned date `slot`, on the local date `on`.

    `how`: empty as first told; "planned" or "extra" after the question about a second injection, at `revision`.
    """

    slot: date
    on: date
    how: str = ""
    revision: str = ""


def recorded_card(
    reader: Reader,
    kept: Kept,
    injection: Injection,
    now: datetime,
    *,
    last: Injection | None = None,
    ask_site: bool = False,
) -> Reply:
    """What the reminder's message turns into; at home with the question where it went, and the `last` place."""
    plan, today = kept.plan, kept.today(now)
    dose, whose = say_dose(reader, plan.dose), say_whose(reader, plan.label)
    lines = [reader.say("record.recorded", date=say_date(reader, injection.local_date, today), dose=dose, whose=whose)]
    if injection.site is not None:
        lines.append(reader.say("record.site_noted", site=say_site(reader, injection)))
    upcoming = next_date(plan, now) if plan.status == "active" else None
    if upcoming is not None:
        at = say_time(reader, plan.at)
        lines.append(reader.say("record.next", date=say_date(reader, upcoming, today), time=at))
    rows: list[tuple[Button, ...]] = []
    if ask_site and plan.place == "home":
        lines.append(reader.say("record.which_site"))
        if last is not None and last.site is not None:
            on = say_date(reader, last.local_date, today)
            lines.append(reader.say("record.last_site", site=say_site(reader, last), date=on))
        rows += _sites(reader, kept.id, injection.id)
    lines.append(reader.say("remind.warning_signs"))
    if kept.undo is not None and kept.undo.injection_id == injection.id:
        rows.append((button(reader.say("record.undo"), "undo", str(kept.id), str(kept.revision)),))
    rows.append((warning_button(reader),))
    return Reply("\n\n".join(lines), title=reader.say("record.title"), buttons=tuple(rows))


def what_follows(reader: Reader, kept: Kept, progress: Progress, now: datetime) -> Reply | None:
    """What an injection brings with it: the switch to maintenance, the end of the plan, or dates close together."""
    plan, today, number = kept.plan, kept.today(now), str(kept.id)
    whose = say_whose(reader, plan.label)
    if progress.finished:
        return Reply(reader.say("record.finished", whose=whose))
    if progress.switched and plan.maintenance is not None:
        return announce_switch(reader, kept, progress.next_dates, today)
    if progress.close_next is None:
        return None
    rows = (
        (button(reader.say("record.keep_date"), "plan", number, "right"),),
        (button(reader.say("remind.button_another_day"), "move", number, progress.close_next.isoformat()),),
    )
    said = say_date(reader, progress.close_next, today)
    return Reply(reader.say("record.close_next", date=said, whose=whose), buttons=rows)


def announce_switch(reader: Reader, kept: Kept, dates: Sequence[date], today: date) -> Reply:
    """Loading became maintenance: the next dates, and is that right?"""
    plan, number = kept.plan, str(kept.id)
    often = say_cadence(reader, plan.maintenance) if plan.maintenance else ""
    rows = (
        (button(reader.say("record.switch_right"), "plan", number, "right"),),
        (button(reader.say("record.switch_wrong"), "plan", number, "edit"),),
    )
    text = reader.say(
        "record.switched", often=often, dates=say_dates(reader, dates, today), whose=say_whose(reader, plan.label)
    )
    return Reply(text, title=reader.say("record.switched_title"), buttons=rows)


def say_site(reader: Reader, injection: Injection) -> str:
    """left thigh"""
    side = f"{injection.side}_" if injection.side else ""
    return reader.say(f"record.site_{side}{injection.site}")


def _sites(reader: Reader, plan_id: int, injection_id: int) -> Rows:
    where = (str(plan_id), str(injection_id))
    pairs = [(site, side) for site in SITES for side in SIDES]
    found = [button(reader.say(f"record.site_{side}_{site}"), "site", *where, site, side) for site, side in pairs]
    return (*in_rows(found, 2), (button(reader.say("record.site_other"), "site", *where, "other", ""),))


def ask_second(reader: Reader, kept: Kept, told: Had, early: TooEarly) -> Reply:
    """Was this a second injection? Nothing is stored yet."""
    today = told.on
    where = (str(kept.id), told.slot.isoformat(), told.on.isoformat())
    rows = (
        (button(reader.say("record.early_mistake"), "slot", str(kept.id), told.slot.isoformat()),),
        (button(reader.say("record.early_second"), "had", *where, "extra", str(kept.revision)),),
        (button(reader.say("record.early_planned"), "had", *where, "planned"),),
        (warning_button(reader),),
    )
    text = reader.say(
        "record.too_early",
        last=say_date(reader, early.last, today),
        on=say_date(reader, told.on, today),
        often=say_cadence(reader, kept.plan.cadence),
        planned=say_date(reader, early.planned, today),
        whose=say_whose(reader, kept.plan.label),
    )
    return Reply(text, title=reader.say("record.too_early_title"), buttons=rows)
