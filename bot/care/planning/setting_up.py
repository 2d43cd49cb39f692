"""The set-up as pure steps: a state and what the person did give the next state, or a reason to ask again.

Invariant: no state is a dead end. From each a valid answer, Back and Cancel lead on, and an answer given again after
Back leads to the same state. Nothing is kept anywhere but in the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias, TypeGuard

from bot.care.planning.draft import ORDER, Draft, Step
from bot.care.planning.steps import Choice, Scene, accepts, choices, read, words
from bot.plans.plan_json import JsonObject
from bot.plans.reading import Choose, Question, Read, Reason, Refused


@dataclass(frozen=True)
class Setup:
    """Where a set-up stands.

    trail     the steps before this one, for Back
    skipped   steps whose answer was known from the start
    changing  a step is being changed from the preview: only what then lacks an answer is asked
    before    the answers as they stood at the preview, for Back
    editing   the plan being changed, with the revision it was read at; None for a new plan
    origin    the answers as the plan being changed had them
    """

    step: Step = "who"
    draft: Draft = field(default_factory=Draft)
    trail: tuple[Step, ...] = ()
    skipped: frozenset[Step] = frozenset()
    changing: bool = False
    before: Draft | None = None
    editing: tuple[int, int] | None = None
    origin: Draft | None = None


@dataclass(frozen=True)
class Moved:
    """On to another step. `noted` is the answer as it was understood, `assumed` when a part of it was filled in."""

    state: Setup
    noted: str | None = None
    assumed: bool = False


@dataclass(frozen=True)
class Which:
    """It may mean any of these: ask. The state is the same."""

    options: tuple[Choice, ...]
    question: Question


@dataclass(frozen=True)
class Unusable:
    """It is no answer to this step. The state is the same."""

    reason: Reason


@dataclass(frozen=True)
class Overdue:
    """The next date, `day`, has passed: the clinic is to be called to rebook. The new date is asked for."""

    state: Setup
    day: date


@dataclass(frozen=True)
class Agreed:
    """The person said yes to the preview."""

    state: Setup


Outcome: TypeAlias = Moved | Which | Unusable | Overdue | Agreed


def begin(home_zone: str | None) -> Setup:
    """A new set-up. A zone that is known already is not asked for again, but can be changed at the preview."""
    if home_zone is None:
        return Setup()
    return Setup(draft=Draft({"zone": home_zone.replace("/", ".")}), skipped=frozenset({"zone"}))


def change(draft: Draft, plan_id: int, revision: int) -> Setup:
    """The change of a plan: the preview of what stands, from which each step can be reached."""
    return Setup(step=draft.next_unanswered(), draft=draft, changing=True, editing=(plan_id, revision), origin=draft)


def said(state: Setup, text: str, scene: Scene) -> Outcome:
    """The person typed something."""
    match read(state.step, text, state.draft, scene):
        case Read(code, assumed):
            return agree(state, scene) if state.step == "confirm" else _answered(state, code, scene, assumed=assumed)
        case Choose(options, question):
            named = tuple(Choice(words(state.step, code, state.draft, scene), code) for code in options)
            return Which(named, question)
        case Refused(reason):
            return Unusable(reason)


def tapped(state: Setup, code: str, scene: Scene) -> Outcome | None:
    """The person tapped an answer; None when it is none of this step's."""
    if not accepts(state.step, code, state.draft, scene):
        return None
    return agree(state, scene) if state.step == "confirm" else _answered(state, code, scene)


def back(state: Setup) -> Setup:
    """One step back; the first step is its own."""
    if not state.trail:
        return state
    step, trail = state.trail[-1], state.trail[:-1]
    if step == "confirm" and state.before is not None:
        return replace(state, step=step, trail=trail, draft=state.before, before=None, changing=True)
    changing = step == "confirm" or "confirm" in trail or state.editing is not None
    return replace(state, step=step, trail=trail, changing=changing)


def go(state: Setup, step: str) -> Setup | None:
    """From the preview to a step, to answer it anew; None for a step that is not asked or from elsewhere."""
    if state.step != "confirm" or not _is_step(step) or step == "confirm" or not state.draft.applies(step):
        return None
    return replace(state, step=step, trail=(*state.trail, "confirm"), changing=True, before=state.draft)


def agree(state: Setup, scene: Scene) -> Outcome:
    """Yes to the preview, unless its first date passed while the person was away."""
    start = state.draft.start
    if state.step != "confirm" or start is None or state.draft.next_unanswered() != "confirm":
        return Unusable("not_understood")
    if start < scene.today(state.draft):
        trail = (*state.trail, state.step)
        return Overdue(replace(state, step="first", trail=trail, changing=True, before=state.draft), start)
    return Agreed(state)


def offered(state: Setup, scene: Scene) -> tuple[Choice, ...]:
    """The buttons of the present step."""
    return choices(state.step, state.draft, scene)


def _answered(state: Setup, code: str, scene: Scene, *, assumed: bool = False) -> Outcome:
    draft = state.draft.answered(state.step, code)
    start = draft.start
    if state.step in ("first", "last", "often") and start is not None and start < scene.today(draft):
        trail = (*state.trail, state.step)
        trail = trail[: trail.index("first")] if "first" in trail else trail
        return Overdue(replace(state, step="first", draft=draft.without("first"), trail=trail), start)
    return Moved(_onward(state, draft), words(state.step, code, draft, scene), assumed)


def _onward(state: Setup, draft: Draft) -> Setup:
    step = _following(state, draft)
    trail = (*state.trail, state.step)
    if step != "confirm":
        return replace(state, draft=draft, step=step, trail=trail)
    if "confirm" in trail:  # changed from the preview: Back leads to what came before it
        trail = trail[: trail.index("confirm")]
    return replace(state, draft=draft, step=step, trail=trail, changing=True, before=None)


def _following(state: Setup, draft: Draft) -> Step:
    if not state.changing:
        for step in ORDER[ORDER.index(state.step) + 1 :]:
            if step != "confirm" and draft.applies(step) and step not in state.skipped:
                return step
    return draft.next_unanswered()


def _is_step(name: str) -> TypeGuard[Step]:
    return name in ORDER


def to_json(state: Setup) -> JsonObject:
    """The state for the dialog's row."""
    return {
        "step": state.step,
        "answers": dict(state.draft.answers),
        "trail": list(state.trail),
        "skipped": sorted(state.skipped),
        "changing": state.changing,
        "before": dict(state.before.answers) if state.before else None,
        "editing": list(state.editing) if state.editing else None,
        "origin": dict(state.origin.answers) if state.origin else None,
    }


def from_json(stored: Mapping[str, object]) -> Setup | None:
    """The state in a dialog's row, or None when another version of this program wrote it."""
    match stored:
        case {
            "step": str(step),
            "answers": dict(answers),
            "trail": list(trail),
            "skipped": list(skipped),
            "changing": bool(changing),
            "before": before,
            "editing": editing,
            "origin": origin,
        } if _is_step(step) and all(map(_is_step, (*trail, *skipped, *answers))):
            plan = (int(editing[0]), int(editing[1])) if isinstance(editing, list) and len(editing) == 2 else None
            skip, path = frozenset(skipped), tuple(trail)
            return Setup(step, Draft(dict(answers)), path, skip, changing, _draft(before), plan, _draft(origin))
    return None


def _draft(stored: object) -> Draft | None:
    return Draft(dict(stored)) if isinstance(stored, dict) else None
