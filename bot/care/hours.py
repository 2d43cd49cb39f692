"""When somebody of the care team is there: `mon-fri 09:00-17:00` read, asked and looked ahead in.

Invariant: hours are instants worked out from local days, so a clock change makes a day an hour longer or shorter and
never opens or closes it twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.plans.occurrence import local_instant
from bot.settings import Settings, SettingsError

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ALWAYS: Final = ("24/7", "always")
_TIMES = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_LOOK_AHEAD_DAYS = 9
_DAY = timedelta(days=1)


class HoursError(ValueError):
    """Hours nobody can read; the message says which part."""


@dataclass(frozen=True, order=True)
class Span:
    """From `start` to `end` o'clock, in minutes since local midnight of `weekday` (Monday is 0).

    `end` is above 1440 where the span runs into the next day.
    """

    weekday: int
    start: int
    end: int


@dataclass(frozen=True)
class StaffedHours:
    """A week of spans in one IANA zone."""

    spans: tuple[Span, ...]
    zone: str

    def open_at(self, moment: datetime) -> bool:
        """Whether somebody is there at this moment (aware)."""
        return any(opens <= moment < closes for opens, closes in self._around(moment))

    def next_opening(self, moment: datetime) -> datetime | None:
        """The first opening later than `moment` (aware, UTC); None when it is never closed."""
        openings = (opens for opens, _ in self._around(moment) if opens > moment)
        return next((opens for opens in sorted(openings) if not self.open_at(opens - timedelta(microseconds=1))), None)

    def _around(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        today = moment.astimezone(ZoneInfo(self.zone)).date()
        for offset in range(-2, _LOOK_AHEAD_DAYS):
            day = today + offset * _DAY
            for span in self.spans:
                if span.weekday == day.weekday():
                    yield self._instant(day, span.start), self._instant(day, span.end)

    def _instant(self, day: date, minutes: int) -> datetime:
        days, rest = divmod(minutes, 1440)
        return local_instant(day + days * _DAY, time(*divmod(rest, 60)), self.zone)[1]


def parse_hours(text: str, zone: str) -> StaffedHours | None:
    """Read `mon-fri 09:00-17:00`, `mon,wed 9:00-12:30,13:30-17:00; sat 10:00-12:00` or `24/7`; None for nothing.

    A span that ends at or before it starts ends on the next day. Raises HoursError.
    """
    wanted = text.strip().lower()
    if not wanted:
        return None
    if wanted in _ALWAYS:
        return StaffedHours(tuple(Span(day, 0, 1440) for day in range(7)), zone)
    spans: set[Span] = set()
    for part in filter(None, (part.strip() for part in wanted.split(";"))):
        days, _, times = part.partition(" ")
        spans.update(Span(day, *span) for day in _days(days) for span in _times(times.strip(), part))
    if not spans:
        raise HoursError(f"{text!r} names no hours")
    return StaffedHours(tuple(sorted(spans)), zone)


def staffed_hours(settings: Settings) -> StaffedHours | None:
    """The care team's hours; None when none are stated. Raises SettingsError when they cannot be read."""
    try:
        return parse_hours(settings.care_team_hours, settings.default_timezone)
    except HoursError as error:
        advice = "write it like: mon-fri 09:00-17:00; sat 10:00-12:00"
        raise SettingsError([f"CARE_TEAM_HOURS cannot be read: {error}; {advice}"]) from error


def _days(text: str) -> Iterator[int]:
    for piece in text.split(","):
        first, dash, last = piece.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise HoursError(f"{piece!r} is not a day or a range of days such as mon-fri")
        start = DAYS.index(first)
        length = (DAYS.index(last) - start) % 7 if dash else 0
        yield from ((start + offset) % 7 for offset in range(length + 1))


def _times(text: str, part: str) -> Iterator[tuple[int, int]]:
    if not text:
        raise HoursError(f"{part!r} has days without hours")
    for piece in re.split(r"\s*,\s*|\s+", text):
        found = _TIMES.fullmatch(piece)
        if found is None:
            raise HoursError(f"{piece!r} is not a time span such as 09:00-17:00")
        hour, minute, last_hour, last_minute = (int(number) for number in found.groups())
        start, end = hour * 60 + minute, last_hour * 60 + last_minute
        if hour > 23 or minute > 59 or last_minute > 59 or end > 1440:
            raise HoursError(f"{piece!r} is not a time of the day")
        yield start, end if end > start else end + 1440
