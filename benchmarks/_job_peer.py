"""A peer for the burst, as a process of its own: `python -m benchmarks._job_peer KIND STORE_URL BASE_URL COUNT`.

KIND "memory" is python-telegram-bot's JobQueue as its examples use it, "patient" the same told never to drop a late
job; "store" is APScheduler with a SQLAlchemyJobStore, told the same. All keep one job for each person. Prints how
late the event loop was, once every job has run or nothing came for ten seconds, or a minute is over.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import warnings
from datetime import UTC, datetime, timedelta

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from telegram import Bot
from telegram.ext import Application, ContextTypes

from benchmarks.lag import LagMeter
from bot.clock import monotonic

#: Seconds a peer is given once it has begun to send.
PATIENCE = 60.0
_sent = 0
_bot: list[Bot] = []


async def remind(chat_id: int) -> None:
    """What the stored job calls; it must be importable, so the bot is a global of this module."""
    global _sent  # noqa: PLW0603
    await _bot[0].send_message(chat_id, "It is time for your B12 injection today.")
    _sent += 1


async def _callback(context: ContextTypes.DEFAULT_TYPE) -> None:
    assert context.job is not None
    assert context.job.chat_id is not None
    await remind(context.job.chat_id)


async def _until_quiet(count: int) -> None:
    seen, idle, since = _sent, 0, monotonic()
    # idle is counted in looks, not in seconds: a loop that is blocked is not idle
    while _sent < count and idle < 40 and monotonic() - since < PATIENCE:
        await asyncio.sleep(0.25)
        since = since if _sent else monotonic()
        seen, idle = _sent, idle + 1 if _sent == seen else 0


async def _say_and_go(lag: LagMeter) -> None:
    """Leave at once: an orderly end with thousands of sends under way takes minutes."""
    print(json.dumps(await lag.stop()), flush=True)
    os._exit(0)


async def memory(base_url: str, count: int, patient: bool) -> None:
    base, token = base_url.rsplit("/bot", 1)
    application = (
        Application.builder().token(token).base_url(base + "/bot").connect_timeout(30).pool_timeout(120).build()
    )
    async with application:
        _bot.append(application.bot)
        queue = application.job_queue
        assert queue is not None
        due = datetime.now(UTC) + timedelta(seconds=3 + count / 2500)
        grace = {"misfire_grace_time": None} if patient else {}
        for chat_id in range(1, count + 1):
            queue.run_once(_callback, due, chat_id=chat_id, job_kwargs=grace)
        lag = LagMeter()
        await queue.start()
        lag.start()
        await asyncio.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))
        await _until_quiet(count)
        await _say_and_go(lag)


async def store(url: str, base_url: str, count: int) -> None:
    base, token = base_url.rsplit("/bot", 1)
    application = (
        Application.builder().token(token).base_url(base + "/bot").connect_timeout(30).pool_timeout(120).build()
    )
    async with application:
        _bot.append(application.bot)
        jobs = SQLAlchemyJobStore(url)
        scheduler = AsyncIOScheduler(
            jobstores={"default": jobs, "unused": MemoryJobStore()},
            timezone=UTC,
            job_defaults={"misfire_grace_time": None},
        )
        scheduler.start(paused=True)
        due = datetime.now(UTC) + timedelta(seconds=1)
        for chat_id in range(1, count + 1):
            scheduler.add_job(remind, "date", run_date=due, args=[chat_id])
        lag = LagMeter()
        lag.start()
        await asyncio.sleep(0.1)
        scheduler.resume()
        await _until_quiet(count)
        await _say_and_go(lag)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    kind, store_url, base, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    if kind == "store":
        asyncio.run(store(store_url, base, count))
    else:
        asyncio.run(memory(base, count, patient=kind == "patient"))
