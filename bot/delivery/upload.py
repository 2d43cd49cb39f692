"""Request bodies that carry files, written within a time limit for each piece.

Invariant: a peer that stops reading ends the call after the write timeout; aiohttp alone would wait for ever.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter

_PIECE = 65_536


class WriteTimeoutError(Exception):
    """The peer took no data for as long as the write timeout allows. Some of the body may have arrived."""


def multipart(fields: Mapping[str, str], files: Mapping[str, Any]) -> aiohttp.payload.Payload:
    """A multipart/form-data body of plain fields and of files as the library hands them over: (name, data, type)."""
    form = aiohttp.FormData()
    for name, value in fields.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in files.items():
        # bytes as a file are written piece by piece, and not all at once while nobody else gets the event loop
        data = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, data, filename=filename, content_type=kind)
    # with files in it a form is multipart
    body = form()
    if not isinstance(body, aiohttp.payload.Payload):
        raise TypeError("aiohttp made no payload of a form")
    return body


class TimedBody(aiohttp.payload.Payload):
    """A body that is given up when one piece of it (64 KiB) cannot be written within `seconds`; None waits for ever."""

    def __init__(self, body: bytes | aiohttp.payload.Payload, seconds: float | None) -> None:
        self._inner = body if isinstance(body, aiohttp.payload.Payload) else aiohttp.BytesIOPayload(io.BytesIO(body))
        super().__init__(body, headers=self._inner.headers)
        self._seconds = seconds

    @property
    def size(self) -> int | None:
        return self._inner.size

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._inner.decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        await self._inner.write(_TimedWriter(writer, self._seconds))

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        await self._inner.write_with_length(_TimedWriter(writer, self._seconds), content_length)

    async def close(self) -> None:
        await self._inner.close()


class _TimedWriter(AbstractStreamWriter):
    def __init__(self, writer: AbstractStreamWriter, seconds: float | None) -> None:
        self._writer = writer
        self._seconds = seconds

    async def write(self, chunk: bytes | bytearray | memoryview) -> None:
        view = memoryview(chunk)
        for start in range(0, len(view), _PIECE):
            try:
                async with asyncio.timeout(self._seconds):
                    await self._writer.write(view[start : start + _PIECE])
            except TimeoutError as error:
                raise WriteTimeoutError(f"nothing was taken for {self._seconds} s") from error

    async def write_eof(self, chunk: bytes = b"") -> None:
        await self._writer.write_eof(chunk)

    async def drain(self) -> None:
        await self._writer.drain()

    def enable_compression(self, encoding: str = "deflate", strategy: int | None = None) -> None:
        self._writer.enable_compression(encoding, strategy)

    def enable_chunking(self) -> None:
        self._writer.enable_chunking()

    async def write_headers(self, status_line: str, headers: Any) -> None:
        await self._writer.write_headers(status_line, headers)
