"""What the care team does with an alert: have it, close it, write to the patient, look at the list.

Invariant: the state, what the patient is told of it and what the other copies of the alert show are one transaction;
pressing twice changes nothing and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import structlog

from bot.care import alert_truth
from bot.care.alert_post import REPLY, AlertPost
from bot.care.alert_steps import idle_at
from bot.care.reply import Reply
from bot.clock import Clock
from bot.records import alerts, chats, people
from bot.records.alerts import Alert
from bot.records.database import Connection, Database
from bot.records.people import Person

Ending = Literal["called", "false"]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Attended:
    """What to tell who pressed or wrote: a short note, and the alert as it looks now (None: it is gone)."""

    note: str
    card: Reply | None = None


class CareTeam:
    """The care team's side of the alerts. Callers check first that the chat is the care team's: `knows`."""

    def __init__(self, database: Database, clock: Clock, post: AlertPost) -> None:
        self._database = database
        self._clock = clock
        self._post = post
        self._words = post.words

    async def knows(self, chat_id: int) -> bool:
        """Whether this is one of the care team's chats. Asks the database for groups only, because only they move."""
        contacts = self._post.contacts
        if chat_id in contacts.chat_ids or chat_id > 0 or not contacts.configured:
            return chat_id in contacts.chat_ids
        async with self._database.read() as connection:
            return chat_id in await contacts.now_at(connection)

    async def have(self, alert_id: int, by: str, copy: tuple[int, int] | None) -> Attended:
        """Somebody has it. `copy` is the chat and message of the copy they pressed on, which the caller changes."""
        async with self._database.write() as connection:
            now = self._clock.now()
            taken = await alerts.acknowledge(connection, alert_id, by, now, next_step_at=idle_at(now))
            found = await self._find(connection, alert_id)
            if found is None:
                return Attended(self._words.say("gone"))
            alert, person = found
            if taken:
                await self._seen(connection, alert, person, copy)
            note = self._words.say("taken") if taken else self._words.state(alert)
        return Attended(note, self._words.card(alert, person.code))

    async def close(self, alert_id: int, by: str, how: Ending, copy: tuple[int, int] | None) -> Attended:
        """It is done with: the patient was called, or it was no alarm."""
        async with self._database.write() as connection:
            now = self._clock.now()
            found = await self._find(connection, alert_id)
            if found is None:
                return Attended(self._words.say("gone"))
            alert, person = found
            ended = {**alert.context, "ended": how, "ended_by": by}
            done = await alerts.close(connection, alert_id, now, by=by, false_alarm=how == "false", context=ended)
            alert = await alerts.get(connection, alert_id) or alert
            if done:
                await self._post.refresh(connection, alert, person.code, now, but=copy)
                if alert.level != "list":
                    told = alert_truth.closed(self._post.reader(person), now, self._post.zone(person))
                    await self._post.tell(connection, alert, person, f"closed:{now.timestamp():.0f}", told, now)
                _log.info("alert_closed", alert=alert.id, how=how)
        return Attended(self._words.say("closed" if done else "closed_before"), self._words.card(alert, person.code))

    async def show(self, alert_id: int, chat_id: int, asked: str) -> Attended:
        """Send the alert once more to who asked. `asked` names the asking, so that asking once shows it once."""
        async with self._database.write() as connection:
            found = await self._find(connection, alert_id)
            if found is None:
                return Attended(self._words.say("gone"))
            alert, person = found
            card = self._words.card(alert, person.code)
            await self._post.show(connection, alert, card, chat_id, asked, self._clock.now())
        return Attended("")

    async def moved(self, old: int, new: int) -> None:
        """One of the care team's groups became a supergroup."""
        async with self._database.write() as connection:
            await chats.migrate(connection, old, new, self._clock.now())

    async def joined(self, chat_id: int, *, inside: bool) -> None:
        """The bot was put into one of the care team's groups, or out of it."""
        async with self._database.write() as connection:
            if inside:
                await chats.regain(connection, chat_id, self._clock.now())
            else:
                await chats.lose(connection, chat_id, "the bot was removed", self._clock.now())
                _log.error("care_team_unreachable", chats=[chat_id])

    async def listing(self) -> Reply:
        """Every alert nobody has closed."""
        async with self._database.read() as connection:
            found = await alerts.unclosed(connection)
            persons = [await people.get(connection, person_id) for person_id in {one.person_id for one in found}]
        return self._words.listing(found, {person.id: person.code for person in persons if person is not None})

    async def alert_of(self, chat_id: int, message_id: int) -> int | None:
        """Which alert a message of the care team's chat is about."""
        async with self._database.read() as connection:
            found = await alerts.of_message(connection, chat_id, message_id)
        return None if found is None else found.id

    async def write(
        self, alert_id: int, by: str, words: str, message: tuple[int, int], *, edited_at: int | None = None
    ) -> Attended:
        """A nurse's words go to the patient; who writes has the alert, and a closed one is open again.

        `message` is the chat and message they wrote it in: the same message is passed on once, and again when edited.
        """
        async with self._database.write() as connection:
            now = self._clock.now()
            taken = await alerts.acknowledge(connection, alert_id, by, now, next_step_at=idle_at(now))
            again = await alerts.reopen(connection, alert_id, idle_at(now))
            await alerts.stir(connection, alert_id, idle_at(now))
            found = await self._find(connection, alert_id)
            if found is None:
                return Attended(self._words.say("gone"))
            alert, person = found
            if taken:
                await self._seen(connection, alert, person, None)
            elif again:
                await self._post.refresh(connection, alert, person.code, now)
            told = alert_truth.from_clinic(self._post.reader(person), words, corrected=edited_at is not None)
            key = f"reply:{message[0]}:{message[1]}:{edited_at or 0}"
            await self._post.tell(connection, alert, person, key, told, now, kind=REPLY)
            await alerts.remember_message(connection, alert.id, *message)
        return Attended(self._words.say("passed_closed" if again else "passed", code=person.code))

    async def _seen(
        self, connection: Connection, alert: Alert, person: Person, copy: tuple[int, int] | None
    ) -> None:  # fmt: skip
        now = self._clock.now()
        await self._post.refresh(connection, alert, person.code, now, but=copy)
        if alert.level != "list":
            told = alert_truth.seen(self._post.reader(person), now, self._post.zone(person))
            await self._post.tell(connection, alert, person, "seen", told, now)
        seconds = (now - alert.opened_at).total_seconds()
        _log.info("alert_acknowledged", alert=alert.id, seconds=round(seconds))

    async def _find(self, connection: Connection, alert_id: int) -> tuple[Alert, Person] | None:
        alert = await alerts.get(connection, alert_id)
        person = None if alert is None else await people.get(connection, alert.person_id)
        return None if alert is None or person is None else (alert, person)
