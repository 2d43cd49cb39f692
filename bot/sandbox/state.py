"""Everything one sandbox holds, handed to its two doors.

Invariant: all of it lives on one event loop; nothing here is touched from another thread.
"""

from __future__ import annotations

from bot.clock import TravelClock
from bot.sandbox.bell import Bell
from bot.sandbox.commands import Commands
from bot.sandbox.events import Events
from bot.sandbox.faults import Faults
from bot.sandbox.feed import Feed
from bot.sandbox.limits import Limits
from bot.sandbox.transcript import Transcript
from bot.sandbox.webhook import Courier
from bot.sandbox.world import Chat, Json, StoredMessage, World

BOT_USERNAME = "b12_companion_bot"
_OPEN_QUERIES = 10_000


class Sandbox:
    """One make-believe Telegram with one bot in it."""

    def __init__(self, clock: TravelClock, token: str, *, limits: bool, care_chat_id: int | None) -> None:
        number = token.split(":", 1)[0]
        self.clock = clock
        self.token = token
        self.care_chat_id = care_chat_id
        self.bot: Json = {
            "id": int(number) if number.isdecimal() else 123456, "is_bot": True, "first_name": "B12 companion",
            "username": BOT_USERNAME,
        }  # fmt: skip
        self.profile: dict[tuple[str, str], str] = {}
        self.world = World(clock, self.bot)
        self.feed = Feed()
        self.courier = Courier(self.feed, self.world.now)
        self.commands = Commands()
        self.faults = Faults()
        self.limits = Limits(enabled=limits)
        self.transcript = Transcript()
        self.events = Events()
        self.chat_bell = Bell()
        self.queries: dict[str, Json] = {}
        if care_chat_id is not None:
            self.world.open(care_chat_id, title="Care team")

    def show(self, kind: str, chat: Chat, message: StoredMessage) -> None:
        """Tell whoever watches that a message appeared ("message") or changed ("edit")."""
        self.chat_bell.ring()
        self.events.tell(kind, {"chat_id": chat.id, "from_bot": message.from_bot, "message": message.shown()})

    def ask(self, query: Json) -> None:
        """Remember a pressed button until the bot answers it."""
        self.queries[query["id"]] = {"chat_id": query["message"]["chat"]["id"], "answered": False}
        if len(self.queries) > _OPEN_QUERIES:
            del self.queries[next(iter(self.queries))]

    def end_waiting(self) -> None:
        """End every open poll and stream, so that a server can stop at once."""
        self.feed.close()
        self.events.close()
        self.chat_bell.ring()
        self.transcript.bell.ring()

    async def close(self) -> None:
        """Stop delivering and end all waiting."""
        self.end_waiting()
        await self.courier.stop()
