"""A sandbox over real HTTP, and a bench of one worker's parts on a database and a clock the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.clock import FixedClock, TravelClock
from bot.delivery.bot_api import BotApi, Transport
from bot.delivery.claim import Claimer
from bot.delivery.request import AiohttpRequest
from bot.delivery.sending import Sender
from bot.records import outbox
from bot.records.database import Database
from bot.records.outbox import Delivery, NewDelivery, State
from bot.sandbox.faults import read_fault
from bot.sandbox.server import create_app, serve
from bot.sandbox.state import Sandbox

TOKEN = "123456:SANDBOX-token"


@dataclass
class Telegram:
    """A running sandbox and a request to talk to it with."""

    sandbox: Sandbox
    base_url: str
    request: AiohttpRequest

    def know(self, *chat_ids: int) -> None:
        for chat_id in chat_ids:
            self.sandbox.world.open(chat_id)

    def fault(self, kind: str, **more: Any) -> None:
        self.sandbox.faults.script.append(read_fault({"kind": kind, **more}))

    def texts(self, chat_id: int) -> list[str]:
        """What the bot has said in a chat, whether or not it was told so."""
        chat = self.sandbox.world.chats.get(chat_id)
        return [message.shown()["text"] for message in chat.messages.values()] if chat else []

    def calls(self) -> int:
        """Calls that were answered."""
        return sum(self.sandbox.transcript.totals.values())

    def begun(self) -> int:
        """Calls that came in, answered or not."""
        calls = self.sandbox.transcript.calls
        return calls[-1].seq if calls else 0


async def until(happened: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that nobody announces. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110 - there is nothing to wait on
            await asyncio.sleep(0.005)


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    app = create_app(clock=TravelClock(datetime(2026, 5, 4, 8, tzinfo=UTC)), token=TOKEN)
    async with serve(app) as url:
        request = AiohttpRequest()
        yield Telegram(app.state.sandbox, f"{url}/bot{TOKEN}", request)
        await request.shutdown()


@dataclass
class Desk:
    """One worker's sending, step by step."""

    database: Database
    clock: FixedClock
    transport: Transport

    def sender(self, *, rate: float = 10_000, width: int = 48, lease_seconds: float = 90.0) -> Sender:
        claimer = Claimer(self.database, self.clock, rate, lease_seconds)
        return Sender(self.database, self.clock, self.transport, claimer, width=width)

    async def owe(self, *deliveries: NewDelivery) -> None:
        async with self.database.write() as connection:
            await outbox.add(connection, deliveries, self.clock.now())

    async def row(self, key: str) -> Delivery:
        async with self.database.read() as connection:
            row = await outbox.by_key(connection, key)
        assert row is not None
        return row

    async def states(self) -> dict[State, int]:
        async with self.database.read() as connection:
            return dict(await outbox.count_by_state(connection))


@pytest.fixture
def desk(database: Database, clock: FixedClock, telegram: Telegram) -> Desk:
    return Desk(database, clock, BotApi(telegram.request, telegram.base_url))
