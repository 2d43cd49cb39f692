"""Writing down an injection the person had: when, whether it was the planned one, where it went; and taking it back.

Invariant: one planned date is recorded once, however often and from however many devices the button is tapped. The
injection, the plan's step, its reminders and the check-ins are one transaction. What looks too early is asked about
before anything is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.care.planning import keeping
from bot.care.planning.codes import read_day
from bot.care.planning.dates import next_date
from bot.care.planning.desk import Desk, Tapped
from bot.care.planning.keeping import Kept, Undo
from bot.care.planning.reminding import actions, warning_button
from bot.care.planning.wording import say_cadence, say_date, say_dates, say_dose, say_time, say_whose
from bot.care.reader import Reader
from bot.care.reply import Button, Reply, Rows, button, in_rows
from bot.plans.date_reading import PAST_DATE
from bot.plans.occurrence import local_instant
from bot.plans.progress import Progress, TooEarly, record, record_extra, revert
from bot.records import injections, outbox
from bot.records.database import Connection
from bot.records.injections import Injection
from bot.records.people import Person

SITES: Final = ("arm", "thigh", "hip")
SIDES: Final = ("left", "right")
DAYS_SHOWN: Final = 7
_LOOKED_AT: Final = 500


@dataclass(frozen=True)
class Had:
    """What a button says: an injection of a plan for the planned date `slot`, on the local date `on`.

    `how`: empty as first told; "planned" or "extra" after the question about a second injection, at `revision`.
    """

    slot: date
    on: date
    how: str = ""
    revision: str = ""


class Recording:
    """Records injections and takes them back."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def when(self, person: Person, reader: Reader, plan_id: str, slot: str, *, week: bool = False) -> Tapped:
        """Done: on which day? `week` shows more of them."""

        async def ask(connection: Connection, kept: Kept) -> Tapped:
            day = read_day(slot)
            if day is None:
                return Tapped(note=reader.say("button.old"))
            if (recorded := await self._recorded(connection, kept, day)) is not None:
                return self._already(reader, kept, recorded)
            return Tapped(self.ask_when(reader, kept, day, week=week))

        return await self._desk.change(person, reader, plan_id, ask)

    def ask_when(self, reader: Reader, kept: Kept, planned: date, *, week: bool = False) -> Reply:
        """Today, yesterday, the planned day, or another."""
        today, slot = kept.today(self._desk.clock.now()), planned.isoformat()
        days = [today - timedelta(days=n) for n in range(DAYS_SHOWN if week else 2)]
        if planned < days[-1] and (today - planned).days <= PAST_DATE.back:
            days.append(planned)

        def label(day: date) -> str:
            key = {0: "setup.today", 1: "setup.yesterday"}.get((today - day).days)
            said = say_date(reader, day, today)
            return reader.say(key, date=said) if key else said

        number = str(kept.id)
        rows: Rows = in_rows([button(label(day), "had", number, slot, day.isoformat()) for day in days], 2)
        if not week:
            rows += ((button(reader.say("record.another_date"), "done", number, slot, "week"),),)
        rows += ((button(reader.say("setup.back"), "slot", number, slot),), (warning_button(reader),))
        text = reader.say("record.when_week" if week else "record.when", whose=say_whose(reader, kept.plan.label))
        return Reply(text, buttons=rows)

    async def had(self, person: Person, reader: Reader, plan_id: str, told: Had) -> Tapped:
        """Record it, or ask first when it looks like a second one."""

        async def step(connection: Connection, kept: Kept) -> Tapped:
            now = self._desk.clock.now()
            if told.on > kept.today(now) or (kept.today(now) - told.on).days > PAST_DATE.back:
                return Tapped(note=reader.say("setup.refused.date_future"))
            if kept.plan.status == "ended":
                return Tapped(note=reader.say("plan.is_ended"))
            if told.how == "extra":
                return await self._extra(connection, person, reader, kept, told)
            if (recorded := await self._recorded(connection, kept, told.slot)) is not None:
                return self._already(reader, kept, recorded)
            progress = record(kept.plan, told.on)
            if progress.too_early is not None and told.how != "planned":
                return Tapped(_too_early(reader, kept, told, progress.too_early))
            return await self._store(connection, person, reader, kept, told, progress, slot=told.slot)

        return await self._desk.change(person, reader, plan_id, step)

    async def site(
        self, person: Person, reader: Reader, plan_id: str, injection_id: str, site: str, side: str
    ) -> Tapped:
        """Where it went, after it was recorded."""

        async def step(connection: Connection, kept: Kept) -> Tapped:
            found = await injections.get(connection, int(injection_id)) if injection_id.isdecimal() else None
            known = site in (*SITES, "other") and side in (*SIDES, "")
            if found is None or found.plan_id != kept.id or not known:
                return Tapped(note=reader.say("button.old"))
            await injections.amend(connection, found.id, site=site, side=side or None)
            amended = await injections.get(connection, found.id)
            return Tapped(self._card(reader, kept, amended or found, None, ask_site=False))

        return await self._desk.change(person, reader, plan_id, step)

    async def undo(self, person: Person, reader: Reader, plan_id: str, revision: str) -> Tapped:
        """Take the last step back, if nothing happened since."""

        async def step(connection: Connection, kept: Kept) -> Tapped:
            if kept.undo is None or revision != str(kept.revision):
                return Tapped(note=reader.say("record.undo_too_late"))
            slot = None
            if kept.undo.injection_id is not None:
                found = await injections.get(connection, kept.undo.injection_id)
                slot = found.slot_date if found else None
                await self._desk.check_ins.cancel_check_ins(connection, kept.undo.injection_id)
                await injections.remove(connection, kept.undo.injection_id)
            now = self._desk.clock.now()
            back = await keeping.keep(connection, kept, revert(kept.plan, kept.undo.earlier), now)
            rows = actions(reader, back.id, "overdue", slot) if slot else ()
            return Tapped(Reply(reader.say("record.undone"), buttons=rows))

        return await self._desk.change(person, reader, plan_id, step)

    async def _recorded(self, connection: Connection, kept: Kept, slot: date) -> Injection | None:
        found = await injections.of_plan(connection, kept.id, limit=_LOOKED_AT)
        return next((one for one in found if one.slot_date == slot), None)

    async def _extra(self, connection: Connection, person: Person, reader: Reader, kept: Kept, told: Had) -> Tapped:
        if told.revision != str(kept.revision):
            return Tapped(note=reader.say("record.changed_since"))
        progress = record_extra(kept.plan, told.on)
        stored = await self._store(connection, person, reader, kept, told, progress, slot=None)
        return Tapped(stored.reply, None, (Reply(reader.say("record.second_injection"), urgent=True), *stored.more))

    async def _store(
        self,
        connection: Connection,
        person: Person,
        reader: Reader,
        kept: Kept,
        told: Had,
        progress: Progress,
        *,
        slot: date | None,
    ) -> Tapped:
        now = self._desk.clock.now()
        last = next(iter(await injections.of_plan(connection, kept.id, limit=1)), None)
        injection, fresh = await injections.record(
            connection,
            plan_id=kept.id,
            person_id=person.id,
            local_date=told.on,
            at=_moment(kept, told.on, now),
            slot_date=slot,
            source="button",
            now=now,
        )
        if not fresh:
            return self._already(reader, kept, injection)
        stored = await keeping.keep(connection, kept, progress.plan, now, undo=Undo(kept.plan, injection.id))
        await self._desk.check_ins.schedule_check_ins(connection, person, injection)
        closed = await outbox.messages_about(connection, kept.id, told.slot)
        card = self._card(reader, stored, injection, last, ask_site=True)
        return Tapped(card, more=tuple(self._follows(reader, stored, progress)), closed=tuple(closed))

    def _already(self, reader: Reader, kept: Kept, recorded: Injection) -> Tapped:
        card = self._card(reader, kept, recorded, None, ask_site=recorded.site is None)
        return Tapped(card)

    def _card(
        self, reader: Reader, kept: Kept, injection: Injection, last: Injection | None, *, ask_site: bool
    ) -> Reply:
        """What the reminder's message turns into."""
        plan, today = kept.plan, kept.today(self._desk.clock.now())
        lines = [
            reader.say(
                "record.recorded",
                date=say_date(reader, injection.local_date, today),
                dose=say_dose(reader, plan.dose),
                whose=say_whose(reader, plan.label),
            )
        ]
        if injection.site is not None:
            lines.append(reader.say("record.site_noted", site=say_site(reader, injection)))
        if kept.row.next_due_at is not None and plan.status == "active":
            lines.append(self._next(reader, kept))
        rows: list[tuple[Button, ...]] = []
        if ask_site and plan.place == "home":
            lines.append(reader.say("record.which_site"))
            if last is not None and last.site is not None:
                lines.append(reader.say("record.last_site", site=say_site(reader, last),
                                        date=say_date(reader, last.local_date, today)))  # fmt: skip
            rows += _sites(reader, kept.id, injection.id)
        lines.append(reader.say("remind.warning_signs"))
        if kept.undo is not None and kept.undo.injection_id == injection.id:
            rows.append((button(reader.say("record.undo"), "undo", str(kept.id), str(kept.revision)),))
        rows.append((warning_button(reader),))
        return Reply("\n\n".join(lines), title=reader.say("record.title"), buttons=tuple(rows))

    def _next(self, reader: Reader, kept: Kept) -> str:
        now = self._desk.clock.now()
        upcoming = next_date(kept.plan, now)
        if upcoming is None:
            return ""
        return reader.say("record.next", date=say_date(reader, upcoming, kept.today(now)),
                          time=say_time(reader, kept.plan.at))  # fmt: skip

    def _follows(self, reader: Reader, kept: Kept, progress: Progress) -> Sequence[Reply]:
        """What an injection brings with it: the switch to maintenance, the end of the plan, dates close together."""
        plan, today, number = kept.plan, kept.today(self._desk.clock.now()), str(kept.id)
        whose = say_whose(reader, plan.label)
        if progress.finished:
            return [Reply(reader.say("record.finished", whose=whose))]
        if progress.switched and plan.maintenance is not None:
            return [announce_switch(reader, kept, progress.next_dates, today)]
        if progress.close_next is not None:
            day = progress.close_next.isoformat()
            rows = (
                (button(reader.say("record.keep_date"), "plan", number, "right"),),
                (button(reader.say("remind.button_another_day"), "move", number, day),),
            )
            close = reader.say("record.close_next", date=say_date(reader, progress.close_next, today), whose=whose)
            return [Reply(close, buttons=rows)]
        return []


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


def _moment(kept: Kept, on: date, now: datetime) -> datetime:
    """The moment of an injection as well as it is known: now for today, else the plan's own time on that day."""
    if on == now.astimezone(ZoneInfo(kept.plan.zone)).date():
        return now
    return local_instant(on, kept.plan.at, kept.plan.zone)[1]


def _too_early(reader: Reader, kept: Kept, told: Had, early: TooEarly) -> Reply:
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
