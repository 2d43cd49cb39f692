"""What a patient writes while an alert of theirs is open goes to the people who have it.

Invariant: words go only where the patient agreed to share them; and the patient is told which of the two happened.
"""

from __future__ import annotations

from datetime import timedelta

from bot.care import alert_truth
from bot.care.alert_post import THREAD, AlertPost
from bot.care.alert_steps import idle_at
from bot.care.escalation import contacted
from bot.care.reader import Reader
from bot.care.reply import Reply
from bot.clock import Clock
from bot.records import alerts, outbox, people
from bot.records.alerts import Alert
from bot.records.database import Connection, Database
from bot.records.people import Person

#: Messages of one alert that are passed on in one minute. More would keep other patients' alerts waiting.
AT_MOST = 6
_MINUTE = timedelta(minutes=1)
_HIDDEN_EVERY = timedelta(minutes=5)


class Threads:
    """Passes a patient's messages on."""

    def __init__(self, database: Database, clock: Clock, post: AlertPost) -> None:
        self._database = database
        self._clock = clock
        self._post = post

    async def pass_on(self, person: Person, reader: Reader, words: str | None, message: str) -> Reply | None:
        """Pass a message on; gives what the patient is told, None when no alert of theirs is open.

        Also None when only the fact that they write is passed on and that was said a few minutes ago: saying it under
        each answer again would bury the answer.

        `words` is None for what cannot be passed on (pictures, sound). `message` names the message: its id, and the
        moment of its edit, so that handling it twice passes it on once.
        """
        if not self._post.contacts.configured:
            return None
        async with self._database.glance() as connection:
            alert = await self._open(connection, person)
        if alert is None:
            return None
        if words is None:
            return Reply(reader.say("alert.not_words"), urgent=True)
        async with self._database.write() as connection:
            current, alert = await people.get(connection, person.id) or person, await self._open(connection, person)
            if alert is None:  # closed a moment ago
                return None
            if not await self._room(connection, alert):
                return Reply(reader.say("alert.too_many"), urgent=True)
            news = await self._write(connection, alert, current, words, message)
        if not news and not current.share_text:
            return None
        return alert_truth.passed_on(reader, alert, self._post.zone(current), shared=current.share_text)

    async def _open(self, connection: Connection, person: Person) -> Alert | None:
        """The newest alert the person knows of: not a list entry, unless a nurse has taken that up with them."""
        found = await alerts.of_person(connection, person.id, unclosed=True)
        return next((alert for alert in found if alert.level != "list" or alert.state == "acknowledged"), None)

    async def _room(self, connection: Connection, alert: Alert) -> bool:
        since = self._clock.now() - _MINUTE
        rows = await outbox.of_alert(connection, alert.id)
        return sum(row.kind == THREAD and row.created_at > since for row in rows) < AT_MOST

    async def _write(self, connection: Connection, alert: Alert, person: Person, words: str, message: str) -> bool:
        """Write it down for everybody who has the alert; False when it stood there already."""
        now = self._clock.now()
        if person.share_text:
            key, line = f"said:{message}", self._post.words.wrote(alert, person.code, words)
        else:  # that they wrote, once in a while
            key = f"hidden:{int((now - alert.opened_at) / _HIDDEN_EVERY)}"
            line = self._post.words.wrote(alert, person.code, None)
        written = [
            await self._post.say_to_team(connection, alert, f"{key}:{place}", line, chat_id, now)
            for place, chat_id in enumerate(await contacted(connection, self._post, alert))
        ]
        await alerts.stir(connection, alert.id, idle_at(now))
        return any(written)
