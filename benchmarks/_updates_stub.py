"""A Bot API that hands out updates and times the replies; a process of its own, as small as can be.

`python -m benchmarks._updates_stub` reads its configuration (JSON: updates, rate, chats, texts, latency, port, file,
ahead, mark) from standard input and prints its port. Updates are numbered from 1; update n is a message of chat 1000 +
n % chats, or line n of `file`: the chat that must be answered (0 when none must), a tab, the update as JSON. With a
rate they are released one by one at that many a second; with `ahead` never more than so many before the oldest that
still must be answered; with neither all at once. `GET /report` tells how many replies came and when, and how long each
chat waited for the reply to its oldest unanswered message; `GET /progress` only how many.
`POST /carry` (addresses, secret, connections) makes it carry the updates to webhooks in turn instead of waiting for
polls, each until its answer is 200.
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
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import parse_qs, unquote_plus, urlsplit

from benchmarks._http import Requests

FIRST_CHAT = 1000


class Report(TypedDict):
    """`first` and `last` reply by the stub's clock; `waits` of each reply in seconds, in the order they came.

    `answered` counts updates, `replies` messages; `odd` are replies with something no patient should see; `marked` are
    the chats that were sent words that match `mark`.
    """

    replies: int
    answered: int
    first: float
    last: float
    waits: list[float]
    unanswered: list[int]
    chats: dict[str, int]
    odd: list[str]
    marked: list[int]


class UpdatesStub:
    """A running stub process."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def report(self) -> Report:
        with urllib.request.urlopen(self.url + "/report", timeout=30) as answer:
            report: Report = json.load(answer)
        return report

    def answered(self) -> int:
        """How many updates are answered by now; cheap enough to ask often."""
        with urllib.request.urlopen(self.url + "/progress", timeout=30) as answer:
            return int(json.load(answer)["answered"])

    def carry(self, addresses: Sequence[str], secret: str, connections: int = 40) -> None:
        """Bring the updates to these webhooks from now on."""
        body = json.dumps({"addresses": list(addresses), "secret": secret, "connections": connections}).encode()
        urllib.request.urlopen(urllib.request.Request(self.url + "/carry", body, method="POST"), timeout=30).close()

    def until_answered(self, updates: int, seconds: float) -> Report:
        """The report once so many updates are answered, or when the time is over."""
        ends = time.monotonic() + seconds
        while self.answered() < updates and time.monotonic() < ends:
            time.sleep(0.2)
        return self.report()


@contextlib.contextmanager
def updates_stub(
    updates: int,
    *,
    rate: float = 0.0,
    chats: int = 1000,
    texts: Sequence[str] = ("hello",),
    latency: float = 0.0,
    port: int = 0,
    file: str = "",
    ahead: int = 0,
    mark: str = "",
) -> Iterator[UpdatesStub]:
    """A stub that has `updates` to give, until the block ends."""
    config = {
        "updates": updates, "rate": rate, "chats": chats, "texts": list(texts), "latency": latency, "port": port,
        "file": file, "ahead": ahead, "mark": mark,
    }  # fmt: skip
    command = [sys.executable, "-m", "benchmarks._updates_stub"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin:
            process.stdin.write(json.dumps(config))
        yield UpdatesStub(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


_CHAT = re.compile(rb"(?:^|&)chat_id=(-?\d+)")
#: what no patient may ever be shown
_ODD = re.compile(rb"Traceback|Error%3A|Exception|0x[0-9a-f]{6}|%7B[a-z_]+%7D", re.I)
_SENT = (
    b'{"ok":true,"result":{"message_id":%d,"date":1700000000,"chat":{"id":%s,"type":"private"},"from":{"id":1,'
    b'"is_bot":true,"first_name":"B"},"text":"x"}}'
)
_ME = b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"B","username":"b_bot"}}'


