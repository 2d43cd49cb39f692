"""Writing down an injection the person had: when, whether it was the planned one, where it went; and taking it back.

Invariant: one planned date is recorded once, however often and from however many devices the button is tapped. The
injection, the plan's step, its reminders, the check-ins and what is announced are one transaction. What looks too early
is asked about before anything is stored.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, cast
from zoneinfo import ZoneInfo

from bot.care.planning import keeping
from bot.care.planning.codes import read_day, row_number
from bot.care.planning.desk import Desk, Tapped
from bot.care.planning.keeping import Kept, Undo
from bot.care.planning.plan_view import plan_card
from bot.care.planning.questions import above
from bot.care.planning.recorded import ELSEWHERE, SIDES, SITES, Had, ask_second, recorded_card, what_follows
from bot.care.planning.reminder import actions, warning_button
from bot.care.planning.wording import say_date, say_whose
from bot.care.reader import Reader
from bot.care.reply import Reply, Rows, button, in_rows
from bot.plans.date_reading import PAST_DATE
from bot.plans.occurrence import local_instant
from bot.plans.progress import Progress, record, record_extra, revert
from bot.records import injections, outbox
from bot.records.database import Connection
from bot.records.injections import Injection
from bot.records.outbox import NewDelivery, Priority
from bot.records.people import Person
from bot.records.types import JsonObject

DAYS_SHOWN: Final = 7
_LOOKED_AT: Final = 500
_ANNOUNCED_FOR: Final = timedelta(days=3)


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
                return self._known(reader, kept, recorded)
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
                return self._known(reader, kept, recorded)
            progress = record(kept.plan, told.on)
            if progress.too_early is not None and told.how != "planned":
                return Tapped(ask_second(reader, kept, told, progress.too_early))
            return await self._store(connection, person, reader, kept, told, progress, told.slot)

        return await self._desk.change(person, reader, plan_id, step)

    async def site(
        self, person: Person, reader: Reader, plan_id: str, injection_id: str, site: str, side: str
    ) -> Tapped:
        """Where it went, after it was recorded."""

        async def step(connection: Connection, kept: Kept) -> Tapped:
            found = await injections.get(connection, row_number(injection_id) or 0)
            known = (site in SITES and side in SIDES) or (site, side) == ELSEWHERE
            if found is None or found.plan_id != kept.id or not known:
                return Tapped(note=reader.say("button.old"))
            await injections.amend(connection, found.id, site=site, side=side or None)
            amended = await injections.get(connection, found.id)
            return Tapped(recorded_card(reader, kept, amended or found, self._desk.clock.now()))

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
                await outbox.cancel(connection, [_announced(kept.undo.injection_id)], self._desk.clock.now())
                await injections.remove(connection, kept.undo.injection_id)
            now = self._desk.clock.now()
            back = await keeping.keep(connection, kept, revert(kept.plan, kept.undo.earlier), now)
            if slot is None:
                return Tapped(above(reader.say("record.undone"), plan_card(back, self._desk.scene(back, reader))))
            return Tapped(Reply(reader.say("record.undone"), buttons=actions(reader, back.id, "overdue", slot)))

        return await self._desk.change(person, reader, plan_id, step)

    async def _recorded(self, connection: Connection, kept: Kept, slot: date) -> Injection | None:
        found = await injections.of_plan(connection, kept.id, limit=_LOOKED_AT)
        return next((one for one in found if one.slot_date == slot), None)

    async def _extra(self, connection: Connection, person: Person, reader: Reader, kept: Kept, told: Had) -> Tapped:
        if told.revision != str(kept.revision):
            return Tapped(note=reader.say("record.changed_since"))
        said = Reply(reader.say("record.second_injection"), urgent=True)
        return await self._store(connection, person, reader, kept, told, record_extra(kept.plan, told.on), None, said)

    async def _store(
        self,
        connection: Connection,
        person: Person,
        reader: Reader,
        kept: Kept,
        told: Had,
        progress: Progress,
        slot: date | None,
        said: Reply | None = None,
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
            return self._known(reader, kept, injection)
        stored = await keeping.keep(connection, kept, progress.plan, now, undo=Undo(kept.plan, injection.id))
        await self._desk.check_ins.schedule_check_ins(connection, person, injection)
        said = said or what_follows(reader, stored, progress, now)
        if said is not None:
            await outbox.add(connection, [self._announcement(person, injection, said, now)], now)
        closed = await outbox.messages_about(connection, kept.id, told.slot)
        card = recorded_card(reader, stored, injection, now, last=last, ask_site=True)
        return Tapped(card, closed=tuple(closed))

    def _known(self, reader: Reader, kept: Kept, injection: Injection) -> Tapped:
        """It was recorded before; say so in the same words."""
        now = self._desk.clock.now()
        return Tapped(recorded_card(reader, kept, injection, now, ask_site=injection.site is None))

    def _announcement(self, person: Person, injection: Injection, said: Reply, now: datetime) -> NewDelivery:
        """A message that must come even if this process ends before its next line."""
        [payload] = self._desk.render(said)
        return NewDelivery(
            dedupe_key=_announced(injection.id),
            kind="announcement",
            policy="again",
            priority=Priority.ANSWER,
            chat_id=person.chat_id,
            payload=cast(JsonObject, payload),
            not_before=now,
            expires_at=now + _ANNOUNCED_FOR,
            person_id=person.id,
        )


def _announced(injection_id: int) -> str:
    return f"after:{injection_id}"


def _moment(kept: Kept, on: date, now: datetime) -> datetime:
    """The moment of an injection as well as it is known: now for today, else the plan's own time on that day."""
    if on == now.astimezone(ZoneInfo(kept.plan.zone)).date():
        return now
    return local_instant(on, kept.plan.at, kept.plan.zone)[1]
