"""Not now: remind me later, another day, or not this one.

Invariant: a later reminder moves nothing. A moved or left-out date is the person's own decision, noted as such; the
clinic's number stands beside it, and nothing the bot says proposes it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.care.planning import keeping
from bot.care.planning.codes import read_day
from bot.care.planning.dates import next_date
from bot.care.planning.desk import Desk, Tapped
from bot.care.planning.keeping import Kept, Undo
from bot.care.planning.plan_view import plan_card
from bot.care.planning.reminder import Kind, actions, reminder, warning_button
from bot.care.planning.reminding import delivery
from bot.care.planning.wording import say_cadence, say_date, say_time, say_whose
from bot.care.reader import Reader
from bot.care.reply import Button, Reply, Rows, button, in_rows
from bot.plans.agenda import next_slot
from bot.plans.date_reading import NEXT_DATE
from bot.plans.occurrence import local_instant
from bot.plans.progress import reschedule, skip
from bot.records import diary, injections, outbox, plans
from bot.records.database import Connection
from bot.records.people import Person
from bot.records.types import Json

REASONS: Final = ("ill", "no_appointment", "no_medicine", "away", "side_effect", "better", "other")
DAYS_SHOWN: Final = 8
_EVENING: Final = time(19)
_STILL_EVENING: Final = timedelta(minutes=30)
_VALID: Final = timedelta(hours=3)


class Moving:
    """Snooze, reschedule, skip."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def later(
        self, person: Person, reader: Reader, plan_id: str, slot: str, choice: str, message_id: int
    ) -> Tapped:
        """When shall I remind you again? With a `choice`: so be it; the last choice from one message counts."""

        async def step(connection: Connection, kept: Kept, day: date) -> Tapped:
            now = self._desk.clock.now()
            offered = _moments(kept, day, now)
            if choice not in offered:
                return Tapped(self._ask_later(reader, kept, day, offered))
            due_at = offered[choice]
            row = delivery(
                self._desk.render, reminder(reader, kept.plan, kept.id, "snooze", day), kept, person.chat_id,
                f"snooze:{kept.id}:{day.isoformat()}:{message_id}", "snooze", day, due_at, due_at + _VALID,
            )  # fmt: skip
            await plans.save(connection, replace(kept.row, next_due_at=_without_nudge(kept, day, now)), now)
            await outbox.cancel(connection, [row.dedupe_key, f"rem:{kept.id}:nudge:{day.isoformat()}"], now)
            await outbox.add(connection, [row], now)
            said = reader.say(
                "later.noted",
                time=say_time(reader, due_at, kept.plan.zone),
                date=say_date(reader, kept.today(due_at), kept.today(now)),
                planned=say_date(reader, day, kept.today(now)),
            )
            return Tapped(Reply(said, buttons=actions(reader, kept.id, "snooze", day)))

        return await self._on_open_date(person, reader, plan_id, slot, step)

    async def move(
        self, person: Person, reader: Reader, plan_id: str, slot: str, to: str = "", *, sure: bool = False
    ) -> Tapped:
        """To which day? With `to`: move it; earlier than the plan says only when the clinic gave the date."""

        async def step(connection: Connection, kept: Kept, day: date) -> Tapped:
            now = self._desk.clock.now()
            today = kept.today(now)
            if not to:
                return Tapped(self.ask_move(reader, kept, day))
            wanted = read_day(to)
            if wanted is None:
                return Tapped(note=reader.say("button.old"))
            if not 0 <= (wanted - today).days <= NEXT_DATE.ahead:
                return Tapped(self.ask_move(reader, kept, day), note=reader.say("setup.refused.date_past"))
            if wanted == day:
                return Tapped(_present(reader, kept, day, now))
            progress = reschedule(kept.plan, wanted, of=day)
            if progress.too_early is not None and not sure:
                return Tapped(_too_early(reader, kept, day, wanted))
            stored = await keeping.keep(connection, kept, progress.plan, now, undo=Undo(kept.plan, None))
            closed = await outbox.messages_about(connection, kept.id, day)
            said = reader.say(
                "move.moved",
                date=say_date(reader, wanted, today),
                time=say_time(reader, kept.plan.at),
                planned=say_date(reader, day, today),
                whose=say_whose(reader, kept.plan.label),
            )
            return Tapped(Reply(said, buttons=_undo(reader, stored)), closed=tuple(closed))

        return await self._on_open_date(person, reader, plan_id, slot, step)

    def ask_move(self, reader: Reader, kept: Kept, day: date) -> Reply:
        """The days of the next week, or any other typed."""
        today = kept.today(self._desk.clock.now())
        number, slot = str(kept.id), day.isoformat()
        days = [today + timedelta(days=n) for n in range(DAYS_SHOWN)]
        found = [
            button(say_date(reader, each, today), "move", number, slot, each.isoformat())
            for each in days
            if each != day
        ]
        rows: Rows = (
            *in_rows(found, 2),
            (button(reader.say("setup.back"), "slot", number, slot),),
            (warning_button(reader),),
        )
        text = reader.say("move.ask", planned=say_date(reader, day, today), whose=say_whose(reader, kept.plan.label))
        return Reply(text, buttons=rows)

    async def leave_out(self, person: Person, reader: Reader, plan_id: str, slot: str, reason: str = "") -> Tapped:
        """Skip: why? With a `reason`: note it."""

        async def step(connection: Connection, kept: Kept, day: date) -> Tapped:
            now = self._desk.clock.now()
            today = kept.today(now)
            said_day, whose = say_date(reader, day, today), say_whose(reader, kept.plan.label)
            if reason not in REASONS:
                return Tapped(_ask_why(reader, kept, day, said_day, whose))
            progress = skip(kept.plan, day)
            stored = await keeping.keep(connection, kept, progress.plan, now, undo=Undo(kept.plan, None))
            value: dict[str, Json] = {"plan": kept.id, "date": day.isoformat(), "reason": reason}
            await diary.add(connection, person_id=person.id, local_date=today, at=now, kind="skipped", value=value)
            closed = await outbox.messages_about(connection, kept.id, day)
            lines = [reader.say("skip.noted", date=said_day, whose=whose)]
            upcoming = next_date(stored.plan, now)
            if upcoming is not None and stored.plan.status == "active":
                lines.append(reader.say("skip.next", date=say_date(reader, upcoming, today)))
            rows: tuple[tuple[Button, ...], ...] = _undo(reader, stored)
            if reason == "side_effect":
                rows = ((button(reader.say("remind.button_problem"), "effects"),), *rows)
            return Tapped(Reply("\n\n".join(lines), buttons=rows), closed=tuple(closed))

        return await self._on_open_date(person, reader, plan_id, slot, step)

    async def back_to(self, person: Person, reader: Reader, plan_id: str, slot: str) -> Tapped:
        """Back from a question to the reminder."""

        async def step(_connection: Connection, kept: Kept) -> Tapped:
            now = self._desk.clock.now()
            day = read_day(slot)
            if day is None or kept.plan.status != "active" or _settled(kept, day):
                return Tapped(plan_card(kept, self._desk.scene(kept, reader)))
            return Tapped(_present(reader, kept, day, now))

        return await self._desk.change(person, reader, plan_id, step)

    async def _on_open_date(
        self,
        person: Person,
        reader: Reader,
        plan_id: str,
        slot: str,
        step: Callable[[Connection, Kept, date], Awaitable[Tapped]],
    ) -> Tapped:
        """Run a step on a date that still waits for an answer; say how it was answered otherwise."""

        async def on(connection: Connection, kept: Kept) -> Tapped:
            day = read_day(slot)
            if day is None:
                return Tapped(note=reader.say("button.old"))
            if kept.plan.status != "active":
                return Tapped(note=reader.say(f"plan.is_{kept.plan.status}"))
            if _settled(kept, day):
                had = [one for one in await injections.of_plan(connection, kept.id, limit=500) if one.slot_date == day]
                return Tapped(note=reader.say("record.already" if had else "record.done_with"))
            return await step(connection, kept, day)

        return await self._desk.change(person, reader, plan_id, on)

    def _ask_later(self, reader: Reader, kept: Kept, day: date, offered: dict[str, datetime]) -> Reply:
        where = (str(kept.id), day.isoformat())
        rows: Rows = (
            *((button(reader.say(f"later.{choice}"), "later", *where, choice),) for choice in offered),
            (button(reader.say("setup.back"), "slot", *where),),
            (warning_button(reader),),
        )
        return Reply(reader.say("later.ask"), buttons=rows)


