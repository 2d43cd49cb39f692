"""One reminder in words, and the buttons under it.

Invariant: every reminder of an injection carries the warning signs and the button that leads to the emergency card. No
reminder says more about a dose than what was prescribed, and none tells anybody to leave one out or take one more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import islice
from typing import Final, Literal

from bot.care.planning.dates import unrecorded_before
from bot.care.planning.wording import say_cadence, say_date, say_dates, say_dose, say_product, say_whose
from bot.care.reader import Reader
from bot.care.reply import Button, Reply, Rows, button
from bot.plans.agenda import projected
from bot.plans.plan import AfterInjections, Plan
from bot.plans.progress import ANNOUNCED

#: What a reminder is about; "snooze" is one the person asked for.
Kind = Literal["prepare", "main", "nudge", "overdue", "snooze"]

SIGN: Final = "reminder_button"
"""The name under which "I have a warning sign" raises its alert."""


def reminder(reader: Reader, plan: Plan, plan_id: int, kind: Kind, day: date, *, switched: bool = False) -> Reply:
    """One reminder about the injection planned for `day`. `switched`: it is the first one after the loading phase."""
    title, text = reminder_words(reader, plan, kind, day, switched=switched)
    return Reply(text, title=title, buttons=actions(reader, plan_id, kind, day))


def reminder_words(reader: Reader, plan: Plan, kind: Kind, day: date, *, switched: bool = False) -> tuple[str, str]:
    """Title and text of a reminder; the same for everybody with the same prescription on that day."""
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
    return reader.say(f"remind.title_{kind}", **words), "\n\n".join(lines)


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


def actions(reader: Reader, plan_id: int, kind: Kind, day: date, say: Callable[[str], str] | None = None) -> Rows:
    """What can be done from a reminder. Each button names the plan and the planned date, nothing else."""
    say, where = say or reader.say, (str(plan_id), day.isoformat())

    def act(key: str, action: str) -> Button:
        return button(say(f"remind.button_{key}"), action, *where)

    problem = button(say("remind.button_problem"), "effects")
    warning = (button(say("remind.button_warning"), "now", SIGN),)
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
