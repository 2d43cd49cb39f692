"""The processes: which parts of the house run in which command, and how they end.

Invariant: SIGTERM and SIGINT end a process in order: nothing new is taken, what is under way is finished, the rest is
handed back; and one part dying ends the process, so that whoever watches it starts it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any

import structlog

from bot.chat.commands import publish
from bot.wiring.house import House

_log = structlog.get_logger(__name__)


async def run_parts(stop: asyncio.Event, *parts: Coroutine[Any, Any, object], signals: bool = True) -> int:
    """Run parts until one ends or a signal comes; then stop the others. Gives the exit code."""
    loop = asyncio.get_running_loop()
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
        _log.error("part_died", error=type(error).__name__, detail=str(error))
    return 0 if told and not failed else 1


async def serve_chat(house: House, stop: asyncio.Event) -> None:
    """Answer updates that somebody else writes into the inbox."""
    await house.drain.run(stop)


async def poll_and_answer(house: House, stop: asyncio.Event) -> None:
    """Fetch updates by polling and answer them, in one process."""
    await publish(house.bot, house.mind.library)
    async with asyncio.TaskGroup() as group:
        group.create_task(house.drain.run(stop))
        group.create_task(house.poller.run(stop))


async def work(house: House, stop: asyncio.Event) -> None:
    """Plan and deliver until told to stop."""
    running = asyncio.create_task(house.worker.run())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    house.worker.stop()
    stopping.cancel()
    if await running:
        raise RuntimeError("the ticks died")


def everything(house: House, stop: asyncio.Event) -> list[Coroutine[Any, Any, object]]:
    """All parts in one process: `run` and the demo."""
    return [poll_and_answer(house, stop)]


def quiet_logs() -> None:
    """Only warnings, for a terminal somebody reads."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