def _settled(kept: Kept, day: date) -> bool:
    return kept.plan.settled is not None and day <= kept.plan.settled


def _present(reader: Reader, kept: Kept, day: date, now: datetime) -> Reply:
    """The reminder about a date as it reads today."""
    today = kept.today(now)
    kind: Kind = "main" if day == today else "prepare" if day > today else "overdue"
    return reminder(reader, kept.plan, kept.id, kind, day)


def _moments(kept: Kept, day: date, now: datetime) -> dict[str, datetime]:
    """When a person may be reminded again; tomorrow only where the next date does not come first."""
    plan, today = kept.plan, kept.today(now)
    found: dict[str, datetime] = {"hour": now + timedelta(hours=1)}
    evening = local_instant(today, _EVENING, plan.zone)[1]
    if evening - now > _STILL_EVENING:
        found["evening"] = evening
    tomorrow = local_instant(today + timedelta(days=1), plan.at, plan.zone)[1]
    following = next_slot(plan, now)
    while following is not None and following.local_date <= day:
        following = next_slot(plan, following.due_at)
    if following is None or tomorrow < following.due_at:
        found["tomorrow"] = tomorrow
    return found


def _without_nudge(kept: Kept, day: date, now: datetime) -> datetime | None:
    """The plan's next due moment when today's nudge is not needed any more: the person did answer."""
    slot = next_slot(kept.plan, now)
    while slot is not None and slot.kind == "nudge" and slot.local_date == day:
        slot = next_slot(kept.plan, slot.due_at)
    return None if slot is None else slot.due_at


def _undo(reader: Reader, kept: Kept) -> Rows:
    return (
        (button(reader.say("record.undo"), "undo", str(kept.id), str(kept.revision)),),
        (warning_button(reader),),
    )


def _ask_why(reader: Reader, kept: Kept, day: date, said_day: str, whose: str) -> Reply:
    where = (str(kept.id), day.isoformat())
    reasons = [button(reader.say(f"skip.reason_{reason}"), "skip", *where, reason) for reason in REASONS]
    rows: Rows = (
        (button(reader.say("skip.keep"), "slot", *where),),
        *in_rows(reasons, 2),
        (warning_button(reader),),
    )
    return Reply(reader.say("skip.ask", date=said_day, whose=whose), buttons=rows)


def _too_early(reader: Reader, kept: Kept, day: date, wanted: date) -> Reply:
    where = (str(kept.id), day.isoformat())
    rows: Rows = (
        (button(reader.say("move.keep"), "slot", *where),),
        (button(reader.say("move.clinic_said"), "move", *where, wanted.isoformat(), "sure"),),
    )
    text = reader.say(
        "move.too_early",
        date=say_date(reader, wanted, day),
        planned=say_date(reader, day, day),
        often=say_cadence(reader, kept.plan.cadence),
    )
    return Reply(text, buttons=rows)
