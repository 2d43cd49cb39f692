"""Plans as they are kept: reading them, and writing down a change together with all that follows from it.

Invariant: a change of a plan, the cancelling of what its old form had waiting, and its next due moment are one
transaction, guarded by the revision that was read. A reminder that was not sent yet and still fits is planned again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.plans.agenda import next_slot
from bot.plans.plan import Plan
from bot.plans.plan_json import from_json, to_json
from bot.records import outbox, plans
from bot.records.database import Connection
from bot.records.people import Person

MOST_PLANS = 12
"""Plans one person may have at a time."""

SLOTS = ("prepare", "main", "nudge", "overdue", "snooze")
"""What a plan has in the outbox. Check-ins after an injection are not among them: they outlive a change of plan."""

_LOOK_BACK = timedelta(days=1)

Missing = Literal["gone", "not_yours"]


@dataclass(frozen=True)
class Undo:
    """How to take the last step back: the plan before it, and the injection it recorded if it recorded one."""

    earlier: Plan
    injection_id: int | None


@dataclass(frozen=True)
class Kept:
    """A plan and the row it is kept in. The row's revision is the one that counts."""

    row: plans.Plan
    plan: Plan
    undo: Undo | None = None

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def revision(self) -> int:
        return self.row.revision

    def today(self, now: datetime) -> date:
        """The date where the plan's person is."""
        return now.astimezone(ZoneInfo(self.plan.zone)).date()


def opened(row: plans.Plan) -> Kept:
    """The plan in a row. Raises PlanFormatError for a row this program cannot read."""
    plan = from_json({**row.prescription, "revision": row.revision})
    match row.prescription.get("undo"):
        case {"earlier": Mapping() as earlier, "injection": int() | None as injection_id}:
            return Kept(row, plan, Undo(from_json(earlier), injection_id))
    return Kept(row, plan)


async def of_person(connection: Connection, person: Person, *, ended: bool = False) -> list[Kept]:
    """A person's plans, oldest first."""
    return [opened(row) for row in await plans.of_person(connection, person.id, ended=ended)]


async def find(connection: Connection, person: Person, plan_id: int) -> Kept | Missing:
    """A plan by the id in a button, if it belongs to whoever tapped."""
    row = await plans.get(connection, plan_id)
    if row is None:
        return "gone"
    return opened(row) if row.person_id == person.id else "not_yours"


async def add(connection: Connection, person: Person, plan: Plan, now: datetime) -> Kept:
    """Keep a new plan. Its first reminder may be due at once; a "three days before" that has passed is left out."""
    row = await plans.create(
        connection,
        person.id,
        prescription=to_json(plan),
        phase=plan.phase,
        next_due_at=next_due(plan, now, new=True),
        now=now,
        label=plan.label,
    )
    return opened(row)


async def keep(connection: Connection, kept: Kept, plan: Plan, now: datetime, *, undo: Undo | None = None) -> Kept:
    """Keep a changed plan in place of the one that was read. Raises StaleError when that one changed meanwhile."""
    stored: dict[str, object] = dict(to_json(plan))
    if undo is not None:
        stored["undo"] = {"earlier": to_json(undo.earlier), "injection": undo.injection_id}
    changed = replace(
        kept.row,
        label=plan.label,
        prescription=stored,  # type: ignore[arg-type]
        status=plan.status,
        phase=plan.phase,
        next_due_at=next_due(plan, now),
    )
    row = await plans.save(connection, changed, now)
    await outbox.cancel_plan(connection, kept.id, now, slots=SLOTS)
    return opened(row)


def next_due(plan: Plan, now: datetime, *, new: bool = False) -> datetime | None:
    """When the next reminder must be planned: the first that is still worth sending, even if it was due a while ago.

    What was sent already is not sent again: its row stands under its key.
    """
    slot = next_slot(plan, now - _LOOK_BACK)
    while slot is not None and (slot.expires_at <= now or (new and slot.kind == "prepare" and slot.due_at <= now)):
        slot = next_slot(plan, slot.due_at)
    return None if slot is None else slot.due_at
