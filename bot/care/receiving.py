"""Updates come in: from polling or from the webhook, both through here.

Invariant: when `take` returns, every update of the batch is on disk (or was before); when it raises, the caller has
acknowledged nothing and Telegram gives the batch again. A red flag that cannot be written down, or not soon, gets its
card at once.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

import structlog

from bot.care.screening import HELP, SafeScreen
from bot.clock import Clock
from bot.metrics import Metrics
from bot.records import inbox, inbox_room
from bot.records.database import Database
from bot.records.inbox import NewUpdate, Urgency
from bot.records.trouble import DATABASE_TROUBLE

RawUpdate: TypeAlias = dict[str, Any]
#: Shows the card for a red flag without the database: chat_id, what was written, the language Telegram names.
LastCard: TypeAlias = Callable[[int, str, str | None], Awaitable[bool]]

#: The kinds of update the bot asks for.
ALLOWED_UPDATES: Final = ("message", "edited_message", "callback_query", "my_chat_member")
#: Seconds that a red flag may wait to be written down before its card is shown without it.
PATIENCE: Final = 3.0
#: Seconds after which a database that says nothing counts as gone, so that what is written meanwhile is looked at too.
_LONGEST: Final = 10.0
_NEVER_LET_GO = frozenset({"my_chat_member"})
_BIGGEST = 2**63
_DANGER = re.compile(r"now:.+|felt:\d+:unwell")

_log = structlog.get_logger(__name__)


class UnreadableUpdateError(Exception):
    """This is not an update: it has no usable update_id. Nobody can be answered."""


class Receiving:
    """Writes updates down and wakes whoever handles them."""

    def __init__(
        self, database: Database, screen: SafeScreen, clock: Clock, metrics: Metrics, last_card: LastCard
    ) -> None:
        self._database = database
        self._screen = screen
        self._clock = clock
        self._metrics = metrics
        self._last_card = last_card
        self._wake: Callable[[], None] | None = None
        self._showing: set[asyncio.Task[None]] = set()

    def wakes(self, wake: Callable[[], None]) -> None:
        """Have `wake` called after each batch that brought something new."""
        self._wake = wake

    async def take(self, updates: Sequence[RawUpdate]) -> int:
        """Write a batch down, red flags marked; gives how many were new.

        What is no update at all is logged and left out. Raises DATABASE_TROUBLE when nothing was written.
        """
        readable: dict[int, RawUpdate] = {}
        for raw in updates:
            try:
                readable.setdefault(update_id_of(raw), _storable(raw))
            except UnreadableUpdateError:
                _log.error("update_unreadable", kind=kind_of(raw) if isinstance(raw, dict) else type(raw).__name__)
        rows = [self._row(update_id, raw) for update_id, raw in readable.items()]
        flagged = [readable[row.update_id] for row in rows if row.priority == Urgency.RED_FLAG]
        late = self.soon(flagged)
        try:
            async with asyncio.timeout(_LONGEST):
                new = await self._write(rows)
        except DATABASE_TROUBLE:
            await self._show_cards(flagged)
            raise
        finally:
            late.cancel()
        if new:
            for row in rows:
                if row.update_id in new:
                    self._metrics.received.labels(kind_of(readable[row.update_id])).inc()
            if self._wake is not None:
                self._wake()
        return len(new)

    def soon(self, updates: Sequence[RawUpdate]) -> asyncio.TimerHandle:
        """Show the cards these need when they are not written down soon; cancel the timer when they are."""
        return asyncio.get_running_loop().call_later(PATIENCE, self._begin_cards, updates)

    def _begin_cards(self, updates: Sequence[RawUpdate]) -> None:
        showing = asyncio.create_task(self._show_cards(updates))
        self._showing.add(showing)
        showing.add_done_callback(self._showing.discard)

    async def _show_cards(self, updates: Sequence[RawUpdate]) -> None:
        for raw in updates:
            await self._last_card(chat_id_of(raw), text_of(raw), language_of(raw))

    def _row(self, update_id: int, raw: RawUpdate) -> NewUpdate:
        level = self._screen.assess(text_of(raw)).level
        urgency = Urgency.RED_FLAG if level in ("emergency", "urgent") else Urgency.NORMAL
        return NewUpdate(update_id, chat_id_of(raw), urgency, raw)

    async def _write(self, rows: Sequence[NewUpdate]) -> set[int]:
        now = self._clock.now()
        async with self._database.write() as connection:
            open_now = Counter(await inbox_room.open_counts(connection, {row.chat_id for row in rows}))
            kept: list[NewUpdate] = []
            let_go: list[NewUpdate] = []
            for row in rows:
                droppable = row.priority == Urgency.NORMAL and kind_of(row.payload) not in _NEVER_LET_GO
                if droppable and open_now[row.chat_id] >= inbox_room.OPEN_LIMIT:
                    let_go.append(row)
                else:
                    open_now[row.chat_id] += 1
                    kept.append(row)
            new = await inbox.write(connection, kept, now)
            over = await inbox_room.note(connection, let_go, now)
        if over:
            self._metrics.limited.labels("let_go").inc(len(over))
            _log.warning("flood_let_go", updates=len(over), chats=len({row.chat_id for row in let_go}))
        return new


def update_id_of(raw: object) -> int:
    """The update's number. Raises UnreadableUpdateError."""
    found = raw.get("update_id") if isinstance(raw, dict) else None
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < _BIGGEST:
        raise UnreadableUpdateError
    return found


def kind_of(raw: Any) -> str:
    """Which kind of update it is (`message`, `callback_query` …); `other` for kinds the bot never asked for."""
    return next((name for name in ALLOWED_UPDATES if name in raw), "other")


def _body(raw: Any) -> dict[str, Any]:
    return next((value for key, value in raw.items() if key != "update_id" and isinstance(value, dict)), {})


def chat_id_of(raw: Any) -> int:
    """The chat the update came from, the person's own chat if it names none, 0 if it names nobody."""
    body = _body(raw)
    message = body.get("message")
    for holder in (body.get("chat"), message.get("chat") if isinstance(message, dict) else None, body.get("from")):
        found = holder.get("id") if isinstance(holder, dict) else None
        if isinstance(found, int) and not isinstance(found, bool) and abs(found) < _BIGGEST:
            return found
    return 0


def text_of(raw: Any) -> str:
    """What a person wrote in this update: text or caption, also of an edited message.

    Pressing a button that says there is danger now is as good as writing HELP.
    """
    pressed = raw.get("callback_query")
    if isinstance(pressed, dict):
        data = pressed.get("data")
        return HELP if isinstance(data, str) and _DANGER.fullmatch(data) else ""
    for kind in ("message", "edited_message"):
        message = raw.get(kind)
        if isinstance(message, dict):
            found = message.get("text") or message.get("caption")
            return found if isinstance(found, str) else ""
    return ""


def language_of(raw: Any) -> str | None:
    """The language Telegram says the person uses."""
    sender = _body(raw).get("from")
    found = sender.get("language_code") if isinstance(sender, dict) else None
    return found if isinstance(found, str) else None


def _storable(raw: RawUpdate) -> RawUpdate:
    """The update as it is, or with `?` for each half of a surrogate pair, which no database takes."""
    written = json.dumps(raw, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        mended: RawUpdate = json.loads(written.encode("utf-8", "replace"))
        return mended
    return raw
