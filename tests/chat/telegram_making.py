"""A sandbox, a bot that talks to it, and the pieces of the way in put together around handlers of the test's own."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from telegram import Update
from telegram.ext import ApplicationBuilder, ContextTypes, ExtBot, TypeHandler

from bot.care.reader import Clinic, Readers
from bot.care.receiving import Receiving
from bot.care.screening import SafeScreen
from bot.chat.context import Context
from bot.chat.drain import Drain
from bot.chat.failures import Failures
from bot.chat.handling import Handling
from bot.chat.intake import Poller
from bot.chat.last_resort import LastResort
from bot.chat.limits import Limits
from bot.chat.services import Feature
from bot.chat.stubborn import StubbornRequest
from bot.chat.visit import Visitors
from bot.clock import Clock, TravelClock
from bot.delivery.request import AiohttpRequest
from bot.knowledge.content import Library
from bot.knowledge.loading import load_library
from bot.metrics import Metrics
from bot.records.database import Database
from bot.sandbox.faults import read_fault
from bot.sandbox.people import People
from bot.sandbox.server import create_app, serve
from bot.sandbox.state import Sandbox
from bot.settings import CONTENT_DIR
from tests.chat.inboxing import KeywordScreen

TOKEN = "123456:SANDBOX-token"
Callback = Callable[[Update, Context], Coroutine[Any, Any, None]]


@functools.cache
def library() -> Library:
    """The shipped content, loaded once."""
    return load_library(CONTENT_DIR, CONTENT_DIR, "en")


async def echo(update: Update, context: Context) -> None:
    if update.effective_message is not None and update.effective_chat is not None:
        await context.bot.send_message(update.effective_chat.id, f"You said {update.effective_message.text}")


@dataclass
class WayIn:
    """Everything between Telegram and a handler."""

    sandbox: Sandbox
    people: People
    bot: ExtBot[None]
    handling: Handling
    receiving: Receiving
    drain: Drain
    metrics: Metrics
    database: Database
    clock: Clock

    def say(self, chat_id: int, text: str) -> None:
        self.people.say(chat_id, {"text": text})

    def fault(self, kind: str, **more: Any) -> None:
        self.sandbox.faults.script.append(read_fault({"kind": kind, **more}))

    def heard(self, chat_id: int) -> list[str]:
        """What the bot has said in a chat."""
        chat = self.sandbox.world.chats.get(chat_id)
        shown = [message.shown() for message in chat.messages.values()] if chat else []
        return [message.get("text", "") for message in shown if message["from"]["is_bot"]]

    async def until(self, happened: Callable[[], bool], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not happened():  # noqa: ASYNC110 - there is nothing to wait on
                await asyncio.sleep(0.005)

    def poller(self) -> Poller:
        return Poller(self.bot, self.receiving, self.metrics, timeout_seconds=1)

    @asynccontextmanager
    async def running(self, *, polling: bool = True) -> AsyncIterator[None]:
        """The drain, and a poller, at work."""
        stop = asyncio.Event()
        tasks = [asyncio.create_task(self.drain.run(stop))]
        if polling:
            tasks.append(asyncio.create_task(self.poller().run(stop)))
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)


@asynccontextmanager
async def way_in(
    database: Database,
    clock: Clock,
    callback: Callback = echo,
    *,
    features: Sequence[Feature] = (),
    patience: float = 0.5,
    read_timeout: float = 5.0,
) -> AsyncIterator[WayIn]:
    """A sandbox and a bot that has the handlers of `features`, and `callback` for what they leave."""
    app = create_app(clock=TravelClock(clock.now()), token=TOKEN)
    async with serve(app) as url:
        request = StubbornRequest(AiohttpRequest(read_timeout=read_timeout), patience)
        bot: ExtBot[None] = ExtBot(TOKEN, base_url=f"{url}/bot", request=request, get_updates_request=AiohttpRequest())
        failures, metrics = Failures(), Metrics()
        application = (
            ApplicationBuilder().bot(bot).updater(None).job_queue(None)
            .context_types(ContextTypes(context=Context)).build()
        )  # fmt: skip
        screen = SafeScreen(KeywordScreen())
        readers = Readers(library(), Clinic("the clinic"))
        visitors = Visitors(database, readers, clock)

        async def visit(update: Update, context: Context) -> None:
            context.visit = await visitors.visit(update)

        if features:
            application.add_handler(TypeHandler(Update, visit), group=-1)
        for feature in features:
            application.add_handlers(feature(None))  # type: ignore[arg-type]
        application.add_handler(TypeHandler(Update, callback))
        application.add_error_handler(failures.note)
        last = LastResort(bot, readers, visitors, screen, metrics)
        handling = Handling(application, failures, Limits(), last, screen, visitors, database, clock, metrics)
        drain = Drain(database, handling, clock, metrics)
        receiving = Receiving(database, screen, clock, metrics, last.card_without_records)
        receiving.wakes(drain.wake)
        async with application:
            sandbox = app.state.sandbox
            yield WayIn(sandbox, People(sandbox), bot, handling, receiving, drain, metrics, database, clock)
