"""Telegram's flood limits, when the sandbox is told to keep them.

Invariant: over any stretch of time no more messages pass than the rate allows plus one burst.
Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this (30 a second overall, 1 a second
in one private chat, 20 a minute in one group; 1,000 a second for paid broadcasts). The bursts are not published.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

_CHATS_KEPT = 200_000


@dataclass(slots=True)
class Bucket:
    """So many tokens a second, at most `burst` saved up. Seconds are of a clock that never steps."""

    rate: float
    burst: float
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until a token is there; 0 when one is there now. Takes nothing."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.tokens >= 1 - 1e-9 else (1 - self.tokens) / self.rate


class Limits:
    """One bot's budget. `enabled` False lets everything pass."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled
        self._overall: Bucket | None = None
        self._paid: Bucket | None = None
        self._chats: OrderedDict[int, Bucket] = OrderedDict()

    def refuse(self, chat_id: int, now: float, *, paid: bool = False) -> int:
        """Whole seconds the bot must wait before this message, 0 when it may go now (and is then counted)."""
        if not self.enabled:
            return 0
        if paid:
            overall = self._paid = self._paid or Bucket(1000, 1000, 1000, now)
        else:
            overall = self._overall = self._overall or Bucket(30, 30, 30, now)
        chat = self._chats.get(chat_id)
        if chat is None:
            chat = Bucket(1, 3, 3, now) if chat_id > 0 else Bucket(20 / 60, 20, 20, now)
            self._chats[chat_id] = chat
            if len(self._chats) > _CHATS_KEPT:
                self._chats.popitem(last=False)
        wait = max(overall.wait(now), chat.wait(now))
        if wait > 0:
            return max(1, math.ceil(wait))
        overall.tokens -= 1
        chat.tokens -= 1
        return 0
