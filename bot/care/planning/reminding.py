"""Reminders in words, and what a plan has to say next for the planner.

Invariant: every reminder of an injection carries the warning signs and the button that leads to the emergency card. No
reminder says more about a dose than what was prescribed, and none tells anybody to leave one out or take one more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Final, Literal, TypeAlias, cast

import structlog

from bot.care.planning.dates import unrecorded_before
from bot.care.planning.keeping import Kept, opened
from bot.care.planning.wording import say_cadence, say_date, say_dates, say_dose, say_product, say_whose
from bot.care.reader import Reader, Readers
from bot.care.reply import Button, Reply, Rows, button
from bot.plans.agenda import Slot, next_slot, projected
from bot.plans.plan import AfterInjections, Plan
from bot.plans.plan_json import PlanFormatError
from bot.plans.progress import ANNOUNCED
from bot.records.outbox import NewDelivery, Priority
from bot.records.plans import DuePlan
from bot.records.types import JsonObject

#: Turns a reply into the parameters of the `sendMessage` calls it takes; bot.chat.rendering.payloads.
Render: TypeAlias = Callable[[Reply], Sequence[Mapping[str, object]]]
#: What a reminder is about; "snooze" is one the person asked for.
Kind = Literal["prepare", "main", "nudge", "overdue", "snooze"]

SIGN: Final = "reminder_button"
"""The name under which "I have a warning sign" raises its alert."""

_log = structlog.get_logger(__name__)


def reminder(reader: Reader, plan: Plan, plan_id: int, kind: Kind, day: date, *, switched: bool = False) -> Reply:
    """One reminder about the injection planned for `day`. `switched`: it is the first one after the loading phase."""
    words = {
        "date": say_date(reader, day, day),
        "whose": say_whose(reader, plan.label),
        "dose": say_dose(reader, plan.dose),
        "product": say_product(reader, plan.product),
    }
    lines = [reader.say(f"remind.{kind}_{plan.place}" if kind in ("prepare", "main") else f"remind.{kind}", **words)]
    if kind != "overdue":
        lines.append(reader.say("remind.dose", **words))
    if switched and plan.maintenance is not None:
        dates = list(islice(projected(plan, day), ANNOUNCED))
        often = say_cadence(reader, plan.maintenance)
        lines.append(reader.say("remind.switched", often=often, dates=say_dates(reader, dates, day)))
    elif kind in ("main", "nudge", "snooze"):
        lines += _progress(reader, plan, day)
    lines.append(reader.say("remind.warning_signs"))
    return Reply(
        "\n\n".join(lines),
        title=reader.say(f"remind.title_{kind}", **words),
        buttons=actions(reader, plan_id, kind, day),
    )


def _progress(reader: Reader, plan: Plan, day: date) -> list[str]:
    """In the loading phase: which number this one is, and the one before it when nobody told of it."""
    if plan.phase != "loading" or plan.loading is None:
        return []
    lines = []
    if isinstance(plan.loading.ends, AfterInjections):
        lines.append(reader.say("remind.loading_number", number=plan.given + 1, count=plan.loading.ends.count))
    missed = unrecorded_before(plan, day)
    if missed is not None:
        lines.append(reader.say("remind.not_recorded", date=say_date(reader, missed, day)))
    return lines


def actions(reader: Reader, plan_id: int, kind: Kind, day: date) -> Rows:
    """What can be done from a reminder. Each button names the plan and the planned date, nothing else."""
    where = (str(plan_id), day.isoformat())

    def act(key: str, action: str) -> Button:
        return button(reader.say(f"remind.button_{key}"), action, *where)

    problem = button(reader.say("remind.button_problem"), "effects")
    warning = (warning_button(reader),)
    match kind:
        case "prepare":
            return (act("another_day", "move"),), (act("had_already", "done"),), (act("skip", "skip"),), warning
        case "overdue":
            return (act("had", "done"),), (act("new_date", "move"), act("skip", "skip")), (problem,), warning
        case _:
            return (
                (act("done", "done"),),
                (act("later", "later"), act("another_day", "move")),
                (act("skip", "skip"), problem),
                warning,
            )


def warning_button(reader: Reader) -> Button:
    """Straight to the emergency card."""
    return button(reader.say("remind.button_warning"), "now", SIGN)


@dataclass(frozen=True)
class PlanAgenda:
    """One stored plan as the planner sees it: its slots, and each in words."""

    kept: Kept
    item: DuePlan
    reader: Reader
    render_reply: Render

    def next_slot(self, after: datetime) -> Slot | None:
        """The first reminder due later than `after`."""
        return next_slot(self.kept.plan, after)

    def render(self, slot: Slot) -> NewDelivery:
        """The reminder's row for the outbox."""
        plan = self.kept.plan
        switched = plan.phase == "loading" and slot.phase == "maintenance"
        reply = reminder(self.reader, plan, self.kept.id, slot.kind, slot.local_date, switched=switched)
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

    def agenda_of(item: DuePlan) -> PlanAgenda | UnreadablePlan:
        try:
            kept = opened(item.plan)
        except PlanFormatError:
            _log.error("plan_unreadable", plan=item.plan.id)
            return UnreadablePlan()
        return PlanAgenda(kept, item, readers.reader(item.language, item.country), render)

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
