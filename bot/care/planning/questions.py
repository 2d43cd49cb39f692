"""The set-up in words: each step's question, the preview, and what is said when an answer cannot be used.

Invariant: every message of the set-up has a way on, a way back and a way out; its buttons carry the dialog's version,
so that one from an older message changes nothing.
"""

from __future__ import annotations

from typing import Final

from bot.care.planning.draft import ORDER, Draft
from bot.care.planning.keeping import next_due
from bot.care.planning.setting_up import Moved, Setup, Which, offered
from bot.care.planning.steps import Choice, Scene
from bot.care.planning.wording import (
    say_dates,
    say_dose,
    say_often,
    say_product,
    say_time,
    say_whose,
    say_zone,
)
from bot.care.reader import Reader
from bot.care.reply import Button, Reply, Rows, button, in_rows
from bot.plans.agenda import projected
from bot.plans.occurrence import local_instant
from bot.plans.plan import Plan
from bot.plans.reading import Reason

KIND: Final = "setup"
PREVIEWED: Final = 5
"""How many dates the preview shows."""

_WIDE = 24
"""Buttons with shorter words than this stand two in a row."""


def question(state: Setup, scene: Scene, version: int) -> Reply:
    """What the present step asks, with its buttons."""
    if state.step == "confirm":
        return _preview(state, scene, version)
    return Reply(
        scene.reader.say(_key(state), name=state.draft.get("label") or ""),
        title=scene.reader.say("setup.title_change" if state.editing else "setup.title"),
        buttons=_buttons(state, scene, version, offered(state, scene)),
    )


def which(state: Setup, scene: Scene, version: int, asked: Which) -> Reply:
    """It could be several things: one button for each."""
    return Reply(
        scene.reader.say(f"setup.which.{asked.question}"), buttons=_buttons(state, scene, version, asked.options)
    )


def noted(reader: Reader, moved: Moved) -> str:
    """The answer as it was understood, for above the next question."""
    if moved.noted is None:
        return ""
    return reader.say("setup.assumed" if moved.assumed else "setup.noted", answer=moved.noted)


def refusal(reader: Reader, reason: Reason) -> str:
    """Why an answer cannot be used."""
    return reader.say(f"setup.refused.{reason}")


def above(line: str, reply: Reply) -> Reply:
    """The reply with a line above its text."""
    return Reply(f"{line}\n\n{reply.text}", reply.title, reply.buttons, reply.urgent) if line else reply


def to_change(state: Setup, scene: Scene, version: int) -> Reply:
    """The preview's list of everything that can be changed."""
    reader, draft = scene.reader, state.draft
    steps = [step for step in ORDER if step not in ("confirm", "dose_check") and draft.applies(step)]
    rows = in_rows([button(reader.say(f"setup.name.{step}"), KIND, str(version), "go", step) for step in steps], 2)
    return Reply(reader.say("setup.what_to_change"), buttons=(*rows, (_back_to_preview(reader, version),)))


def summary(plan: Plan, scene: Scene) -> str:
    """A plan's lines: the two numbers first."""
    reader, today = scene.reader, scene.now.date()
    lines = [
        reader.say("plan.line_dose", dose=say_dose(reader, plan.dose)),
        reader.say("plan.line_often", often=say_often(reader, plan, today)),
        reader.say("plan.line_product", product=say_product(reader, plan.product)),
        reader.say("plan.line_place", place=reader.say(f"setup.place_{plan.place}")),
        reader.say("plan.line_time", time=say_time(reader, plan.at), zone=say_zone(reader, plan.zone)),
    ]
    return "\n".join(lines)


def _preview(state: Setup, scene: Scene, version: int) -> Reply:
    reader, plan = scene.reader, state.draft.plan()
    today = scene.today(state.draft)
    dates = [day for day, _ in zip(projected(plan, today), range(PREVIEWED), strict=False)]
    parts = [summary(plan, scene), reader.say("setup.next_dates"), say_dates(reader, dates, today)]
    if local_instant(today, plan.at, plan.zone)[1] <= scene.now and dates[:1] == [today] and not state.editing:
        due = next_due(plan, scene.now, new=True)
        parts.append(reader.say("setup.remind_now" if due is not None and due <= scene.now else "setup.today_passed"))
    parts.append(reader.say("setup.preview_ask"))
    yes = reader.say("setup.save" if state.editing else "setup.confirm_yes")
    v = str(version)
    rows: Rows = (
        (button(yes, KIND, v, "a", "yes"),),
        (button(reader.say("setup.change"), KIND, v, "change"),),
        _way_out(state, scene, version),
    )
    title = reader.say("setup.preview_title", whose=say_whose(reader, plan.label))
    return Reply("\n\n".join(parts), title=title, buttons=rows)


def _key(state: Setup) -> str:
    if state.step == "often":
        return "setup.ask.often_loading" if state.draft.loads else "setup.ask.often_maintenance"
    if state.step in ("first", "place", "count") and state.draft.get("who") == "other":
        return f"setup.ask.{state.step}_other"
    return f"setup.ask.{state.step}"


def _buttons(state: Setup, scene: Scene, version: int, choices: tuple[Choice, ...]) -> Rows:
    found = [button(choice.label, KIND, str(version), "a", choice.code) for choice in choices]
    if state.step in ("dose", "phase"):
        found.append(button(scene.reader.say(f"setup.{state.step}_unsure"), KIND, str(version), "unsure"))
    width = 2 if all(len(one.label) < _WIDE for one in found) else 1
    return (*in_rows(found, width), _way_out(state, scene, version))


def _way_out(state: Setup, scene: Scene, version: int) -> tuple[Button, ...]:
    reader = scene.reader
    out = button(reader.say("setup.cancel"), KIND, str(version), "cancel")
    return (button(reader.say("setup.back"), KIND, str(version), "back"), out) if state.trail else (out,)


def _back_to_preview(reader: Reader, version: int) -> Button:
    return button(reader.say("setup.back"), KIND, str(version), "again")


def unfinished(draft: Draft) -> bool:
    """Whether there is anything in it worth carrying on with."""
    return any(step != "zone" for step in draft.answers)
