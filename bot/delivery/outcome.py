"""What became of a call to the Bot API: was it sent, was it not, or can nobody know?

Invariant: only the cases listed here as proven are called unsent; everything that is not understood is unsure,
because a reminder sent twice may be injected twice. Measured against real sockets: tests/delivery/test_outcome.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import aiohttp
import httpx
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from bot.delivery.unsent import NotSentError

_BEFORE_SENDING = (
    NotSentError,
    aiohttp.ClientConnectorError,  # refused, unreachable, DNS, TLS handshake, proxy refused
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,  # the proxy would not open the tunnel
    aiohttp.InvalidURL,
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
_GONE = ("chat not found", "user not found", "peer_id_invalid", "bot is not a member", "group is deactivated")
_ALREADY_SO = "message is not modified"


@dataclass(frozen=True, slots=True)
class Unsent:
    """Proven not sent; the same call may be made again after a pause."""

    error: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """Not sent: Telegram asks everybody to be quiet for so many seconds, then the call may be made again."""

    seconds: float
    error: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Not sent, and nothing will be: this chat blocked the bot or is gone."""

    error: str


@dataclass(frozen=True, slots=True)
class Moved:
    """Not sent: the group lives on under another id, where the call may be made at once."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Not sent, and never will be as it is: our mistake."""

    error: str


@dataclass(frozen=True, slots=True)
class AlreadySo:
    """An edit that changes nothing: as good as sent."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """Telegram may have taken the message or not; nobody can know."""

    error: str


Outcome: TypeAlias = Unsent | Quiet | Lost | Moved | Refused | AlreadySo | Unsure

#: A token that Telegram does not know stops everything until somebody mends it; asking more often helps nobody.
_BAD_TOKEN_SECONDS = 30.0


def judge(error: Exception) -> Outcome:
    """What an exception of python-telegram-bot says about the call that raised it."""
    described = f"{type(error).__name__}: {error}"
    match error:
        case RetryAfter():
            return Quiet(seconds_of(error), described)
        case ChatMigrated():
            return Moved(error.new_chat_id)
        case Forbidden():
            return Lost(described)
        case InvalidToken():
            return Quiet(_BAD_TOKEN_SECONDS, described)
        case Conflict():
            return Unsent(described)
        case BadRequest():  # is a NetworkError, so it goes first
            return _refusal(described)
        case NetworkError() if _never_left(error):  # TimedOut is a NetworkError too
            return Unsent(described)
        case _:
            return Unsure(described)


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asks for, whichever of its two types python-telegram-bot is set to give it in."""
    # the property warns that its type will change; the private one is a timedelta since 22.2
    asked: timedelta | float = getattr(error, "_retry_after", 1.0)
    return asked.total_seconds() if isinstance(asked, timedelta) else float(asked)


def _refusal(described: str) -> Lost | Refused | AlreadySo:
    text = described.lower()
    if _ALREADY_SO in text:
        return AlreadySo()
    return Lost(described) if any(sign in text for sign in _GONE) else Refused(described)


def _never_left(error: BaseException) -> bool:
    cause = error.__cause__
    return isinstance(cause, _BEFORE_SENDING)
