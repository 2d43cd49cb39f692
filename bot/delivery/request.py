"""python-telegram-bot's HTTP over aiohttp: the same promises as its own HTTPXRequest at a fraction of the time.

Invariant: an exception raised here has as its cause whatever tells whether the call was sent: an error of connecting,
or NotSentError, says it was not; anything else says nobody knows. A call is never made twice by itself, redirects are
not followed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from collections.abc import Collection
from datetime import timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, TypeAlias

import aiohttp
import certifi
from telegram._utils.defaultvalue import DefaultValue
from telegram.error import NetworkError, RetryAfter, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.delivery.proxies import http_proxy, proxy_from_environment
from bot.delivery.unsent import NotSentError
from bot.delivery.upload import TimedBody, WriteTimeoutError, multipart

SocketOption: TypeAlias = tuple[int, int, int | bytes]
Timeout: TypeAlias = "DefaultValue[float] | float | DefaultValue[None] | None"

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_LARGE_BODY = 32_768  # below this the kernel takes a body whole, and writing it cannot wait
_POOL_TIMEOUT = (
    "Pool timeout: All connections in the connection pool are occupied. Request was *not* sent to Telegram. "
    "Consider adjusting the connection pool size or the pool timeout."
)


class FloodError(RetryAfter):
    """RetryAfter whose `retry_after` is a timedelta, whatever PTB_TIMEDELTA says, and does not warn when it is read."""

    __slots__ = ()

    @property
    def retry_after(self) -> timedelta:
        return self._retry_after


class AiohttpRequest(BaseRequest):
    """All timeouts are in seconds, None for none, and mean what they mean in HTTPXRequest.

    `proxy` is an http:// URL, with name and password if it wants them; without it HTTPS_PROXY, HTTP_PROXY, ALL_PROXY
    and NO_PROXY are heeded. SOCKS proxies and HTTP/2 are not supported. Raises ValueError for a proxy of another
    kind.
    """

    __slots__ = (
        "_closed", "_free", "_media_write_timeout", "_pool_size", "_proxies", "_proxy", "_session", "_socket_options",
        "_timeouts", "_tls", "_usual",
    )  # fmt: skip

    def __init__(
        self,
        connection_pool_size: int = 256,
        read_timeout: float | None = 20.0,
        write_timeout: float | None = 5.0,
        connect_timeout: float | None = 5.0,
        pool_timeout: float | None = 1.0,
        proxy: str | None = None,
        media_write_timeout: float | None = 20.0,
        socket_options: Collection[SocketOption] = (),
    ) -> None:
        self._pool_size = connection_pool_size
        self._timeouts = {
            "read": read_timeout, "write": write_timeout, "connect": connect_timeout, "pool": pool_timeout,
        }  # fmt: skip
        self._usual = aiohttp.ClientTimeout(total=None, sock_read=read_timeout, sock_connect=connect_timeout)
        self._media_write_timeout = media_write_timeout
        self._socket_options = tuple(socket_options)
        self._proxy = None if proxy is None else http_proxy(proxy)
        self._proxies: dict[tuple[str, str], URL | None] = {}
        self._session: aiohttp.ClientSession | None = None
        self._free = asyncio.Semaphore(connection_pool_size)
        self._tls: ssl.SSLContext | None = None
        self._closed = False

    @property
    def read_timeout(self) -> float | None:
        """Seconds waited for Telegram's answer; long polling adds its own."""
        return self._timeouts["read"]

    @property
    def http_version(self) -> str:
        return "1.1"

    async def initialize(self) -> None:
        """Ready for calls, also after a shutdown. A new object is ready without it."""
        self._closed = False

    async def shutdown(self) -> None:
        """Close every connection. Calls raise RuntimeError from now on. May be called twice."""
        self._closed = True
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Timeout = BaseRequest.DEFAULT_NONE,
        write_timeout: Timeout = BaseRequest.DEFAULT_NONE,
        connect_timeout: Timeout = BaseRequest.DEFAULT_NONE,
        pool_timeout: Timeout = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One HTTP call; gives status and body.

        Raises TimedOut and NetworkError with their cause set, RuntimeError after shutdown.
        """
        if self._closed:
            raise RuntimeError("This AiohttpRequest is not initialized!")
        target = URL(url, encoded=True)
        body, headers = _body(request_data)
        if isinstance(body, aiohttp.payload.Payload) or (body is not None and len(body) > _LARGE_BODY):
            media = isinstance(body, aiohttp.payload.Payload)
            default = self._media_write_timeout if media else self._timeouts["write"]
            body = TimedBody(body, default if isinstance(write_timeout, DefaultValue) else write_timeout)
        pool = self._timeouts["pool"] if isinstance(pool_timeout, DefaultValue) else pool_timeout
        async with _Place(self._free, pool):
            try:
                async with self._open_session().request(
                    method,
                    target,
                    data=body,
                    headers=headers,
                    timeout=self._timeout(read_timeout, connect_timeout),
                    proxy=self._proxy_for(target),
                    ssl=self._tls_for(target),
                    allow_redirects=False,
                ) as response:
                    status, content = response.status, await response.read()
            except TimeoutError as error:  # aiohttp's own are both this and a ClientError
                raise TimedOut from error
            except aiohttp.ClientError as error:
                if isinstance(error.__cause__, WriteTimeoutError):
                    raise TimedOut from error
                raise NetworkError(f"aiohttp.{type(error).__name__}: {error}") from error
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._complain_of_flood(content)
        return status, content

    def _complain_of_flood(self, content: bytes) -> None:
        """Raise RetryAfter before the library does, because its own warns at each one that a type will change."""
        with contextlib.suppress(ValueError):  # no JSON: the library says so in its own way
            parameters = json.loads(content).get("parameters") or {}
            if parameters.get("retry_after"):
                raise FloodError(parameters["retry_after"])

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            # connections are counted by our own semaphore, which knows how long the caller wants to wait for one
            connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=60, socket_factory=self._socket)
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": self.USER_AGENT}
            )
        return self._session

    def _socket(self, address: Any) -> socket.socket:
        family, kind, protocol, _name, _where = address
        made = socket.socket(family, kind, protocol)
        for level, option, value in self._socket_options:
            made.setsockopt(level, option, value)
        return made

    def _timeout(self, read: Timeout, connect: Timeout) -> aiohttp.ClientTimeout:
        if isinstance(read, DefaultValue) and isinstance(connect, DefaultValue):
            return self._usual
        return aiohttp.ClientTimeout(
            total=None,
            sock_read=self._timeouts["read"] if isinstance(read, DefaultValue) else read,
            sock_connect=self._timeouts["connect"] if isinstance(connect, DefaultValue) else connect,
        )

    def _tls_for(self, url: URL) -> ssl.SSLContext | bool:
        if url.scheme != "https":
            return True
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.load_verify_locations(certifi.where())  # a slim container has no certificates of its own
        return self._tls

    def _proxy_for(self, url: URL) -> URL | None:
        if self._proxy is not None:
            return self._proxy
        key = (url.scheme, url.host or "")
        if key not in self._proxies:  # reading the environment for each call takes longer than the call
            self._proxies[key] = proxy_from_environment(*key)
        return self._proxies[key]


class _Place:
    """A place among the connections, waited for at most so many seconds. Without waiting it costs nothing."""

    __slots__ = ("_free", "_seconds")

    def __init__(self, free: asyncio.Semaphore, seconds: float | None) -> None:
        self._free = free
        self._seconds = seconds

    async def __aenter__(self) -> Self:
        if not self._free.locked():
            await self._free.acquire()
            return self
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise TimedOut(_POOL_TIMEOUT) from NotSentError("no connection was free")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._free.release()


def _body(data: RequestData | None) -> tuple[bytes | aiohttp.payload.Payload | None, dict[str, str] | None]:
    if data is None:
        return None, None
    if data.contains_files:
        return multipart(data.json_parameters, data.multipart_data), None
    return data.url_encoded_parameters().encode(), _FORM
