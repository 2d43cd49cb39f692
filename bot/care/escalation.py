"""A danger sign becomes an alert: written down with its first messages, or added to the alert that is there.

Invariant: the alert and what it sends are one transaction, and the line the patient reads is true of what was written.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.care import alert_truth
from bot.care.alert_post import CARD, AlertPost
from bot.care.alert_steps import SAME_WITHIN, first_step_at, idle_at
from bot.care.alert_words import WORDS_ON_CARD, Source
from bot.care.reader import Reader
from bot.care.screening import ASKED_FOR_HELP
from bot.clock import Clock
from bot.records import alerts, chats, injections, outbox, people, plans
from bot.records.alerts import Alert
from bot.records.database import Connection, Database
from bot.records.people import Person
from bot.records.types import JsonObject
from bot.understanding.verdict import LEVELS, Circumstances, Verdict

_log = structlog.get_logger(__name__)
_COUNTED = 400


class Escalations:
    """The Escalation of bot.care.watching for a clinic with a care team, or without one."""

    def __init__(self, database: Database, clock: Clock, post: AlertPost) -> None:
        self._database = database
        self._clock = clock
        self._post = post

    async def circumstances(self, person: Person) -> Circumstances:
        """What the screen should know: hours since the last injection of any of their plans, and a loading phase."""
        async with self._database.glance() as connection:
            last = await injections.of_person(connection, person.id, limit=1)
            found = await plans.of_person(connection, person.id)
        hours = (self._clock.now() - last[0].at).total_seconds() / 3600 if last else None
        loading = any(plan.status == "active" and plan.phase == "loading" for plan in found)
        return Circumstances(hours if hours is None or hours >= 0 else 0.0, loading)

    async def raise_alert(
        self, person: Person, reader: Reader, verdict: Verdict, text: str | None, *, source: Source | None = None
    ) -> str:
        """Write an alert down; gives the line the patient reads about who sees it.

        `source` says what noticed the sign; by default a text where there is one, else a button.
        """
        if not self._post.contacts.configured:
            return reader.say("card.nobody_watching")
        async with self._database.write() as connection:
            return await self.raise_in(connection, person, reader, verdict, text, source=source)

    async def raise_in(
        self, connection: Connection, person: Person, reader: Reader, verdict: Verdict, text: str | None,
        *, source: Source | None = None,
    ) -> str:  # fmt: skip
        """The same inside a transaction of the caller's."""
        if not self._post.contacts.configured:
            return reader.say("card.nobody_watching")
        now, sign = self._clock.now(), verdict.sign or "unknown"
        text = None if verdict == ASKED_FOR_HELP else text  # a command is a button by another name
        current = await people.get(connection, person.id) or person
        words = text if text is not None and current.share_text else None
        there = await alerts.one_of(connection, person.id, sign, now - SAME_WITHIN)
        if there is not None and not _worse(verdict.level, there.level):
            return await self._add_to(connection, there, current, reader, words, now)
        found = await self.open_in(
            connection, current, verdict.level, sign, words, source or ("button" if text is None else "text")
        )
        if found is None:
            return alert_truth.unreachable(reader, verdict.level)
        contacts = self._post.contacts
        return alert_truth.sent(reader, verdict.level, contacts.hours, self._post.zone(current), now)

    async def open_in(
        self, connection: Connection, person: Person, level: str, sign: str, words: str | None, source: Source
    ) -> Alert | None:
        """Open an alert and send it to the first contact; None when no contact can be written to.

        An alert of the level `list` has no steps: it comes once, without a sound, and stays on the list.
        """
        now, contacts = self._clock.now(), self._post.contacts
        alert = await alerts.open_alert(
            connection,
            person_id=person.id,
            level=level,
            sign=sign,
            context=await self._context(connection, person, source, now),
            text=words,
            next_step_at=None if level == "list" else first_step_at(now),
            now=now,
        )
        team, lost = await contacts.now_at(connection), await contacts.lost(connection)
        # a contact known to be lost is tried all the same: it may be back, and nobody told the bot
        to = [chat_id for place, chat_id in enumerate(team) if place == 0 or (team[0] in lost and level != "list")]
        await self._post.to_team(connection, alert, self._post.words.card(alert, person.code), 0, to, now)
        if words is not None and len(words) > WORDS_ON_CARD:
            whole = self._post.words.wrote(alert, person.code, words)
            await self._post.say_to_team(connection, alert, "whole", whole, team[0], now)
        if lost:
            _log.error("care_team_unreachable", chats=lost, alert=alert.id)
        _log.info("alert_opened", alert=alert.id, level=level, source=source)
        return None if set(to) <= set(lost) else alert

    async def _add_to(
        self, connection: Connection, alert: Alert, person: Person, reader: Reader, words: str | None, now: datetime
    ) -> str:
        """The same sign again: a line in the thread, one a minute at most, so that one person cannot drown the rest."""
        minute = int((now - alert.opened_at) / timedelta(minutes=1))
        line = self._post.words.wrote(alert, person.code, words, same_sign=True)
        for place, chat_id in enumerate(await contacted(connection, self._post, alert)):
            await self._post.say_to_team(connection, alert, f"sign:{minute}:{place}", line, chat_id, now)
        await alerts.stir(connection, alert.id, idle_at(now))
        return alert_truth.sent_again(reader, alert, self._post.zone(person))

    async def _context(self, connection: Connection, person: Person, source: Source, now: datetime) -> JsonObject:
        found = await plans.of_person(connection, person.id)
        active = [plan for plan in found if plan.status == "active"]
        loading = any(plan.phase == "loading" for plan in active)
        phase = "loading" if loading else "maintenance" if active else None
        given = await injections.of_person(connection, person.id, limit=_COUNTED)
        last: JsonObject | None = None
        if given:
            minutes = max(0, int((now - given[0].at).total_seconds() // 60))
            last = {"at": given[0].at.isoformat(), "days": minutes // 1440, "minutes": minutes, "count": len(given)}
        return {"source": source, "phase": phase, "injection": last}


async def contacted(connection: Connection, post: AlertPost, alert: Alert) -> list[int]:
    """The care team's chats that were sent this alert, where they are now, the first contact first."""
    cards = {row.chat_id for row in await outbox.of_alert(connection, alert.id) if row.kind == CARD}
    moved = await chats.resolve(connection, cards)
    given = {moved.get(chat_id, chat_id) for chat_id in cards}
    now = await post.contacts.now_at(connection)
    return [chat_id for chat_id in now if chat_id in given] or now[:1]


def _worse(level: str, other: str) -> bool:
    ranks: tuple[str, ...] = LEVELS
    return ranks.index(level) > (ranks.index(other) if other in ranks else 0)
