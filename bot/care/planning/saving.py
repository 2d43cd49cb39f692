"""The end of a set-up: the plan is kept, and its person told what comes next.

Invariant: a change is kept only over the revision the person was shown; a zone they named for themselves becomes where
they live.
"""

from __future__ import annotations

from dataclasses import replace

from bot.care.planning import keeping
from bot.care.planning.editing import changed_plan
from bot.care.planning.keeping import Kept
from bot.care.planning.plan_view import plan_card
from bot.care.planning.questions import above
from bot.care.planning.setting_up import Setup
from bot.care.planning.steps import Scene
from bot.care.planning.wording import say_date, say_time, say_whose
from bot.care.reply import Reply
from bot.plans.plan import Plan
from bot.records import people
from bot.records.database import Connection
from bot.records.people import Person


async def save(connection: Connection, person: Person, state: Setup, scene: Scene) -> Reply:
    """Keep the plan of a set-up that was agreed to, in the transaction that ends its dialog."""
    reader, now = scene.reader, scene.now
    if state.editing is None or state.origin is None:
        kept = await keeping.add(connection, person, state.draft.plan(), now)
        await _remember_zone(connection, person, kept.plan, None)
        return _all_set(kept, scene)
    plan_id, revision = state.editing
    before = await keeping.find(connection, person, plan_id)
    if not isinstance(before, Kept):
        return Reply(reader.say("button.old"))
    if before.revision != revision:
        return above(reader.say("setup.changed_meanwhile"), plan_card(before, scene))
    kept = await keeping.keep(connection, before, changed_plan(before.plan, state.origin, state.draft, now), now)
    await _remember_zone(connection, person, kept.plan, before.plan.zone)
    return above(reader.say("setup.saved"), plan_card(kept, scene))


def _all_set(kept: Kept, scene: Scene) -> Reply:
    reader, due = scene.reader, kept.row.next_due_at
    if due is None:
        return above(reader.say("setup.saved"), plan_card(kept, scene))
    first = max(due, scene.now)
    text = reader.say(
        "setup.done",
        whose=say_whose(reader, kept.plan.label),
        date=say_date(reader, kept.today(first), kept.today(scene.now)),
        time=say_time(reader, first, kept.plan.zone),
    )
    return Reply(text)


async def _remember_zone(connection: Connection, person: Person, plan: Plan, before: str | None) -> None:
    """Where the person lives: the zone of their first plan, or the one they changed their own plan to."""
    current = await people.find(connection, person.chat_id)
    moved = before is not None and before != plan.zone and plan.label is None
    if current is not None and (current.zone is None or moved):
        await people.save(connection, replace(current, zone=plan.zone))
