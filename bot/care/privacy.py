"""What a person may know and do about their data: see it, take it away, delete it.

Invariant: what /privacy says is counted from the database at that moment; deleting is one transaction that leaves no
row with the person or their chat in it, asked for once, and by nobody but the person in their own chat.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.care.export import as_document, as_json, read
from bot.care.reader import Reader
from bot.care.reply import Reply, button
from bot.clock import Clock
from bot.records import keeping, people
from bot.records.database import Database
from bot.records.people import Person

FORGET: Final = "forget"
EXPORT: Final = "export"
#: How long the question of /forget may be answered.
ANSWER_WITHIN: Final = timedelta(hours=1)
_SELDOM: Final = timedelta(minutes=1)
_REMEMBERED: Final = 1000


@dataclass(frozen=True)
class Keeping:
    """How long things are kept, whether encrypted, and the clinic's time zone."""

    days: int
    blocked_months: int
    encrypted: bool
    zone: str


@dataclass(frozen=True)
class Export:
    """The two files; `name` without ending, and without anything about the person in it."""

    name: str
    json: bytes
    pdf: bytes


class Privacy:
    """The three commands, free of Telegram."""

    def __init__(self, database: Database, clock: Clock, kept: Keeping) -> None:
        self._database = database
        self._clock = clock
        self._kept = kept
        self._made: OrderedDict[int, datetime] = OrderedDict()
        self._one_at_a_time = asyncio.Semaphore(1)

    async def tell(self, person: Person, reader: Reader) -> Reply:
        """What is kept, where, how long, and the two buttons."""
        async with self._database.read() as connection:
            held = await keeping.everything_about(connection, person)
        counts = {name: len(held.get(name, [])) for name in ("plans", "injections", "diary", "alerts")}
        text = reader.say(
            "privacy.text",
            code=person.code,
            share=reader.say("privacy.share_yes" if person.share_text else "privacy.share_no"),
            encrypted=reader.say("privacy.encrypted" if self._kept.encrypted else "privacy.not_encrypted"),
            days=self._kept.days,
            months=self._kept.blocked_months,
            **counts,
        )
        rows = (
            (button(reader.say("privacy.export_button"), EXPORT),),
            (button(reader.say("privacy.forget_button"), FORGET),),
        )
        return Reply(text, title=reader.say("privacy.title"), buttons=rows)

    def too_soon(self, person: Person) -> bool:
        """Whether this person was given an export less than a minute ago; if not, notes that they ask now."""
        now = self._clock.now()
        before = self._made.get(person.id)
        if before is not None and now - before < _SELDOM:
            return True
        self._made[person.id] = now
        self._made.move_to_end(person.id)
        if len(self._made) > _REMEMBERED:
            self._made.popitem(last=False)
        return False

    async def export(self, person: Person, reader: Reader) -> Export:
        """Everything held about the person, as JSON and as PDF. One at a time: printing takes a processor."""
        async with self._one_at_a_time:
            async with self._database.read() as connection:
                held = await read(connection, person, self._clock.now())
            document = as_document(held, reader, self._kept.zone)
            from bot.care.document_pdf import as_pdf  # 20 MB of fonts and images that only an export needs

            pdf = await asyncio.to_thread(as_pdf, document, held.at)
            return Export(f"b12-data-{held.at:%Y-%m-%d}", as_json(held), pdf)

    def ask(self, reader: Reader, *, again: bool = False) -> Reply:
        """The one question before everything goes; the buttons remember when it was asked."""
        asked_at = str(int(self._clock.now().timestamp()))
        rows = (
            (button(reader.say("forget.yes"), FORGET, "yes", asked_at),),
            (button(reader.say("forget.no"), FORGET, "no", asked_at),),
        )
        ask = reader.say("forget.ask")
        return Reply(f"{reader.say('forget.too_old')}\n\n{ask}" if again else ask, buttons=rows)

    async def answer(self, person: Person, reader: Reader, args: tuple[str, ...]) -> Reply:
        """What a tap on one of the buttons does: asks, deletes, or keeps."""
        match args:
            case ("yes", asked_at) if self._fresh(asked_at):
                async with self._database.write() as connection:
                    await people.forget(connection, person)
                return Reply(reader.say("forget.done"))
            case ("yes", *_):
                return self.ask(reader, again=True)
            case ("no", *_):
                return Reply(reader.say("forget.kept"))
            case _:
                return self.ask(reader)

    def _fresh(self, asked_at: str) -> bool:
        if not asked_at.isdecimal() or len(asked_at) > 12:
            return False
        age = self._clock.now().timestamp() - int(asked_at)
        return -60 <= age <= ANSWER_WITHIN.total_seconds()
