"""Serving the web application with uvicorn, inside a larger program.

Invariant: whoever serves also stops: no signal handler of the program is touched, and what is being answered is
answered before the server is gone. A request line, which may hold anything, is never logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

_GRACE_SECONDS: Final = 5


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, host: str = "0.0.0.0", port: int = 8080) -> AsyncIterator[int]:  # noqa: S104
    """Serve until the block ends; gives the port, a free one for 0. Raises OSError when the port is taken.

    By default on every address: a host's router reaches the process from outside.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=2048)
    # asyncio does this only for sockets that name their protocol; without it each answer waits 40 ms for an ACK
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        app, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False, date_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS, timeout_keep_alive=75, limit_concurrency=1000,
        h11_max_incomplete_event_size=65_536,
    )  # fmt: skip
    server = _Server(config)
    work = asyncio.create_task(server.serve(sockets=[listener]), name="web-server")
    ready = asyncio.create_task(server.listening.wait())
    try:
        await asyncio.wait({work, ready}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            await work
        yield int(listener.getsockname()[1])
    finally:
        ready.cancel()
        server.should_exit = True
        await work
        listener.close()
