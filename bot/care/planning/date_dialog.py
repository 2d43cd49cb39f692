"""A date typed after a button asked for one: when it was, to which day it moves, when maintenance begins.

Invariant: a text that is no date is left to whoever answers questions; the waiting ends by itself after an hour, and
never takes the place of a set-up that is under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from bot.care.planning import keeping, questions
from bot.care.planning.changing import Changing
from bot.care.planning.codes import read_day
from bot.care.planning.desk import Desk, Tapped
from bot.care.planning.keeping import Kept
from bot.care.planning.moving import Moving
from bot.care.planning.plan_view import KIND
from bot.care.planning.recorded import Had
from bot.care.planning.recording import Recording
from bot.care.planning.wording import say_date
from bot.care.reader import Reader
from bot.care.reply import Button, Reply, button
from bot.plans.date_reading import NEXT_DATE, PAST_DATE, read_date
from bot.plans.reading import Choose, Read, Refused
from bot.records import dialogs
from bot.records.dialogs import Dialog
from bot.records.people import Person
from bot.records.stale import StaleError

STEP: Final = "plan_date"
_WAITS: Final = timedelta(hours=1)
_VAGUE: Final = frozenset({"empty", "not_understood", "too_long"})

What = Literal["had", "move", "over"]


@dataclass(frozen=True)
class _Asked:
    what: What
    plan_id: str
    slot: str


class DateDialog:
    """Waits for a typed date and does with it what a button would."""

    def __init__(self, desk: Desk, recording: Recording, moving: Moving, changing: Changing) -> None:
        self._desk = desk
        self._recording = recording
        self._moving = moving
        self._changing = changing

    async def expect(self, person: Person, what: What, plan_id: str, slot: str) -> None:
        """A date may be typed next."""
        payload = {"what": what, "plan": plan_id, "slot": slot}
        async with self._desk.database.write() as connection:
            found = await dialogs.find(connection, person.chat_id)
            if found is None or found.step in (STEP, "missed"):
                await dialogs.begin(connection, person.chat_id, STEP, payload, self._desk.clock.now())

    async def typed(self, person: Person, reader: Reader, text: str) -> Tapped | None:
        """A text; None when no date is waited for or this is none."""
        async with self._desk.database.glance() as connection:
            found = await dialogs.find(connection, person.chat_id)
            asked = _asked(found)
            if found is None or asked is None or self._desk.clock.now() - found.updated_at > _WAITS:
                return None
            kept = await keeping.find(connection, person, int(asked.plan_id))
        if not isinstance(kept, Kept):
            return None
        today = kept.today(self._desk.clock.now())
        window = PAST_DATE if asked.what == "had" else NEXT_DATE
        reading = read_date(text, today, window, country=reader.country, language=reader.content.language)
        match reading:
            case Read(day):
                try:
                    async with self._desk.database.write() as connection:
                        await dialogs.end(connection, found)
                except StaleError:
                    return Tapped(Reply(reader.say("setup.moved_on")))
                return await self._do(person, reader, asked, day)
            case Choose(days, question):
                rows = tuple((self._button(reader, asked, day, today),) for day in days)
                return Tapped(Reply(reader.say(f"setup.which.{question}"), buttons=rows))
            case Refused(reason) if reason not in _VAGUE:
                return Tapped(Reply(questions.refusal(reader, reason)))
            case _:
                return None

    async def _do(self, person: Person, reader: Reader, asked: _Asked, day: date) -> Tapped:
        slot = read_day(asked.slot)
        match asked.what:
            case "had":
                return await self._recording.had(person, reader, asked.plan_id, Had(slot or day, day))
            case "move":
                return await self._moving.move(person, reader, asked.plan_id, asked.slot, day.isoformat())
            case _:
                return await self._changing.press(person, reader, asked.plan_id, "over", day.isoformat())

    def _button(self, reader: Reader, asked: _Asked, day: date, today: date) -> Button:
        label, code = say_date(reader, day, today), day.isoformat()
        if asked.what == "over":
            return button(label, KIND, asked.plan_id, "over", code)
        return button(label, asked.what, asked.plan_id, asked.slot, code)


def _asked(found: Dialog | None) -> _Asked | None:
    match found.payload if found is not None and found.step == STEP else None:
        case {"what": "had" | "move" | "over" as what, "plan": str(plan_id), "slot": str(slot)} if plan_id.isdecimal():
            return _Asked(what, plan_id, slot)
    return None
