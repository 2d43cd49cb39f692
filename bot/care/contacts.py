"""Who gets an alert: the care team's chats, in order, and when somebody is there.

Invariant: a chat is one of the care team's only if it is configured, or is what a configured group became.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.care.hours import StaffedHours, staffed_hours
from bot.records import alerts, chats
from bot.records.database import Connection
from bot.settings import Settings


@dataclass(frozen=True)
class Contacts:
    """`chat_ids` as configured, the first contact first; `zone` the clinic's own."""

    chat_ids: tuple[int, ...]
    hours: StaffedHours | None
    zone: str

    @property
    def configured(self) -> bool:
        """Whether anybody gets alerts at all."""
        return bool(self.chat_ids)

    @property
    def next_contact(self) -> bool:
        """Whether there is somebody after the first."""
        return len(self.chat_ids) > 1

    async def now_at(self, connection: Connection) -> list[int]:
        """Where the contacts' chats are now, in order: a group that became a supergroup has another id."""
        moved = await chats.resolve(connection, self.chat_ids)
        return [moved.get(chat_id, chat_id) for chat_id in self.chat_ids]

    async def lost(self, connection: Connection) -> list[int]:
        """Those of them that Telegram refused messages to, and that none has reached since."""
        lost = []
        for chat_id in await self.now_at(connection):
            chat = await chats.find(connection, chat_id)
            since = None if chat is None else chat.unreachable_at
            if since is not None and not await alerts.reached_since(connection, chat_id, since):
                lost.append(chat_id)
        return lost


def contacts_of(settings: Settings) -> Contacts:
    """The contacts a deployer configured. Raises SettingsError for hours nobody can read."""
    given = (settings.care_team_chat_id, settings.care_team_backup_chat_id)
    chat_ids = tuple(dict.fromkeys(chat_id for chat_id in given if chat_id is not None))
    return Contacts(chat_ids, staffed_hours(settings), settings.default_timezone)
