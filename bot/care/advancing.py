"""The tick that carries alerts on while nobody has them, and asks after those somebody has.

Invariant: each step is taken once, whoever ticks and however often: counting it and writing its messages are one
transaction, over the step that was read.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.care import alert_truth
from bot.care.alert_post import REPLY, AlertPost
from bot.care.alert_steps import Step, idle_at, kept_step, told, unseen_step
from bot.care.escalation import contacted
from bot.clock import monotonic
from bot.records import alerts, people
from bot.records.alerts import Alert
from bot.records.database import Connection, Database
from bot.records.people import Person

_log = structlog.get_logger(__name__)
_LOOK_BACK = timedelta(hours=24)


class AlertSteps:
    """Takes the steps that are due. Any number of workers may call `advance_alerts`."""

    def __init__(self, database: Database, post: AlertPost) -> None:
        self._database = database
        self._post = post
        self.alive_at = monotonic()
        """When an alert was last carried on: many at once take long, and that is no sign of being dead."""

    async def advance_alerts(self, now: datetime) -> int:
        """Take every step that is due at `now`; gives how many were taken."""
        async with self._database.read() as connection:
            due = await alerts.due(connection, now)
            stranded = await alerts.stranded(connection)
            undelivered = await alerts.undelivered(connection, REPLY, now - _LOOK_BACK)
        early = [alert for alert in stranded if not self._told(alert) and alert.id not in {one.id for one in due}]
        taken = 0
        for alert in (*early, *due):
            async with self._database.write() as connection:
                taken += await self._advance(connection, alert, now, hurried=alert in early)
            self.alive_at = monotonic()
        if undelivered:
            async with self._database.write() as connection:
                for row in undelivered:
                    await self._say_undelivered(connection, row.alert_id, row.id, now)
        return taken

    def _told(self, alert: Alert) -> bool:
        return told(alert.step, next_contact=self._post.contacts.next_contact)

    async def _advance(self, connection: Connection, alert: Alert, now: datetime, *, hurried: bool) -> bool:
        person = await people.get(connection, alert.person_id)
        if person is None:
            return False
        if alert.state == "acknowledged":
            return await self._ask_or_close(connection, alert, person, now)
        step = unseen_step(
            alert.step,
            alert.opened_at,
            now,
            next_contact=self._post.contacts.next_contact,
            hours=self._post.contacts.hours,
        )
        if not await alerts.take_step(connection, alert, step.next_at):
            return False
        fresh = await alerts.get(connection, alert.id) or alert
        await self._write(connection, fresh, person, step, now)
        lost = await self._post.contacts.lost(connection)
        if hurried or lost:
            _log.error("care_team_unreachable", chats=lost, alert=alert.id)
        _log.warning("alert_unseen", alert=alert.id, step=fresh.step, did=step.kinds)
        return True

    async def _write(self, connection: Connection, alert: Alert, person: Person, step: Step, now: datetime) -> None:
        chats, words = await self._post.contacts.now_at(connection), self._post.words
        for kind in step.kinds:
            match kind:
                case "again":
                    reply = words.again(alert, person.code, "again", now)
                    await self._post.to_team(connection, alert, reply, alert.step, chats[:1], now)
                case "next_contact":
                    reply = words.again(alert, person.code, "next_contact", now)
                    await self._post.to_team(connection, alert, reply, alert.step, chats[1:], now)
                case "tell_patient":
                    told_now = alert_truth.nobody(self._post.reader(person), alert.level)
                    await self._post.tell(connection, alert, person, "nobody", told_now, now)
                case "remind":
                    reply = words.again(alert, person.code, "remind", now)
                    await self._post.to_team(connection, alert, reply, alert.step, chats, now)

    async def _ask_or_close(self, connection: Connection, alert: Alert, person: Person, now: datetime) -> bool:
        words, code = self._post.words, person.code
        if kept_step(alert.acknowledged_at or alert.opened_at, now) == "ask":
            if not await alerts.take_step(connection, alert, idle_at(now)):
                return False
            for place, chat_id in enumerate(await contacted(connection, self._post, alert)):
                ask = words.ask_done(alert, code)
                await self._post.say_to_team(connection, alert, f"ask:{alert.step}:{place}", ask, chat_id, now)
            return True
        if not await alerts.take_step(connection, alert, None):
            return False
        ended = {**alert.context, "ended": "itself"}
        await alerts.close(connection, alert.id, now, by=alert.acknowledged_by or "", context=ended)
        closed = await alerts.get(connection, alert.id) or alert
        await self._post.refresh(connection, closed, code, now)
        for place, chat_id in enumerate(await contacted(connection, self._post, closed)):
            note = words.note("closed_itself", closed, code)
            await self._post.say_to_team(connection, closed, f"itself:{alert.step}:{place}", note, chat_id, now)
        if alert.level != "list":
            by_itself = alert_truth.closed_by_itself(self._post.reader(person))
            await self._post.tell(connection, closed, person, f"itself:{alert.step}", by_itself, now)
        return True

    async def _say_undelivered(self, connection: Connection, alert_id: int | None, row: int, now: datetime) -> None:
        """A nurse's words could not be given to the patient: say so where they were written."""
        alert = None if alert_id is None else await alerts.get(connection, alert_id)
        person = None if alert is None else await people.get(connection, alert.person_id)
        if alert is None or person is None:
            return
        for place, chat_id in enumerate(await contacted(connection, self._post, alert)):
            note = self._post.words.note("not_delivered", alert, person.code)
            await self._post.say_to_team(connection, alert, f"undelivered:{row}:{place}", note, chat_id, now)
