"""`b12bot demo`: a Telegram on this machine, with the bot in it.

Invariant: the bot runs as it would anywhere; it only gets another server's address, a made-up token, and a clock that
can be pushed forward. Nothing is kept after the end.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

from bot.clock import TravelClock
from bot.delivery.worker import Pace
from bot.logs import configure_logs
from bot.running import everything, run_parts
from bot.sandbox.server import create_app, serve
from bot.settings import read_settings
from bot.wiring.house import migrate, open_house
from bot.wiring.mind import build_mind

TOKEN = "4815162342:demo-token-that-opens-nothing"  # noqa: S105 - opens only the sandbox
CARE_CHAT = -1001000
PACE = Pace(plan=0.5, dispatch=0.25)
"""Who pushes the clock forward does not want to wait for the reminder."""


def run_demo(port: int, ready: Callable[[str], None]) -> int:
    """Serve the chat page on 127.0.0.1 until interrupted. `ready` is called with its address. Gives the exit code."""
    configure_logs("console", "ERROR")
    return asyncio.run(_demo(port, ready))


async def _demo(port: int, ready: Callable[[str], None]) -> int:
    clock = TravelClock()
    app = create_app(clock=clock, token=TOKEN, care_chat_id=CARE_CHAT)
    with tempfile.TemporaryDirectory(prefix="b12bot-demo-") as folder:
        async with serve(app, "127.0.0.1", port) as url:
            settings = read_settings(
                _env_file=None,
                telegram_bot_token=TOKEN,
                telegram_api_url=url,
                database_url=f"sqlite:///{Path(folder) / 'demo.db'}",
                care_team_chat_id=CARE_CHAT,
                clinic_name="Demo Clinic",
                clinic_phone="0123 456 789",
                default_timezone="Europe/London",
                webhook_url=None,
            )
            await migrate(settings)
            async with open_house(settings, clock, build_mind(settings, clock), pace=PACE) as house:
                stop = asyncio.Event()
                parts = everything(house, stop)
                ready(url)
                return await run_parts(stop, *parts)
