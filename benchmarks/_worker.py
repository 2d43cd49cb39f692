"""A worker as a process of its own: `python -m benchmarks._worker DATABASE_URL BASE_URL RATE WIDTH LEASE`.

Says "ready" when it works; on SIGTERM ends in order and prints how late its event loop was.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys

from benchmarks.lag import LagMeter
from bot.clock import SystemClock
from bot.delivery.bot_api import BotApi
from bot.delivery.planning import Agenda, Slot
from bot.delivery.request import AiohttpRequest
from bot.delivery.worker import Pace, Worker
from bot.records.database import Database
from bot.records.plans import DuePlan


def no_agenda(_plan: DuePlan) -> Agenda[Slot]:
    raise NotImplementedError("there are no plans here")


async def main(database_url: str, base_url: str, rate: float, width: int, lease: float) -> int:
    request = AiohttpRequest(read_timeout=lease / 2, connect_timeout=lease / 10)
    lag = LagMeter()
    async with Database(database_url) as database:
        transport = BotApi(request, base_url)
        pace = Pace(rate=rate, width=width, lease=lease, reap=2.0, dispatch=0.2)
        worker = Worker(database, SystemClock(), transport, no_agenda, pace=pace)
        running = asyncio.create_task(worker.run(signals=True))
        print("ready", flush=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(running), 1)  # starting is not what is measured
        lag.start()
        code = await running
        print(json.dumps(await lag.stop()), flush=True)
    await request.shutdown()
    return code


if __name__ == "__main__":
    raise SystemExit(
        asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])))
    )
