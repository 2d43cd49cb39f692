"""What becomes of an exception in a handler.

Invariant: an exception never reaches a patient as text. It is noted for whoever handed the update in, who decides
whether to try again; nothing after the failing handler runs for that update.
"""

from __future__ import annotations

from telegram import Update
from telegram.ext import ApplicationHandlerStop

from bot.chat.context import Context


class Failures:
    """Exceptions by update_id, from the error handler to the drain that handed the update in."""

    def __init__(self) -> None:
        self._noted: dict[int, BaseException] = {}

    async def note(self, update: object, context: Context) -> None:
        """The application's error handler."""
        if isinstance(update, Update) and context.error is not None:
            self._noted[update.update_id] = context.error
        raise ApplicationHandlerStop

    def take(self, update_id: int) -> BaseException | None:
        """The exception an update ended with, if it did; asked for once."""
        return self._noted.pop(update_id, None)
