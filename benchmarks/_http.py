"""As little of an HTTP server as the stubs need, so that what is measured is not they.

Invariant: requests with a Content-Length, one after the other on a connection, each answered with 200 and JSON.
"""

from __future__ import annotations

import asyncio

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Requests(asyncio.Protocol):
    """One connection. Say in `answer` what becomes of a request, and call `send` for each, in order."""

    def __init__(self) -> None:
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def answer(self, path: bytes, body: bytes) -> None:
        """A whole request came; `path` in lower case, with its query."""
        raise NotImplementedError

    def send(self, body: bytes) -> None:
        """Answer with this JSON."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_HEAD % len(body) + body)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._received) < end + 4 + length:
                return
            body, self._received = self._received[end + 4 : end + 4 + length], self._received[end + 4 + length :]
            self.answer(head.split(b" ", 2)[1], body)