def text_of(number: int, chats: int, texts: Sequence[str]) -> str:
    """What update `number` says: other words from chat to chat, and each time something else in the same chat."""
    return texts[(number // chats + 7 * number) % len(texts)]


class _Feed:
    def __init__(self, config: dict[str, Any]) -> None:
        self.updates, self.rate = int(config["updates"]), float(config["rate"])
        self.chats, self.texts, self.latency = int(config["chats"]), config["texts"], float(config["latency"])
        self.acknowledged = 0
        self.began: float | None = None
        self.open: dict[int, deque[tuple[int, float]]] = {}
        self.given = 0
        self.replies = self.answered = 0
        self.waits: list[float] = []
        self.first = self.last = 0.0
        self.counts: Counter[int] = Counter()
        self.odd: list[str] = []
        self.ahead, self.mark = int(config["ahead"]), config["mark"].encode()
        self.marked: set[int] = set()
        self.lines: list[tuple[int, str]] = []
        if config["file"]:
            with Path(config["file"]).open(encoding="utf-8") as file:
                split = (line.rstrip("\n").partition("\t") for line in file)
                self.lines = [(int(chat), update) for chat, _, update in split]
        self.musts = [number for number in range(1, self.updates + 1) if self._must(number)]

    def released(self) -> int:
        """How many updates there are by now."""
        now = time.monotonic()
        if self.began is None:
            self.began = now
        most = self.updates if not self.rate else min(self.updates, int((now - self.began) * self.rate))
        if self.ahead and self.answered < len(self.musts):
            most = min(most, self.musts[self.answered] + self.ahead)
        return most

    def _must(self, number: int) -> int:
        """The chat that must be answered to this update, 0 when none must."""
        return self.lines[number - 1][0] if self.lines else FIRST_CHAT + number % self.chats

    def take(self, offset: int) -> bytes:
        self.acknowledged = max(self.acknowledged, offset - 1)
        last = min(self.released(), self.acknowledged + 100)
        now = time.monotonic()
        self._open(last, now)
        found = ",".join(self._update(number) for number in range(self.acknowledged + 1, last + 1))
        return f'{{"ok":true,"result":[{found}]}}'.encode()

    def next(self) -> bytes | None:
        """One more update for a webhook; None when there is none now."""
        if self.given >= self.released():
            return None
        self._open(self.given + 1, time.monotonic())
        return self._update(self.given).encode()

    def _open(self, last: int, now: float) -> None:
        for number in range(self.given + 1, last + 1):
            at = now if not self.rate else (self.began or now) + number / self.rate
            if chat := self._must(number):
                self.open.setdefault(chat, deque()).append((number, at))
        self.given = max(self.given, last)

    def _update(self, number: int) -> str:
        if self.lines:
            return self.lines[number - 1][1]
        chat = FIRST_CHAT + number % self.chats
        who = f'{{"id":{chat},"is_bot":false,"first_name":"S","language_code":"en"}}'
        text = json.dumps(text_of(number, self.chats, self.texts))
        return (
            f'{{"update_id":{number},"message":{{"message_id":{number},"date":1700000000,"from":{who},'
            f'"chat":{{"id":{chat},"type":"private","first_name":"S"}},"text":{text}}}}}'
        )

    def answer(self, body: bytes) -> bytes:
        found = _CHAT.search(body)
        chat = int(found.group(1)) if found else 0
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.replies += 1
        self.counts[chat] += 1
        if _ODD.search(body):
            self.odd.append(unquote_plus(body.decode("utf-8", "replace"))[:500])
        if self.mark and re.search(self.mark, body):
            self.marked.add(chat)
        waiting = self.open.get(chat)
        if waiting:
            _, at = waiting.popleft()
            self.answered += 1
            self.waits.append(self.last - at)
        return _SENT % (self.replies, str(chat).encode())

    def report(self) -> bytes:
        unanswered = sorted(number for waiting in self.open.values() for number, _ in waiting)
        found = Report(
            replies=self.replies, answered=self.answered, first=self.first, last=self.last, waits=self.waits,
            unanswered=unanswered[:100], chats={str(chat): count for chat, count in self.counts.items()},
            odd=self.odd[:20], marked=sorted(self.marked),
        )  # fmt: skip
        return json.dumps(found).encode()


class _Connection(Requests):
    def __init__(self, feed: _Feed) -> None:
        super().__init__()
        self._feed = feed

    def answer(self, path: bytes, body: bytes) -> None:
        loop = asyncio.get_running_loop()
        method, _, query = path.rpartition(b"/")[2].partition(b"?")
        if method == b"report":
            self.send(self._feed.report())
        elif method == b"progress":
            self.send(b'{"answered":%d}' % self._feed.answered)
        elif method == b"carry":
            asked = json.loads(body)
            for number in range(asked["connections"]):
                address = asked["addresses"][number % len(asked["addresses"])]
                task = loop.create_task(_carry(self._feed, address, asked["secret"]))
                _CARRIERS.add(task)
            self.send(b"{}")
        elif method == b"getupdates":
            asked = parse_qs((query or body).decode())
            self._poll(int(asked.get("offset", ["0"])[0]), time.monotonic() + float(asked.get("timeout", ["0"])[0]))
        elif method in (b"sendmessage", b"editmessagetext"):
            if self._feed.latency:
                loop.call_later(self._feed.latency, lambda: self.send(self._feed.answer(body)))
            else:
                self.send(self._feed.answer(body))
        elif method == b"getme":
            self.send(_ME)
        else:
            self.send(b'{"ok":true,"result":true}')

    def _poll(self, offset: int, until: float) -> None:
        answer = self._feed.take(offset)
        if answer.endswith(b"[]}") and time.monotonic() < until:
            asyncio.get_running_loop().call_later(0.004, self._poll, offset, until)
            return
        self.send(answer)


_CARRIERS: set[asyncio.Task[None]] = set()


async def _carry(feed: _Feed, address: str, secret: str) -> None:
    """One of Telegram's connections to a webhook: one update after the other, each until it is taken."""
    parts = urlsplit(address)
    head = f"POST {parts.path} HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: {secret}\r\n".encode()
    kind = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    while True:
        update = feed.next()
        if update is None:
            await asyncio.sleep(0.004)
            continue
        while True:
            try:
                if streams is None:
                    streams = await asyncio.open_connection(parts.hostname, parts.port)
                reader, writer = streams
                writer.write(head + kind % (len(update), update))
                answer = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", answer, re.I)
                await reader.readexactly(int(length.group(1)) if length else 0)
                if b" 200 " in answer[:20]:
                    break
            except (OSError, asyncio.IncompleteReadError):
                streams = None
            await asyncio.sleep(0.1)


async def _serve(config: dict[str, Any]) -> None:
    feed = _Feed(config)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(feed), "127.0.0.1", int(config["port"]), backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(json.load(sys.stdin)))
