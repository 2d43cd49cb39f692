"""The diary: how a person said they were, in their own days.

Invariant: only what they answered stands in it, never what they wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.dates import format_date

from bot.care.moments import local, locale_of
from bot.care.reader import Reader
from bot.care.reply import Reply
from bot.records import diary
from bot.records.database import Connection, Database
from bot.records.people import Person

CHECK_IN = "check_in"
SHOWN = 20
_LOOKED_AT = 200


@dataclass(frozen=True)
class Felt:
    """One answer to a question after an injection."""

    check_in_id: int
    answer: str
    score: int


class Diary:
    """Keeps and shows answers; `zone` is the clinic's, for people who chose none."""

    def __init__(self, database: Database, zone: str) -> None:
        self._database = database
        self._zone = zone

    async def note(self, connection: Connection, person: Person, kind: str, felt: Felt, now: datetime) -> bool:
        """Write an answer down; False when the last thing said to this question was the same."""
        before = [one for one in await self.answers(connection, person, None) if one.check_in_id == felt.check_in_id]
        if before and before[-1].answer == felt.answer:
            return False
        await diary.add(
            connection,
            person_id=person.id,
            local_date=local(now, person.zone or self._zone).date(),
            at=now,
            kind=CHECK_IN,
            value={"check_in": felt.check_in_id, "asked": kind, "answer": felt.answer, "score": felt.score},
        )
        return True

    async def answers(self, connection: Connection, person: Person, since: datetime | None) -> list[Felt]:
        """What a person answered since a moment, oldest first."""
        found = []
        for entry in reversed(await diary.of_person(connection, person.id, since=since, limit=_LOOKED_AT)):
            felt = _felt(entry.value) if entry.kind == CHECK_IN else None
            if felt is not None:
                found.append(felt)
        return found

    async def scores(self, connection: Connection, person: Person, now: datetime, within_days: int) -> list[int]:
        """The worst score given to each question of the last days, in the order they were first answered."""
        worst: dict[int, int] = {}
        for felt in await self.answers(connection, person, now - timedelta(days=within_days)):
            worst[felt.check_in_id] = max(felt.score, worst.get(felt.check_in_id, 0))
        return list(worst.values())

    async def show(self, person: Person, reader: Reader) -> Reply:
        """The last answers, newest first."""
        async with self._database.read() as connection:
            entries = await diary.of_person(connection, person.id, limit=SHOWN)
        title, locale = reader.say("diary.title"), locale_of(reader.content.language)
        lines = []
        for entry in entries:
            felt = _felt(entry.value) if entry.kind == CHECK_IN else None
            key = f"check_in.answer_{felt.answer}" if felt is not None else ""
            if key in reader.content.messages:
                day = format_date(entry.local_date, "d MMM y", locale=locale)
                lines.append(reader.say("diary.line", day=day, answer=reader.say(key)))
        if not lines:
            return Reply(reader.say("diary.empty"), title=title)
        return Reply("\n".join(lines) + "\n\n" + reader.say("diary.foot", count=len(lines)), title=title)


def _felt(value: object) -> Felt | None:
    match value:
        case {"check_in": int(check_in), "answer": str(answer), "score": int(score)}:
            return Felt(check_in, answer, score)
    return None
