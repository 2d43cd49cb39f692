"""/plan, /pause, /resume, /history, /stop, and the end of the loading phase: a plan as a whole.

Invariant: pausing and ending change the bot's reminders, never a treatment, and say so. A plan is ended only after a
second yes.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from bot.care.planning import keeping
from bot.care.planning.codes import read_day
from bot.care.planning.dates import date_meant
from bot.care.planning.desk import Desk, Tapped
from bot.care.planning.dialog import SettingUp
from bot.care.planning.keeping import Kept
from bot.care.planning.plan_view import KIND, plan_card
from bot.care.planning.questions import above
from bot.care.planning.recorded import announce_switch, say_site
from bot.care.planning.recording import Recording
from bot.care.planning.wording import say_date, say_often, say_whose
from bot.care.reader import Reader
from bot.care.reply import Reply, button
from bot.plans.cadence import next_date
from bot.plans.date_reading import NEXT_DATE
from bot.plans.progress import end_loading, pause, resume, stop
from bot.records import injections
from bot.records.database import Connection
from bot.records.people import Person

VERBS: Final = ("edit", "pause", "resume", "history", "stop")
HISTORY: Final = 15


class Changing:
    """Shows plans and changes them as a whole."""

    def __init__(self, desk: Desk, setting_up: SettingUp, recording: Recording) -> None:
        self._desk = desk
        self._setting_up = setting_up
        self._recording = recording

    async def show(self, person: Person, reader: Reader) -> list[Reply]:
        """Every plan of a person that has not ended."""
        async with self._desk.database.read() as connection:
            found = await keeping.of_person(connection, person)
        return [plan_card(kept, self._desk.scene(kept, reader)) for kept in found] or [_none_yet(reader)]

    async def ask(self, person: Person, reader: Reader, verb: str) -> list[Reply]:
        """A command about plans: at once for the only plan it fits, else asking which one."""
        async with self._desk.database.read() as connection:
            found = await keeping.of_person(connection, person, ended=verb == "history")
        fitting = [kept for kept in found if _fits(kept, verb)]
        if not found:
            return [_none_yet(reader)]
        if not fitting:
            return [Reply(reader.say(f"plan.none_to_{verb}"))]
        if len(fitting) == 1:
            tapped = await self.press(person, reader, str(fitting[0].id), verb)
            return [tapped.reply or Reply(tapped.note or reader.say("button.old"))]
        rows = [(button(_name(reader, kept), KIND, str(kept.id), verb),) for kept in fitting]
        return [Reply(reader.say("plan.which"), buttons=tuple(rows))]

    async def press(self, person: Person, reader: Reader, plan_id: str, verb: str, argument: str = "") -> Tapped:
        """A button of a plan."""
        opened: list[Kept] = []

        async def step(connection: Connection, kept: Kept) -> Tapped:
            now = self._desk.clock.now()
            today = kept.today(now)
            active = kept.plan.status == "active"
            match verb:
                case "edit" if active:
                    opened.append(kept)
                    return Tapped()
                case "pause" if active:
                    kept = await keeping.keep(connection, kept, pause(kept.plan), now)
                    return self._card(reader, kept, "plan.paused")
                case "resume" if kept.plan.status == "paused":
                    progress = resume(kept.plan, today)
                    kept = await keeping.keep(connection, kept, progress.plan, now)
                    missed = progress.missed
                    said = say_date(reader, missed, today) if missed else ""
                    return self._card(reader, kept, "plan.resumed_missed" if missed else "plan.resumed", date=said)
                case "stop" if kept.plan.status != "ended":
                    return Tapped(_sure_to_stop(reader, kept))
                case "ended" if kept.plan.status != "ended":
                    kept = await keeping.keep(connection, kept, stop(kept.plan), now)
                    return self._card(reader, kept, "plan.stopped")
                case "history":
                    return Tapped(await _history(connection, reader, kept, today))
                case "had" if active:
                    return Tapped(self._recording.ask_when(reader, kept, date_meant(kept.plan, today, now)))
                case "right":
                    return self._card(reader, kept, "plan.thanks")
                case "over" if active and kept.plan.phase == "loading" and kept.plan.maintenance is not None:
                    return await self._over(connection, reader, kept, argument, today)
                case _:
                    return self._card(reader, kept, "")

        tapped = await self._desk.change(person, reader, plan_id, step)
        if opened:
            return Tapped(await self._setting_up.edit(person, reader, opened[0]))
        return tapped

    async def _over(self, connection: Connection, reader: Reader, kept: Kept, argument: str, today: date) -> Tapped:
        if not argument:
            return Tapped(ask_first(reader, kept, today))
        first = read_day(argument)
        if first is None:
            return Tapped(note=reader.say("button.old"))
        if not 0 <= (first - today).days <= NEXT_DATE.ahead:
            return Tapped(ask_first(reader, kept, today), note=reader.say("setup.refused.date_past"))
        progress = end_loading(kept.plan, first)
        kept = await keeping.keep(connection, kept, progress.plan, self._desk.clock.now())
        return Tapped(announce_switch(reader, kept, progress.next_dates, today))

    def _card(self, reader: Reader, kept: Kept, key: str, **values: object) -> Tapped:
        card = plan_card(kept, self._desk.scene(kept, reader))
        return Tapped(above(reader.say(key, **values), card) if key else card)


def ask_first(reader: Reader, kept: Kept, today: date) -> Reply:
    """When is the first injection after loading? The date that follows by the plan is one tap away."""
    number, plan = str(kept.id), kept.plan
    rows = []
    if plan.maintenance is not None and plan.last_given is not None:
        follows = next_date(plan.maintenance, plan.last_given, max(plan.last_given, today - timedelta(days=1)))
        label = reader.say("plan.by_your_plan", date=say_date(reader, follows, today))
        rows.append((button(label, KIND, number, "over", follows.isoformat()),))
    rows.append((button(reader.say("setup.back"), KIND, number, "view"),))
    return Reply(reader.say("plan.ask_first", whose=say_whose(reader, plan.label)), buttons=tuple(rows))


def _fits(kept: Kept, verb: str) -> bool:
    match verb:
        case "edit" | "pause":
            return kept.plan.status == "active"
        case "resume":
            return kept.plan.status == "paused"
        case "stop":
            return kept.plan.status != "ended"
        case _:
            return True


def _none_yet(reader: Reader) -> Reply:
    return Reply(reader.say("plan.none"), buttons=((button(reader.say("start.menu_remind"), "remind"),),))


def _name(reader: Reader, kept: Kept) -> str:
    """A plan on a button: for whom, and how often."""
    who = kept.plan.label or reader.say("plan.mine")
    return reader.say("plan.button", who=who, often=say_often(reader, kept.plan))[:60]


def _sure_to_stop(reader: Reader, kept: Kept) -> Reply:
    number = str(kept.id)
    rows = (
        (button(reader.say("plan.stop_no"), KIND, number, "view"),),
        (button(reader.say("plan.stop_yes"), KIND, number, "ended"),),
    )
    return Reply(reader.say("plan.stop_ask", whose=say_whose(reader, kept.plan.label)), buttons=rows)


async def _history(connection: Connection, reader: Reader, kept: Kept, today: date) -> Reply:
    found = await injections.of_plan(connection, kept.id, limit=HISTORY + 1)
    lines = []
    for one in found[:HISTORY]:
        said = say_date(reader, one.local_date, today)
        site = say_site(reader, one) if one.site else ""
        lines.append(reader.say("plan.history_site" if site else "plan.history_line", date=said, site=site))
    if len(found) > HISTORY:
        lines.append(reader.say("plan.history_more"))
    if not found:
        lines.append(reader.say("plan.history_none"))
    title = reader.say("plan.history_title", whose=say_whose(reader, kept.plan.label))
    return Reply(
        "\n".join(lines), title=title, buttons=((button(reader.say("setup.back"), KIND, str(kept.id), "view"),),)
    )
