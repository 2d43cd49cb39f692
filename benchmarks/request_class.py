"""Sends a second and CPU a send of our HTTP class beside python-telegram-bot's own, through its Bot.send_message."""

from __future__ import annotations

import asyncio
import time
import warnings

from telegram import Bot
from telegram.request import BaseRequest, HTTPXRequest

from benchmarks.rows import Row, less_is_better, more_is_better
from benchmarks.stub_api import stub_api
from bot.delivery.request import AiohttpRequest

#: seconds of network latency, sends at a time, messages for the peer and for us
_CASES = ((0.0, 8, 2000, 8000), (0.0, 64, 1500, 10_000), (0.05, 64, 800, 6000))


def run(quick: bool) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for latency, width, for_peer, for_us in _CASES:
        few = 4 if quick else 1
        name = f"send, {width} at a time" + (f", {latency * 1000:.0f} ms away" if latency else "")
        with stub_api(latency) as stub, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # ours before and after the peer, so that a busy moment of the machine does not fall on one of them
            first = asyncio.run(_measure(AiohttpRequest(), stub.base_url, width, for_us // few // 2))
            peer = asyncio.run(_measure(HTTPXRequest(), stub.base_url, width, for_peer // few))
            second = asyncio.run(_measure(AiohttpRequest(), stub.base_url, width, for_us // few // 2))
        rate, cost = (first[0] + second[0]) / 2, (first[1] + second[1]) / 2
        rows[name] = more_is_better(rate, peer[0], "messages/s")
        rows[name + ": CPU"] = less_is_better(cost, peer[1], "ms/message")
    return rows


async def _measure(request: BaseRequest, base_url: str, width: int, messages: int) -> tuple[float, float]:
    """Messages a second, and milliseconds of CPU for each."""
    base, token = base_url.rsplit("/bot", 1)
    bot = Bot(token, base_url=base + "/bot", request=request, get_updates_request=AiohttpRequest())
    await request.initialize()

    async def send(times: int) -> None:
        for number in range(times):
            await bot.send_message(number + 1, "It is time for your B12 injection today.")

    await asyncio.gather(*(send(2) for _ in range(width)))
    began, busy = time.perf_counter(), time.process_time()
    await asyncio.gather(*(send(messages // width) for _ in range(width)))
    took, cpu = time.perf_counter() - began, time.process_time() - busy
    await request.shutdown()
    done = messages // width * width
    return done / took, cpu / done * 1000
