"""What happened, told to every open page at once as server-sent events.

Invariant: a page that cannot keep up is cut off, never waited for; it reloads and sees everything again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

_BACKLOG = 1_000
_HEARTBEAT_SECONDS = 15.0


class Events:
    """The open pages."""

    def __init__(self) -> None:
        self._pages: set[asyncio.Queue[str | None]] = set()
        self._closed = False

    def tell(self, kind: str, body: dict[str, Any]) -> None:
        """Tell every open page; costs nothing while none is open."""
        if not self._pages:
            return
        text = f"event: {kind}\ndata: {json.dumps(body, separators=(',', ':'))}\n\n"
        for page in tuple(self._pages):
            try:
                page.put_nowait(text)
            except asyncio.QueueFull:
                self._cut(page)

    def close(self) -> None:
        """End every stream; later ones end at once."""
        self._closed = True
        for page in tuple(self._pages):
            self._cut(page)

    def _cut(self, page: asyncio.Queue[str | None]) -> None:
        self._pages.discard(page)
        while not page.empty():
            page.get_nowait()
        page.put_nowait(None)

    async def stream(self) -> AsyncIterator[str]:
        """The text of one page's stream, from now on."""
        if self._closed:
            return
        page: asyncio.Queue[str | None] = asyncio.Queue(_BACKLOG)
        self._pages.add(page)
        try:
            yield "retry: 1000\nevent: hello\ndata: {}\n\n"
            while True:
                try:
                    text = await asyncio.wait_for(page.get(), _HEARTBEAT_SECONDS)
                except TimeoutError:
                    text = ": still here\n\n"
                if text is None:
                    return
                yield text
        finally:
            self._pages.discard(page)
