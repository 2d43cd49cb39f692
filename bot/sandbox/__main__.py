"""`python -m bot.sandbox`: the sandbox as a process of its own, for tests with real bot processes and for benches."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from bot.clock import TravelClock
from bot.sandbox.server import create_app, serve


async def _run(arguments: argparse.Namespace) -> None:
    app = create_app(
        clock=TravelClock(), token=arguments.token, limits=arguments.limits, care_chat_id=arguments.care_chat_id
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serve(app, arguments.host, arguments.port) as url:
        sys.stdout.write(f"Sandbox: {url}\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Serve until told to stop; prints `Sandbox: <base URL>` when it listens."""
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description="A Telegram on your own machine.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", default="123456:SANDBOX", help="the bot's token")
    parser.add_argument("--care-chat-id", type=int, default=None, help="the care team's chat")
    parser.add_argument("--limits", action="store_true", help="keep Telegram's flood limits")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
