"""The table of outcomes, measured on real sockets with our HTTP class and with python-telegram-bot's own."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)  # fmt: skip
from telegram.request import BaseRequest, HTTPXRequest

from bot.delivery.outcome import AlreadySo, Lost, Moved, Outcome, Quiet, Refused, Unsent, Unsure, judge, seconds_of
from bot.delivery.request import AiohttpRequest, FloodError
from tests.delivery.raw_server import answer, listening, read_request

REQUESTS = [AiohttpRequest, HTTPXRequest]


async def outcome_of(request: BaseRequest, url: str) -> Outcome:
    await request.initialize()
    try:
        with pytest.raises(TelegramError) as caught:
            await request.post(f"{url}/bot1:x/sendMessage")
    finally:
        await request.shutdown()
    return judge(caught.value)


@pytest.fixture(params=REQUESTS, ids=["ours", "theirs"])
def request_class(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # or theirs warns at every 429
    return request.param


async def test_refused_connections_were_not_sent(request_class: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        port = taken.getsockname()[1]
        assert isinstance(await outcome_of(request_class(), f"http://127.0.0.1:{port}"), Unsent)


async def test_unknown_hosts_were_not_sent(request_class: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_args: object, **_kw: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert isinstance(await outcome_of(request_class(), "http://nowhere.invalid"), Unsent)


async def test_connecting_that_takes_too_long_was_not_sent(request_class: Any) -> None:
    # a full backlog: the kernel leaves further connections waiting
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        outcome = await outcome_of(request_class(connect_timeout=0.2), f"http://127.0.0.1:{address[1]}")
        for one in waiting:
            one.close()
    assert isinstance(outcome, Unsent)


async def test_waiting_for_a_free_connection_was_not_sent(request_class: Any) -> None:
    held = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        held.set()
        await asyncio.sleep(60)

    async with listening(hold) as url:
        request = request_class(connection_pool_size=1, pool_timeout=0.2)
        await request.initialize()
        first = asyncio.create_task(request.post(f"{url}/bot1:x/a"))
        await held.wait()
        with pytest.raises(TimedOut, match="Pool timeout") as caught:
            await request.post(f"{url}/bot1:x/b")
        assert isinstance(judge(caught.value), Unsent)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await request.shutdown()


async def test_no_answer_in_time_is_unknown(request_class: Any) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await asyncio.sleep(60)

    async with listening(silent) as url:
        assert isinstance(await outcome_of(request_class(read_timeout=0.2), url), Unsure)


async def test_an_answer_that_stops_half_way_is_unknown(request_class: Any) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer()[:-5])
        await writer.drain()

    async with listening(half) as url:
        assert isinstance(await outcome_of(request_class(), url), Unsure)


async def test_a_dropped_connection_is_unknown(request_class: Any) -> None:
    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)

    async with listening(drop) as url:
        assert isinstance(await outcome_of(request_class(), url), Unsure)


async def test_a_connection_reset_while_reading_the_call_is_unknown(request_class: Any) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.transport.abort()

    async with listening(reset) as url:
        assert isinstance(await outcome_of(request_class(), url), Unsure)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        ("500 Internal Server Error", b"{}", Unsure),
        ("502 Bad Gateway", b"<html>nginx</html>", Unsure),
        ("504 Gateway Timeout", b"", Unsure),
        ("403 Forbidden", b'{"ok":false,"description":"Forbidden: bot was blocked by the user"}', Lost),
        ("401 Unauthorized", b'{"ok":false,"description":"Unauthorized"}', Quiet),
        ("404 Not Found", b'{"ok":false,"description":"Not Found"}', Quiet),
        ("409 Conflict", b'{"ok":false,"description":"Conflict: terminated by other"}', Unsent),
        ("400 Bad Request", b'{"ok":false,"description":"Bad Request: can\'t parse entities"}', Refused),
        ("400 Bad Request", b'{"ok":false,"description":"Bad Request: chat not found"}', Lost),
        ("400 Bad Request", b'{"ok":false,"description":"Bad Request: message is not modified: same"}', AlreadySo),
        ("400 Bad Request", b'{"ok":false,"parameters":{"migrate_to_chat_id":-1009}}', Moved),
        ("429 Too Many Requests", b'{"ok":false,"parameters":{"retry_after":7}}', Quiet),
        ("413 Payload Too Large", b"", Unsure),
    ],
)
async def test_what_telegram_answers(request_class: Any, status: str, body: bytes, expected: type[Outcome]) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer(body, status))
        await writer.drain()

    async with listening(reply) as url:
        outcome = await outcome_of(request_class(), url)
    assert isinstance(outcome, expected)
    if isinstance(outcome, Moved):
        assert outcome.chat_id == -1009
    if isinstance(outcome, Quiet) and "429" in status:
        assert outcome.seconds == 7


def test_timed_out_alone_proves_nothing() -> None:
    assert isinstance(judge(TimedOut()), Unsure)
    assert isinstance(judge(NetworkError("something")), Unsure)
    assert isinstance(judge(TelegramError("something")), Unsure)
    assert isinstance(judge(RuntimeError("a bug")), Unsure)


@given(st.integers(1, 100_000))
def test_both_types_of_retry_after_are_read(seconds: int) -> None:
    assert seconds_of(FloodError(seconds)) == seconds
    assert seconds_of(FloodError(timedelta(seconds=seconds))) == seconds


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RetryAfter, Quiet), (ChatMigrated, Moved), (Forbidden, Lost), (BadRequest, Refused), (Conflict, Unsent),
        (InvalidToken, Quiet), (EndPointNotFound, Unsure),
    ],
)  # fmt: skip
def test_every_kind_of_refusal_has_its_line(
    error: Any, expected: type[Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    made = error(-1009) if error is ChatMigrated else error(3) if error is RetryAfter else error("said so")
    assert isinstance(judge(made), expected)
