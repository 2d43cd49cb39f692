"""One person's year as a story: every reminder there must be, when, and what the person does about it.

Worked out with nothing but calendar arithmetic, so that the plan's own logic is held against something else: six
loading injections two days apart, the switch, and more than a year of one every eight weeks, at nine in London.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
LOADING = 6
EIGHT_WEEKS = timedelta(weeks=8)

Answer = Literal[
    "nothing", "done", "later", "done, undone and done", "moved two days on", "left out", "had on the planned day",
    "had today already", "paused until after it",
]  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """A reminder that comes at `at` about the injection of `day`, and the answer to it. `switches`: loading ends."""

    kind: str
    day: date
    at: datetime
    answer: Answer = "nothing"
    switches: bool = False


def local(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), LONDON)


def a_year(first: date) -> list[Scene]:
    """The story of a plan whose first injection is on `first`, in order."""
    days = timedelta(days=1)
    scenes: list[Scene] = []

    def add(
        kind: str, day: date, on: date, hour: int = 9, answer: Answer = "nothing", *, switches: bool = False
    ) -> None:
        scenes.append(Scene(kind, day, local(on, hour), answer, switches))

    day = first
    add("main", day, day, answer="done")
    day += 2 * days
    add("main", day, day)
    add("nudge", day, day, 13, answer="done")
    day += 2 * days
    add("main", day, day, answer="later")
    add("snooze", day, day, 10, answer="done")
    day += 2 * days
    add("main", day, day)
    add("nudge", day, day, 13)
    add("overdue", day, day + days, answer="done")  # a day late: the next counts from then
    day += 3 * days
    add("main", day, day, answer="done, undone and done")
    day += 2 * days
    add("main", day, day, answer="done", switches=True)

    day += EIGHT_WEEKS
    add("prepare", day, day - 3 * days)
    add("main", day, day, answer="done")
    day += EIGHT_WEEKS
    add("prepare", day, day - 3 * days, answer="moved two days on")
    day += 2 * days
    add("prepare", day, day - 3 * days)
    add("main", day, day, answer="done")
    day += EIGHT_WEEKS
    add("prepare", day, day - 3 * days)
    add("main", day, day, answer="left out")
    day += EIGHT_WEEKS
    add("prepare", day, day - 3 * days)
    add("main", day, day)
    add("nudge", day, day, 13)
    add("overdue", day, day + 3 * days, answer="had on the planned day")
    day += EIGHT_WEEKS
    add("prepare", day, day - 3 * days, answer="had today already")
    day += EIGHT_WEEKS - 3 * days
    add("prepare", day, day - 3 * days)
    add("main", day, day, answer="paused until after it")
    day += EIGHT_WEEKS
    add("prepare", day, day - 3 * days)
    add("main", day, day, answer="done")
    return scenes
