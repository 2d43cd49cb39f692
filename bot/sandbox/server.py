"""The sandbox as one web application, and serving it.

Invariant: one application is one world with one bot; two of them share nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.routing import Route

from bot.clock import TravelClock
from bot.sandbox.bot_api import BotApi, BotFiles
from bot.sandbox.connection import listening
from bot.sandbox.door import Door
from bot.sandbox.pages import page_routes
from bot.sandbox.state import Sandbox


def create_app(*, clock: TravelClock, token: str, limits: bool = False, care_chat_id: int | None = None) -> Starlette:
    """A make-believe Telegram with one bot, whose token is `token`.

    `clock` dates the messages and is moved by `POST /sandbox/clock`; `limits` keeps Telegram's flood limits;
    `care_chat_id` is the care team's chat, open from the start. The state is `app.state.sandbox`, to be touched from
    the server's event loop only.
    """
    sandbox = Sandbox(clock, token, limits=limits, care_chat_id=care_chat_id)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await sandbox.close()

    routes = [
        Route("/bot{token:str}/{method:str}", BotApi(sandbox)),
        Route("/file/bot{token:str}/{path:path}", BotFiles(sandbox)),
        *Door(sandbox).routes(),
        *page_routes(),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.sandbox = sandbox
    return app


@contextlib.asynccontextmanager
async def serve(app: Starlette, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve the application on the running event loop until the block ends. Yields the base URL.

    Port 0 takes a free one. Raises OSError when the port is taken.
    """
    async with listening(app, host, port) as (url, _):
        try:
            yield url
        finally:
            app.state.sandbox.end_waiting()
