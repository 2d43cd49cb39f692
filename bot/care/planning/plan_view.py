"""A plan as its person sees it: the two numbers, how far along it is, and the next dates.

Invariant: the first line is the dose as prescribed, the second how often; nothing in it is advice.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from bot.care.planning.dates import unanswered_date
from bot.care.planning.keeping import Kept
from bot.care.planning.questions import summary
from bot.care.planning.steps import Scene
from bot.care.planning.wording import say_date, say_dates, say_whose
from bot.care.reply import Button, Reply, Rows, button
from bot.plans.agenda import upcoming
from bot.plans.plan import AfterInjections

KIND: Final = "plan"
SHOWN: Final = 5
"""How many next dates a plan shows."""


def plan_card(kept: Kept, scene: Scene) -> Reply:
    """The plan with what can be done about it."""
    reader, plan, today = scene.reader, kept.plan, kept.today(scene.now)
    parts = [summary(plan, scene)]
    if progress := _progress(kept, scene):
        parts.append(progress)
    if plan.status == "active":
        dates = list(islice(upcoming(plan, scene.now, SHOWN), SHOWN))
        if dates:
            parts.append(f"{reader.say('setup.next_dates')}\n{say_dates(reader, dates, today)}")
        missed = unanswered_date(plan, today)
        if missed is not None:
            key = "plan.open_today" if missed == today else "plan.unanswered"
            parts.append(reader.say(key, date=say_date(reader, missed, today)))
    elif plan.status == "paused":
        parts.append(reader.say("plan.is_paused"))
    else:
        parts.append(reader.say("plan.is_ended"))
    title = reader.say("plan.title", whose=say_whose(reader, plan.label))
    return Reply("\n\n".join(parts), title=title, buttons=_buttons(kept, scene))


def _progress(kept: Kept, scene: Scene) -> str:
    reader, plan, today = scene.reader, kept.plan, kept.today(scene.now)
    lines = []
    if plan.phase == "loading" and plan.loading is not None:
        if isinstance(plan.loading.ends, AfterInjections):
            lines.append(reader.say("plan.loading_progress", given=plan.given, count=plan.loading.ends.count))
        elif plan.given:
            lines.append(reader.say("plan.loading_given", given=plan.given))
    if plan.last_given is not None:
        lines.append(reader.say("plan.last_given", date=say_date(reader, plan.last_given, today)))
    return "\n".join(lines)


def _buttons(kept: Kept, scene: Scene) -> Rows:
    reader, plan, number = scene.reader, kept.plan, str(kept.id)

    def act(key: str, verb: str) -> Button:
        return button(reader.say(f"plan.{key}"), KIND, number, verb)

    if plan.status == "ended":
        return ((act("history_button", "history"),),)
    if plan.status == "paused":
        return ((act("resume_button", "resume"),), (act("history_button", "history"), act("stop_button", "stop")))
    rows = [(act("had_button", "had"),), (act("edit_button", "edit"), act("pause_button", "pause"))]
    if plan.phase == "loading" and plan.maintenance is not None:
        rows.append((act("loading_over_button", "over"),))
    rows.append((act("history_button", "history"), act("stop_button", "stop")))
    return tuple(rows)
