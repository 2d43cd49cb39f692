"""A Bot API that takes every message after a set time and remembers which; a process of its own, as small as can be.

`python -m benchmarks.stub_api LATENCY` prints its port. `GET /report` tells what came: how often for each chat, when
first and last.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import TypedDict

from benchmarks._http import Requests

_CHAT = re.compile(rb"chat_id=(-?\d+)")
_ANSWER = (
    b'{"ok":true,"result":{"message_id":%d,"date":1700000000,"chat":{"id":%s,"type":"private"},"text":"It is time"}}'
)


class Report(TypedDict):
    """What a stub has seen; moments by its own monotonic clock, in seconds."""

    calls: int
    first: float
    last: float
    chats: dict[str, int]


class Stub:
    """A running stub process."""

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}/bot1:x"

    def report(self) -> Report:
        with urllib.request.urlopen(self.base_url.replace("/bot1:x", "/report"), timeout=10) as answer:
            report: Report = json.load(answer)
        return report


@contextlib.contextmanager
def stub_api(latency: float = 0.0) -> Iterator[Stub]:
    """A stub that answers after `latency` seconds, until the block ends."""
    command = [sys.executable, "-m", "benchmarks.stub_api", str(latency)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Stub(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


class _Books:
    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.chats: Counter[bytes] = Counter()
        self.first = self.last = 0.0

    def take(self, body: bytes) -> bytes:
        self.last = time.monotonic()
        self.first = self.first or self.last
        found = _CHAT.search(body)
        chat = found.group(1) if found else b"0"
        self.chats[chat] += 1
        return _ANSWER % (self.chats[chat], chat)

    def report(self) -> bytes:
        calls = sum(self.chats.values())
        chats = {chat.decode(): count for chat, count in self.chats.items()}
        return json.dumps(Report(calls=calls, first=self.first, last=self.last, chats=chats)).encode()


class _Connection(Requests):
    def __init__(self, books: _Books) -> None:
        super().__init__()
        self._books = books

    def answer(self, path: bytes, body: bytes) -> None:
        if path.startswith(b"/report"):
            self.send(self._books.report())
        elif b"/getme" in path:
            bot = {"id": 1, "is_bot": True, "first_name": "B", "username": "b_bot"}
            self.send(json.dumps({"ok": True, "result": bot}).encode())
        else:
            answer = self._books.take(body)
            if self._books.latency:
                asyncio.get_running_loop().call_later(self._books.latency, self.send, answer)
            else:
                self.send(answer)


async def _serve(latency: float) -> None:
    books = _Books(latency)
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(books), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
