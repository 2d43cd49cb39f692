"""Every service of a running bot, opened and closed together.

Invariant: nothing is built at import; every resource that must be closed is entered on one AsyncExitStack.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from telegram.ext import ExtBot

from bot.care.health import Health
from bot.care.learning import Learning
from bot.care.planning.reminding import agendas
from bot.care.receiving import Receiving
from bot.chat.application import build as build_application
from bot.chat.drain import Drain
from bot.chat.failures import Failures
from bot.chat.handling import Handling
from bot.chat.intake import Poller
from bot.chat.last_resort import LastResort
from bot.chat.limits import Limits
from bot.chat.our_bot import OurBot
from bot.chat.rendering import payloads
from bot.chat.services import Services
from bot.chat.stubborn import StubbornRequest
from bot.chat.visit import Visitors
from bot.clock import Clock
from bot.delivery.bot_api import BotApi
from bot.delivery.request import AiohttpRequest
from bot.delivery.worker import Pace, Worker
from bot.metrics import Metrics
from bot.records.database import Database
from bot.records.standing import is_current
from bot.settings import Settings
from bot.wiring.caring import Caring, build_caring
from bot.wiring.keeping import build_upkeep
from bot.wiring.mind import Mind, build_mind
from bot.wiring.planning import build_plans

PAID_RATE: Final = 1000.0
"""Messages a second that Telegram takes from a bot that pays for broadcasts."""


@dataclass(frozen=True)
class House:
    """Everything a running process may need; which parts run is up to the command."""

    settings: Settings
    clock: Clock
    mind: Mind
    database: Database
    bot: ExtBot[None]
    metrics: Metrics
    services: Services
    receiving: Receiving
    poller: Poller
    drain: Drain
    caring: Caring
    worker: Worker
    health: Health


@asynccontextmanager
async def open_house(
    settings: Settings, clock: Clock, mind: Mind | None = None, *, pace: Pace | None = None
) -> AsyncIterator[House]:
    """Open the database and the bot, and build every service on them; all is closed again at the end.

    `pace` is the worker's, in place of the settings'. The schema must be up to date (see `migrate`). Raises
    SettingsError when there is no token.
    """
    async with AsyncExitStack() as stack:
        mind = mind or build_mind(settings, clock)
        keys = [key.get_secret_value() for key in settings.encryption_keys]
        database = await stack.enter_async_context(Database(settings.database_url, keys=keys))
        bot: ExtBot[None] = OurBot(
            token=settings.token,
            base_url=f"{settings.telegram_api_url}/bot",
            base_file_url=f"{settings.telegram_api_url}/file/bot",
            request=StubbornRequest(AiohttpRequest()),
            get_updates_request=AiohttpRequest(connection_pool_size=4),
        )
        await stack.enter_async_context(bot)
        metrics = Metrics()
        visitors = Visitors(database, mind.readers, clock)
        caring = build_caring(settings, clock, database, mind.library, mind.readers)
        plans = build_plans(settings, clock, database, mind, caring.after_injection)
        upkeep = build_upkeep(settings, clock, database, caring.team)
        services = Services(
            settings=settings,
            clock=clock,
            database=database,
            library=mind.library,
            readers=mind.readers,
            visitors=visitors,
            screen=mind.screen,
            asking=mind.asking,
            answering=mind.answering,
            escalation=caring.escalations,
            learning=Learning(database, clock),
            card_of=lambda sign: mind.cards.get(sign, "other"),
            metrics=metrics,
            text_routes=plans.text_routes,
            features=(*caring.features, *plans.features, *upkeep.features),
            before_screen=(*upkeep.before_screen, *caring.before_screen),
            after_screen=caring.after_screen,
        )
        failures = Failures()
        telegram = build_application(bot, services, failures)
        await stack.enter_async_context(telegram)
        last_resort = LastResort(bot, mind.readers, visitors, mind.screen, metrics)
        unlimited = {settings.care_team_chat_id, settings.care_team_backup_chat_id} - {None}
        handling = Handling(
            telegram,
            failures,
            Limits(frozenset(chat for chat in unlimited if chat is not None)),
            last_resort,
            mind.screen,
            visitors,
            database,
            clock,
            metrics,
        )
        receiving = Receiving(database, mind.screen, clock, metrics, last_resort.card_without_records)
        drain = Drain(database, handling, clock, metrics)
        receiving.wakes(drain.wake)
        poller = Poller(bot, receiving, metrics)
        deliveries = AiohttpRequest()
        await deliveries.initialize()
        stack.push_async_callback(deliveries.shutdown)
        worker = Worker(
            database,
            clock,
            BotApi(deliveries, bot.base_url, paid=settings.paid_broadcast),
            agendas(mind.readers, payloads),
            pace=pace or pace_of(settings),
            more=(*caring.ticks, *upkeep.ticks),
        )
        health = Health(database, clock, caring.contacts)
        yield House(
            settings, clock, mind, database, bot, metrics, services, receiving, poller, drain, caring, worker, health
        )


def pace_of(settings: Settings) -> Pace:
    """How fast a worker may send: Telegram's free rate, or the paid one."""
    rate = max(settings.send_rate, PAID_RATE) if settings.paid_broadcast else settings.send_rate
    return Pace(rate=rate, spread=timedelta(minutes=settings.spread_minutes))


async def migrate(settings: Settings) -> None:
    """Bring the schema of the configured database up to date."""
    if not await is_current(settings.database_url):
        from bot.records.migrate import upgrade  # 10 MB of migration tools that a start seldom needs

        await upgrade(settings.database_url)
