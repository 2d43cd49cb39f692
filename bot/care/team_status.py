"""Can the care team be reached, and does it keep up? For health, the metrics and `doctor`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.care.contacts import Contacts
from bot.clock import Clock
from bot.records import alerts
from bot.records.database import Database


@dataclass(frozen=True)
class CareTeamStatus:
    """`lost` are contacts Telegram refuses messages to; `staffed` is None where no hours are stated.

    `unseen_seconds` is how long the oldest alert nobody has is open, 0 when there is none.
    """

    configured: bool
    reachable: bool
    contacts: int
    lost: tuple[int, ...]
    staffed: bool | None
    open_alerts: int
    unseen_seconds: float

    @property
    def ok(self) -> bool:
        """Whether an alert written now would reach somebody, or there is nobody it should reach."""
        return not self.configured or self.reachable


async def care_team_status(database: Database, clock: Clock, contacts: Contacts) -> CareTeamStatus:
    """The state of the care team's chats as the bot knows it from its last attempts to write there."""
    now = clock.now()
    async with database.read() as connection:
        lost = await contacts.lost(connection)
        count, oldest = await alerts.counts(connection)
    return CareTeamStatus(
        configured=contacts.configured,
        reachable=len(lost) < len(contacts.chat_ids),
        contacts=len(contacts.chat_ids),
        lost=tuple(lost),
        staffed=None if contacts.hours is None else contacts.hours.open_at(now),
        open_alerts=count,
        unseen_seconds=0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()),
    )
