"""Who is writing: the person behind an update, and how to speak to them.

Invariant: one short read for each update; a write only when the person is new, was away, or had blocked the bot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from telegram import Update

from bot.care.reader import Reader, Readers
from bot.clock import Clock
from bot.records import people
from bot.records.database import Database
from bot.records.people import Person

_SEEN_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Visit:
    """A person and the reader made for them."""

    person: Person
    reader: Reader


class Visitors:
    """Finds or welcomes the person in a private chat."""

    def __init__(self, database: Database, readers: Readers, clock: Clock) -> None:
        self._database = database
        self._readers = readers
        self._clock = clock

    async def visit(self, update: Update) -> Visit | None:
        """The person of a private chat's update; None for groups, channels and updates without a chat."""
        chat, user = update.effective_chat, update.effective_user
        if chat is None or chat.type != chat.PRIVATE:
            return None
        return self._visit(await self._person(chat.id), user.language_code if user else None)

    async def by_chat(self, chat_id: int) -> Visit | None:
        """The person of a chat the bot already knows."""
        async with self._database.glance() as connection:
            person = await people.find(connection, chat_id)
        return None if person is None else self._visit(person, None)

    async def change(self, visit: Visit, **changes: str | bool | None) -> Visit:
        """Store a changed language, country, zone or share_text. Reads the row anew, so two taps at once both count."""
        async with self._database.write() as connection:
            current = await people.arrive(connection, visit.person.chat_id, self._clock.now())
            saved = await people.save(connection, replace(current, **changes))  # type: ignore[arg-type]
        return self._visit(saved, visit.reader.content.language)

    async def _person(self, chat_id: int) -> Person:
        now = self._clock.now()
        async with self._database.glance() as connection:
            person = await people.find(connection, chat_id)
        if person is None or person.unreachable_at is not None or now - person.last_seen_at > _SEEN_AGAIN:
            async with self._database.write() as connection:
                person = await people.arrive(connection, chat_id, now)
        return person

    def _visit(self, person: Person, telegram_language: str | None) -> Visit:
        spoken = person.language or (telegram_language or "").split("-")[0] or None
        return Visit(person, self._readers.reader(spoken, person.country))
