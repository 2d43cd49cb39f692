"""What a stored plan has to say next, for the planner: its slots, and each as a row of the outbox.

Invariant: a row's key is plan, slot and local date. A plan that cannot be read keeps no other from being planned. What
is remembered here are words everybody with the same prescription is told; losing them costs microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias, cast

import structlog

from bot.care.planning.keeping import Kept, opened
from bot.care.planning.reminder import Kind, actions, reminder_words
from bot.care.reader import Reader, Readers
from bot.care.reply import Reply
from bot.plans.agenda import Slot, next_slot
from bot.plans.plan import Plan
from bot.plans.plan_json import PlanFormatError
from bot.records.outbox import NewDelivery, Priority
from bot.records.plans import DuePlan
from bot.records.types import JsonObject

#: Turns a reply into the parameters of the `sendMessage` calls it takes; bot.chat.rendering.payloads.
Render: TypeAlias = Callable[[Reply], Sequence[Mapping[str, object]]]
_REMEMBERED: Final = 2000

_log = structlog.get_logger(__name__)


class ReminderWriter:
    """Writes reminders for readers of one language and country, and remembers what everybody is told alike."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._said: dict[str, str] = {}
        self._texts: dict[tuple[object, ...], tuple[str, str]] = {}

    def write(self, plan: Plan, plan_id: int, slot: Slot) -> Reply:
        """The reminder of a slot."""
        title, text = self._words(plan, slot)
        return Reply(text, title=title, buttons=actions(self._reader, plan_id, slot.kind, slot.local_date, self._say))

    def _words(self, plan: Plan, slot: Slot) -> tuple[str, str]:
        if plan.phase == "loading":  # says how far along this one plan is
            switched = slot.phase == "maintenance"
            return reminder_words(self._reader, plan, slot.kind, slot.local_date, switched=switched)
        dose = plan.dose
        key = (slot.kind, slot.local_date, plan.place, plan.label, plan.product, dose.amount, dose.unit)
        if key not in self._texts:
            if len(self._texts) >= _REMEMBERED:
                self._texts.clear()
            self._texts[key] = reminder_words(self._reader, plan, slot.kind, slot.local_date)
        return self._texts[key]

    def _say(self, key: str) -> str:
        return self._said.get(key) or self._said.setdefault(key, self._reader.say(key))


@dataclass(frozen=True)
class PlanAgenda:
    """One stored plan as the planner sees it: its slots, and each in words."""

    kept: Kept
    item: DuePlan
    writer: ReminderWriter
    render_reply: Render

    def next_slot(self, after: datetime) -> Slot | None:
        """The first reminder due later than `after`."""
        return next_slot(self.kept.plan, after)

    def render(self, slot: Slot) -> NewDelivery:
        """The reminder's row for the outbox."""
        reply = self.writer.write(self.kept.plan, self.kept.id, slot)
        return delivery(
            self.render_reply, reply, self.kept, self.item.chat_id, slot.key(self.kept.id), slot.kind,
            slot.local_date, slot.due_at, slot.expires_at,
        )  # fmt: skip


@dataclass(frozen=True)
class UnreadablePlan:
    """A plan this program cannot read: it says nothing, and does not keep the others from being planned."""

    def next_slot(self, after: datetime) -> Slot | None:
        return None

    def render(self, slot: Slot) -> NewDelivery | None:
        return None


def agendas(readers: Readers, render: Render) -> Callable[[DuePlan], PlanAgenda | UnreadablePlan]:
    """How the planner gets from a stored plan to its reminders."""
    writers: dict[tuple[str | None, str | None], ReminderWriter] = {}

    def agenda_of(item: DuePlan) -> PlanAgenda | UnreadablePlan:
        try:
            kept = opened(item.plan)
        except PlanFormatError:
            _log.error("plan_unreadable", plan=item.plan.id)
            return UnreadablePlan()
        spoken = (item.language, item.country)
        if spoken not in writers:
            writers[spoken] = ReminderWriter(readers.reader(*spoken))
        return PlanAgenda(kept, item, writers[spoken], render)

    return agenda_of


def delivery(
    render: Render,
    reply: Reply,
    kept: Kept,
    chat_id: int,
    key: str,
    kind: Kind,
    day: date,
    due_at: datetime,
    expires_at: datetime,
) -> NewDelivery:
    """A reminder as a row of the outbox; sent once, never again when its fate is unknown."""
    [payload] = render(reply)
    return NewDelivery(
        dedupe_key=key,
        kind=kind,
        policy="once",
        priority=Priority.REMINDER,
        chat_id=chat_id,
        payload=cast(JsonObject, payload),
        not_before=due_at,
        expires_at=expires_at,
        person_id=kept.row.person_id,
        plan_id=kept.id,
        slot=kind,
        local_date=day,
    )
