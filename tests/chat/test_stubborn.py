"""Answers get through short troubles, and are doubled only where nobody can know."""

from __future__ import annotations

import pytest
from telegram.error import NetworkError, RetryAfter, TimedOut

from bot.clock import FixedClock
from bot.records.database import Database
from tests.chat.telegram_making import way_in


@pytest.mark.parametrize(
    ("kind", "times", "said"),
    [("429", 1, 1), ("drop", 2, 1), ("502", 2, 1), ("deliver_then_drop", 1, 2), ("deliver_then_502", 2, 3)],
)
async def test_short_trouble(sqlite_database: Database, clock: FixedClock, kind: str, times: int, said: int) -> None:
    async with way_in(sqlite_database, clock, patience=20) as way:
        way.say(7, "hi")
        way.fault(kind, method="sendMessage", times=times)
        await way.bot.send_message(7, "answer")
    assert way.heard(7) == ["answer"] * said


@pytest.mark.parametrize(
    ("kind", "error", "calls"), [("drop", NetworkError, 3), ("hang", TimedOut, 3), ("429", RetryAfter, 1)]
)
async def test_long_trouble_is_reported(
    sqlite_database: Database, clock: FixedClock, kind: str, error: type[Exception], calls: int
) -> None:
    async with way_in(sqlite_database, clock, patience=5, read_timeout=0.2) as way:
        way.say(7, "hi")
        way.fault(kind, method="sendMessage", times=None, retry_after=100)
        with pytest.raises(error):
            await way.bot.send_message(7, "answer")
        assert sum(call.method.lower() == "sendmessage" for call in way.sandbox.transcript.calls) == calls


async def test_a_server_that_is_gone_is_waited_for(sqlite_database: Database, clock: FixedClock) -> None:
    async with way_in(sqlite_database, clock, patience=1) as way:
        way.bot._base_url = "http://127.0.0.1:9/bot" + way.bot.token
        with pytest.raises(NetworkError):
            await way.bot.send_message(7, "answer")
