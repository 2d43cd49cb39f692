"""The only source of "now".

Invariant: every datetime the program makes of the present is aware and UTC, and comes from a Clock handed to
whoever needs it; nothing else in the program asks the operating system what time it is.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time; handed on by constructor."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TravelClock:
    """The machine's clock plus an offset the demo can push forward, so a year of reminders fits into minutes.

    Time still flows between pushes. It never travels back: a reminder already sent cannot be unsent.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = (start - datetime.now(UTC)) if start is not None else timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def advance(self, by: timedelta) -> datetime:
        """Move time forward and return the new present. Raises ValueError for a negative step."""
        if by < timedelta():
            raise ValueError("time only travels forward")
        self._offset += by
        return self.now()


class FixedClock:
    """A clock that stands still until it is set; for tests and for pure replays."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> datetime:
        """Move time by any step (also back) and return the new present."""
        self._at += by
        return self._at


def monotonic() -> float:
    """Seconds on a clock that never steps; for measuring how long something took and for watchdogs."""
    return time.monotonic()
