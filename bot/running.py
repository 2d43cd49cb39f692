"""The processes: which parts of the house run in which command, and how they end.

Invariant: SIGTERM and SIGINT end a process in order: nothing new is taken, what is under way is finished, the rest is
handed back; and one part dying ends the process, so that whoever watches it starts it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import structlog

from bot.care.gathering import Gathering
from bot.chat.commands import publish
from bot.chat.webhook_setting import point_webhook
from bot.clock import SystemClock
from bot.logs import configure_logs
from bot.memory import give_back_memory, keep_memory_whole
from bot.records.reaching import reached
from bot.settings import Settings, SettingsError
from bot.web.app import Site, webhook_address, webhook_path
from bot.web.serving import serving
from bot.web.webhook import Webhook
from bot.wiring.house import House, migrate, open_house

_log = structlog.get_logger(__name__)


Parts: TypeAlias = Callable[[House, asyncio.Event], Sequence[Coroutine[Any, Any, object]]]


def run_all(settings: Settings) -> int:
    """`run`: polling, answering and delivering in one process. Gives the exit code."""
    _prepare(settings)
    return _run(settings, lambda house, stop: (*everything(house, stop), show_health(house, stop)), migrating=True)


def run_worker(settings: Settings) -> int:
    """`worker`: reminders, check-ins, alerts and their delivery."""
    _prepare(settings)
    return _run(settings, lambda house, stop: (work(house, stop),))


def run_web(settings: Settings) -> int:
    """`web`: the webhook, and answering what it brings. Raises SettingsError without WEBHOOK_URL."""
    _prepare(settings)
    if settings.webhook_url is None or settings.webhook_secret is None:
        raise SettingsError(["WEBHOOK_URL and WEBHOOK_SECRET must be set for `web`; use `run` for polling"])
    address, secret = settings.webhook_url, settings.webhook_secret.get_secret_value()
    return _run(settings, lambda house, stop: (receive_and_answer(house, address, secret, stop),))


def run_migrate(settings: Settings) -> int:
    """`migrate`: bring the schema up to date."""
    _prepare(settings)
    return _run(settings, None, migrating=True)


def _run(settings: Settings, parts: Parts | None, *, migrating: bool = False) -> int:
    """Every process: once the database is there, its schema if asked for, then its parts. Gives the exit code."""

    async def process() -> int:
        if not await reached(settings.database_url):
            return 1
        if migrating:
            await migrate(settings)
        if parts is None:
            return 0
        async with open_house(settings, SystemClock()) as house:
            stop = asyncio.Event()
            return await run_parts(stop, *parts(house, stop))

    return asyncio.run(process())


def everything(house: House, stop: asyncio.Event) -> list[Coroutine[Any, Any, object]]:
    """All parts in one process: `run` and the demo."""
    return [poll_and_answer(house, stop), work(house, stop)]


async def run_parts(stop: asyncio.Event, *parts: Coroutine[Any, Any, object], signals: bool = True) -> int:
    """Run parts until one ends or a signal comes; then stop the others. Gives the exit code."""
    loop = asyncio.get_running_loop()
    give_back_memory()
    if signals:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
    tasks = [asyncio.create_task(part) for part in parts]
    ended = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([*tasks, ended], return_when=asyncio.FIRST_COMPLETED)
        told = stop.is_set()
        stop.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        ended.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ended
        if signals:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
    failed = [result for result in results if isinstance(result, BaseException)]
    for error in failed:
        _log.error("part_died", error=type(error).__name__, exc_info=error)
    return 0 if told and not failed else 1


async def poll_and_answer(house: House, stop: asyncio.Event) -> None:
    """Fetch updates by polling and answer them, in one process."""
    publishing = asyncio.create_task(publish(house.bot, house.mind.library))  # nobody waits for a menu
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(house.drain.run(stop))
            group.create_task(house.poller.run(stop))
    finally:
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)


def site_of(house: House) -> Site:
    """Health and figures of this process."""
    token = house.settings.metrics_token
    return Site(
        house.health,
        house.metrics,
        house.database,
        house.clock,
        metrics_token=token.get_secret_value() if token is not None else None,
    )


async def show_health(house: House, stop: asyncio.Event) -> None:
    """Health and figures for this machine only, where there is no web process. A taken port costs only them."""
    try:
        async with serving(site_of(house).app(), "127.0.0.1", house.settings.port):
            await stop.wait()
    except OSError as error:
        _log.warning("health_not_shown", port=house.settings.port, error=type(error).__name__)
        await stop.wait()


async def receive_and_answer(house: House, address: str, secret: str, stop: asyncio.Event) -> None:
    """Take updates by webhook and answer them; health and figures beside."""

    webhook = Webhook(Gathering(house.receiving).take, secret, house.metrics)
    site = replace(site_of(house), webhook=webhook, webhook_path=webhook_path(address))
    async with serving(site.app(), port=house.settings.port):
        setting = asyncio.create_task(_introduce(house, webhook_address(address), secret))
        try:
            await house.drain.run(stop)
        finally:
            setting.cancel()
            await asyncio.gather(setting, return_exceptions=True)


async def _introduce(house: House, address: str, secret: str) -> None:
    await point_webhook(house.bot, address, secret)
    await publish(house.bot, house.mind.library)


async def work(house: House, stop: asyncio.Event) -> None:
    """Plan and deliver until told to stop. Raises RuntimeError when the ticks died."""
    running = asyncio.create_task(house.worker.run())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    house.worker.stop()
    stopping.cancel()
    if await running:
        raise RuntimeError("the ticks died")


def _prepare(settings: Settings) -> None:
    keep_memory_whole()
    if settings.disk_problem is not None:
        raise SettingsError([settings.disk_problem])
    hidden = [
        settings.telegram_bot_token,
        settings.webhook_secret,
        settings.metrics_token,
        *settings.encryption_keys,
    ]
    configure_logs(
        settings.log_format,
        settings.log_level,
        secrets=tuple(one.get_secret_value() for one in hidden if one is not None),
    )
