"""What the editors learn from use: helpful or not, and what could not be answered. Never the words of a question.

Invariant: only counts are kept, unless a person taps "send my question to the editors".
"""

from __future__ import annotations

from bot.clock import Clock
from bot.records import dialogs, feedback
from bot.records.database import Database
from bot.records.stale import StaleError

MISSED = "missed"


class Learning:
    """Counts thumbs and misses."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def thumb(self, entry_id: str, helpful: bool) -> None:
        """Count one thumb for an entry."""
        async with self._database.write() as connection:
            await feedback.vote(connection, entry_id, self._clock.now().date(), helpful=helpful)

    async def misses(self, chat_id: int) -> int:
        """How many questions in a row could not be answered in this chat."""
        async with self._database.glance() as connection:
            dialog = await dialogs.find(connection, chat_id)
        count = dialog.payload.get("count") if dialog is not None and dialog.step == MISSED else 0
        return count if isinstance(count, int) else 0

    async def in_dialog(self, chat_id: int) -> bool:
        """Whether a wizard waits for an answer in this chat."""
        async with self._database.glance() as connection:
            dialog = await dialogs.find(connection, chat_id)
        return dialog is not None and dialog.step != MISSED

    async def missed(self, chat_id: int, misses: int, nearest: str | None) -> None:
        """Note one more question without an answer, by the entry it came nearest to."""
        now = self._clock.now()
        async with self._database.write() as connection:
            await feedback.not_answered(connection, nearest or "", now.date())
            dialog = await dialogs.find(connection, chat_id)
            if dialog is None or dialog.step == MISSED:
                await dialogs.begin(connection, chat_id, MISSED, {"count": misses}, now)

    async def answered(self, chat_id: int) -> None:
        """A question was answered: the row of misses is over."""
        async with self._database.glance() as connection:
            dialog = await dialogs.find(connection, chat_id)
        if dialog is None or dialog.step != MISSED:
            return
        try:
            async with self._database.write() as connection:
                await dialogs.end(connection, dialog)
        except StaleError:
            return  # a wizard began meanwhile

    async def share(self, text: str, nearest: str | None) -> None:
        """Keep a question a person chose to send to the editors."""
        async with self._database.write() as connection:
            await feedback.share(connection, text, nearest or "", self._clock.now())
