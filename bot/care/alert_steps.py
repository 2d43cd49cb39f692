"""What happens next with an alert, and when: the escalation as a table.

Invariant: while nobody has an alert, something is still to come or the patient has been told that nobody has it; no
step is shorter than a minute after the one before, however late it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.care.hours import StaffedHours

StepKind = Literal["again", "next_contact", "tell_patient", "remind"]
KeptStep = Literal["ask", "close"]

SAME_WITHIN: Final = timedelta(minutes=30)
"""The same sign of the same person within this time goes to the alert that is there."""

REMINDERS: Final = 3
"""How often an alert nobody took is brought up again once its patient was told."""

_LEAST: Final = timedelta(minutes=1)
_WITHOUT_HOURS: Final = timedelta(hours=12)
_IDLE: Final = timedelta(hours=24)
_KEPT_FOR: Final = timedelta(hours=72)

LADDER: Final[tuple[tuple[timedelta, tuple[StepKind, ...]], ...]] = (
    (timedelta(minutes=5), ("again",)),
    (timedelta(minutes=10), ("next_contact",)),
    (timedelta(minutes=15), ("tell_patient",)),
)
"""Time since the alert was opened, and what is done then if nobody has it."""

_ALONE: Final[tuple[tuple[timedelta, tuple[StepKind, ...]], ...]] = (
    (timedelta(minutes=5), ("again",)),
    (timedelta(minutes=10), ("again", "tell_patient")),
)
"""The same where there is no next contact."""


@dataclass(frozen=True)
class Step:
    """What to do now, and when the step after it is due (None: there is none)."""

    kinds: tuple[StepKind, ...]
    next_at: datetime | None


def first_step_at(opened_at: datetime) -> datetime:
    """When the first step is due after an alert went out."""
    return opened_at + LADDER[0][0]


def unseen_step(
    taken: int, opened_at: datetime, now: datetime, *, next_contact: bool, hours: StaffedHours | None
) -> Step:
    """The step of an alert nobody has, after `taken` steps.

    `next_contact` says whether there is a second contact; `hours` are the staffed hours, None where none are stated.
    """
    ladder = LADDER if next_contact else _ALONE
    kinds = ladder[taken][1] if taken < len(ladder) else ("remind",)
    if taken + 1 < len(ladder):
        return Step(kinds, max(opened_at + ladder[taken + 1][0], now + _LEAST))
    if taken + 1 >= len(ladder) + REMINDERS:
        return Step(kinds, None)
    opening = hours.next_opening(now) if hours is not None else None
    return Step(kinds, max(opening or now + _WITHOUT_HOURS, now + _LEAST))


def told(taken: int, *, next_contact: bool) -> bool:
    """Whether the patient was told that nobody has it, after `taken` steps."""
    ladder = LADDER if next_contact else _ALONE
    return any("tell_patient" in kinds for _, kinds in ladder[:taken])


def idle_at(now: datetime) -> datetime:
    """When an alert somebody has is looked at again, if nothing is said about it until then."""
    return now + _IDLE


def kept_step(acknowledged_at: datetime, now: datetime) -> KeptStep:
    """The step of an alert somebody has and that was silent for a day: ask whether it is done, at last close it."""
    return "close" if now - acknowledged_at >= _KEPT_FOR else "ask"
