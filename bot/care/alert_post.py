"""Words about an alert, written to the outbox.

Invariant: every step after the card is a row under the alert policy (sent anew when nobody knows whether it arrived);
alerts and what the patient is told about them go before everything else, the talk that follows goes after new alerts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, cast

from bot.care.alert_words import AlertWords
from bot.care.contacts import Contacts
from bot.care.reader import Reader, Readers
from bot.care.reply import Reply
from bot.records import outbox
from bot.records.alerts import Alert
from bot.records.database import Connection
from bot.records.outbox import NewDelivery, Priority
from bot.records.people import Person
from bot.records.types import JsonObject

#: Turns a reply into the parameters of the `sendMessage` calls it takes; bot.chat.rendering.payloads.
Render: TypeAlias = Callable[[Reply], Sequence[Mapping[str, object]]]

CARD = "alert"
TOLD = "alert_told"
REPLY = "alert_reply"
THREAD = "alert_thread"
EDIT = "alert_edit"


@dataclass(frozen=True)
class AlertPost:
    """Writes replies about alerts to the care team's chats and to patients."""

    render: Render
    words: AlertWords
    contacts: Contacts
    readers: Readers

    def zone(self, person: Person) -> str:
        """The zone a person's clock shows; the clinic's until they chose one."""
        return person.zone or self.contacts.zone

    def reader(self, person: Person) -> Reader:
        """How to speak to a person whose update is not at hand."""
        return self.readers.reader(person.language, person.country)

    async def to_team(
        self, connection: Connection, alert: Alert, reply: Reply, step: int, chat_ids: Sequence[int], now: datetime
    ) -> None:
        """The alert itself, at a step of its escalation. A list entry comes without a sound."""
        extra: dict[str, object] = {"disable_notification": True} if alert.level == "list" else {}
        rows = []
        for place, chat_id in enumerate(chat_ids):
            key = f"alert:{alert.id}:{step}:{place}"
            rows += self._rows(key, CARD, Priority.ALERT, chat_id, alert, reply, now, extra=extra, slot=str(step))
        await outbox.add(connection, rows, now)

    async def show(
        self, connection: Connection, alert: Alert, card: Reply, chat_id: int, asked: str, now: datetime
    ) -> None:
        """The alert once more, to somebody who asked for it."""
        key = f"alert:{alert.id}:show:{asked}"
        await outbox.add(connection, self._rows(key, CARD, Priority.ALERT, chat_id, alert, card, now), now)

    async def say_to_team(
        self, connection: Connection, alert: Alert, key: str, reply: Reply, chat_id: int, now: datetime
    ) -> bool:
        """A line of the alert's thread, after new alerts; False when it was written before under its key."""
        rows = self._rows(f"alert:{alert.id}:{key}", THREAD, Priority.ANSWER, chat_id, alert, reply, now)
        return bool(await outbox.add(connection, rows, now))

    async def tell(
        self, connection: Connection, alert: Alert, person: Person, key: str, reply: Reply, now: datetime,
        *, kind: str = TOLD,
    ) -> bool:  # fmt: skip
        """Tell the patient; False when they were told before under this key."""
        rows = self._rows(f"alert:{alert.id}:{key}", kind, Priority.ALERT, person.chat_id, alert, reply, now)
        return bool(await outbox.add(connection, rows, now))

    async def refresh(
        self, connection: Connection, alert: Alert, code: str, now: datetime, *, but: tuple[int, int] | None = None
    ) -> None:
        """Show the alert's new state on every copy that was sent, save the one at chat and message `but`."""
        [payload] = self.render(self.words.card(alert, code))[-1:]
        rows = []
        for sent in await outbox.of_alert(connection, alert.id):
            place = (sent.chat_id, sent.message_id)
            if sent.kind == CARD and sent.message_id is not None and place != but:
                key = f"alert:{alert.id}:edit:{sent.chat_id}:{sent.message_id}:{alert.state}:{now.timestamp():.0f}"
                rows.append(
                    NewDelivery(
                        dedupe_key=key, kind=EDIT, policy="again", priority=Priority.ANSWER, chat_id=sent.chat_id,
                        payload=cast(JsonObject, {"message_id": sent.message_id, **payload}), not_before=now,
                        method="editMessageText", person_id=alert.person_id, alert_id=alert.id,
                    )
                )  # fmt: skip
        await outbox.add(connection, rows, now)

    def _rows(
        self, key: str, kind: str, priority: Priority, chat_id: int, alert: Alert, reply: Reply, now: datetime,
        *, extra: Mapping[str, object] | None = None, slot: str | None = None,
    ) -> list[NewDelivery]:  # fmt: skip
        return [
            NewDelivery(
                dedupe_key=key if part == 0 else f"{key}.{part}", kind=kind, policy="again", priority=priority,
                chat_id=chat_id, payload=cast(JsonObject, {**payload, **(extra or {})}), not_before=now,
                person_id=alert.person_id, alert_id=alert.id, slot=slot,
            )
            for part, payload in enumerate(self.render(reply))
        ]  # fmt: skip
