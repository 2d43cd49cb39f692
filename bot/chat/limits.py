"""How much one chat may ask.

Invariant: a limit never stands between a person and the card for a danger sign, and nobody is limited without being
told. What is kept here is only counts, marks and moments, for a minute; losing them at a restart harms nobody.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

Judgement: TypeAlias = Literal["pass", "repeat", "slow_down", "quiet"]

#: Far above what a person types, so that nobody is limited who means it; a machine comes here in no time.
BURST: Final = 200
PER_SECOND: Final = 3.0
_SAME: Final = 3
_MINUTE: Final = timedelta(minutes=1)
_READING: Final = timedelta(seconds=0.3)
_SKEW: Final = timedelta(seconds=10)
_CHATS: Final = 10_000


@dataclass(slots=True)
class _Chat:
    left: float
    at: datetime
    told_at: datetime | None = None
    mark: bytes = b""
    answered_at: datetime | None = None
    first_at: datetime | None = None
    times: int = 0
    cards: list[datetime] = field(default_factory=list)
    passed: int | None = None


class Limits:
    """Judges each update of a private chat before it is handled; `chats` are never limited (the care team's)."""

    def __init__(self, unlimited: frozenset[int] = frozenset()) -> None:
        self._unlimited = unlimited
        self._chats: OrderedDict[int, _Chat] = OrderedDict()
        self._salt = secrets.token_bytes(16)

    def judge(self, chat_id: int, text: str, received_at: datetime, update_id: int | None = None) -> Judgement:
        """What to do with an update that came at `received_at`.

        `repeat`: the same words as before, written before the answer to them could be read, or a fourth time within a
        minute. `slow_down`: too many, say so. `quiet`: too many, and it was said less than a minute ago. An update that
        passed and is handled again, because Telegram or the database was gone, passes again.
        """
        if chat_id in self._unlimited or chat_id == 0:
            return "pass"
        chat = self._chats.get(chat_id)
        if chat is not None and update_id is not None and chat.passed == update_id:
            return "pass"
        if chat is None or received_at < chat.at - _SKEW:  # the clock was put back: nothing noted by it holds
            chat = self._chats[chat_id] = _Chat(BURST, received_at)
            if len(self._chats) > _CHATS:
                self._chats.popitem(last=False)
        self._chats.move_to_end(chat_id)
        if not text:
            chat.mark = b""  # something else happened in between
        elif self._repeated(chat, text, received_at):
            return "repeat"
        passed = max(0.0, (received_at - chat.at).total_seconds())
        chat.left, chat.at = min(BURST, chat.left + passed * PER_SECOND), max(chat.at, received_at)
        if chat.left >= 1:
            chat.left -= 1
            chat.passed = update_id
            return "pass"
        if chat.told_at is None or received_at - chat.told_at >= _MINUTE:
            chat.told_at = received_at
            return "slow_down"
        return "quiet"

    def answered(self, chat_id: int, now: datetime) -> None:
        """The last update judged was answered at `now`."""
        chat = self._chats.get(chat_id)
        if chat is not None:
            chat.answered_at = now

    def card_due(self, chat_id: int, now: datetime) -> bool:
        """Whether a danger sign beyond the limits is shown its card (again): at most three times a minute."""
        chat = self._chats.get(chat_id)
        if chat is None:
            return True
        chat.cards = [at for at in chat.cards if now - at < _MINUTE]
        if len(chat.cards) >= _SAME:
            return False
        chat.cards.append(now)
        return True

    def _repeated(self, chat: _Chat, text: str, received_at: datetime) -> bool:
        mark = hashlib.blake2b(text.strip().casefold().encode("utf-8", "replace"), key=self._salt, digest_size=8)
        if chat.mark != mark.digest() or chat.first_at is None or received_at - chat.first_at > _MINUTE:
            chat.mark, chat.first_at, chat.times, chat.answered_at = mark.digest(), received_at, 1, None
            return False
        if chat.answered_at is not None and received_at <= chat.answered_at + _READING:
            return True
        chat.times += 1
        return chat.times > _SAME
