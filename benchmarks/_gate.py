"""A door in front of a server that can be shut: what is behind it is then gone, as a bot sees it.

Invariant: the port stays ours while the door is shut, so nobody else can answer there, and connecting is refused by the
operating system itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self, TypeAlias

from sqlalchemy import make_url

#: A unix socket's path, or host and port.
Target: TypeAlias = "str | tuple[str, int]"


def behind(url: str) -> Target:
    """Where the server of this URL listens: http://host:port, or a PostgreSQL with its socket's folder as `host`."""
    parsed = make_url(url)
    folder = parsed.query.get("host")
    if isinstance(folder, str):
        return f"{folder}/.s.PGSQL.{parsed.port or 5432}"
    return str(parsed.host), int(parsed.port or 80)


def through(url: str, port: int) -> str:
    """The same URL through a gate at `port`."""
    parsed = make_url(url).difference_update_query(["host"]).set(host="127.0.0.1", port=port)
    return parsed.render_as_string(hide_password=False)


class Gate:
    """Open at first. Use it as `async with Gate(target) as gate`, and its methods on that event loop."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._held = _bound(0)
        self.port = int(self._held.getsockname()[1])
        self._server: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._held.close()

    async def open(self) -> None:
        """Everything goes through, also what was held back by hush()."""
        self._flowing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, sock=_bound(self.port))

    def shut(self) -> None:
        """Every connection is torn off and new ones are refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in self._ends:
            end.transport.abort()

    def hush(self) -> None:
        """Nothing goes through any more and nobody is told, as when a cable is pulled."""
        self._flowing.clear()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._join(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        beyond: asyncio.StreamWriter | None = None
        try:
            await self._flowing.wait()
            if isinstance(self._target, str):
                answers, beyond = await asyncio.open_unix_connection(self._target)
            else:
                answers, beyond = await asyncio.open_connection(*self._target)
            self._ends.add(beyond)
            ways = [
                asyncio.ensure_future(self._carry(reader, beyond)),
                asyncio.ensure_future(self._carry(answers, writer)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            return
        finally:
            for end in (writer, beyond):
                if end is not None:
                    self._ends.discard(end)
                    end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while found := await reader.read(65536):
            await self._flowing.wait()
            writer.write(found)
            await writer.drain()


def _bound(port: int) -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", port))
    return found


class GateBeside:
    """A gate in a thread of its own, for whoever has no event loop."""

    def __init__(self, gate: Gate, loop: asyncio.AbstractEventLoop) -> None:
        self._gate, self._loop = gate, loop
        self.port = gate.port

    def open(self) -> None:
        asyncio.run_coroutine_threadsafe(self._gate.open(), self._loop).result(10)

    def shut(self) -> None:
        self._loop.call_soon_threadsafe(self._gate.shut)

    def hush(self) -> None:
        self._loop.call_soon_threadsafe(self._gate.hush)


@contextlib.contextmanager
def gate_beside(target: Target) -> Iterator[GateBeside]:
    """A gate until the block ends."""
    started: list[tuple[Gate, asyncio.AbstractEventLoop, asyncio.Event]] = []
    ready = threading.Event()

    async def keep() -> None:
        async with Gate(target) as gate:
            ended = asyncio.Event()
            started.append((gate, asyncio.get_running_loop(), ended))
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(keep()), daemon=True)
    thread.start()
    ready.wait(10)
    gate, loop, ended = started[0]
    try:
        yield GateBeside(gate, loop)
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
