"""The webhook: on disk before 200, and nothing for whoever does not know the secret."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bot.care.contacts import Contacts
from bot.care.gathering import Gathering
from bot.care.health import Health
from bot.care.receiving import Receiving
from bot.care.screening import SafeScreen
from bot.clock import FixedClock
from bot.metrics import Metrics
from bot.records import inbox
from bot.records.database import Database
from bot.records.inbox import TakenUpdate
from bot.web.app import Site, webhook_address, webhook_path
from bot.web.serving import serving
from bot.web.webhook import BODY_LIMIT, Webhook
from tests.chat.inboxing import DANGER, KeywordScreen, message

SECRET = "a-secret-of-many-characters"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}


@dataclass
class Door:
    http: httpx.AsyncClient
    port: int
    database: Database
    metrics: Metrics
    cards: list[int]

    async def post(self, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.post("/telegram", content=content, headers=HEADERS | headers)

    async def written(self) -> list[TakenUpdate]:
        async with self.database.write() as connection:
            return await inbox.claim(connection, limit=1000, token="t", lease_seconds=60)


@asynccontextmanager
async def open_door(database: Database, clock: FixedClock, **options: Any) -> AsyncIterator[Door]:
    metrics, cards = Metrics(), list[int]()

    async def card(chat_id: int, text: str, language: str | None) -> bool:
        cards.append(chat_id)
        return True

    receiving = Receiving(database, SafeScreen(KeywordScreen()), clock, metrics, card)
    webhook = Webhook(Gathering(receiving).take, SECRET, metrics, **options)
    site = Site(Health(database, clock, Contacts((), None, "UTC")), metrics, database, clock, webhook)
    async with (
        serving(site.app(), "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http,
    ):
        yield Door(http, port, database, metrics, cards)


@pytest.fixture
async def door(database: Database, clock: FixedClock) -> AsyncIterator[Door]:
    async with open_door(database, clock) as opened:
        yield opened


async def test_an_update_is_on_disk_when_the_answer_is_200(door: Door) -> None:
    update = message(1, 7, "Zeit für B12 💉")
    answer = await door.post(update)
    assert (answer.status_code, answer.content) == (200, b"")
    assert [dict(row.payload) for row in await door.written()] == [update]


async def test_an_update_that_comes_twice_is_written_once(door: Door) -> None:
    answers = await asyncio.gather(*(door.post(message(1, 7)) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len(await door.written()) == 1
    assert (await door.post(message(1, 7))).status_code == 200
    assert await door.written() == []


async def test_many_at_once_are_all_written(door: Door) -> None:
    answers = await asyncio.gather(*(door.post(message(n, n)) for n in range(1, 201)))
    assert {answer.status_code for answer in answers} == {200}
    assert {row.update_id for row in await door.written()} == set(range(1, 201))


@pytest.mark.parametrize("given", ["", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper(), "\u00e4"])
async def test_without_the_secret_nothing_happens(door: Door, given: str) -> None:
    answer = await door.http.post(
        "/telegram",
        json=message(1, 7),
        headers={b"X-Telegram-Bot-Api-Secret-Token": given.encode("latin-1")},
    )
    assert (answer.status_code, answer.content) == (401, b"")
    assert await door.written() == []
    assert door.metrics.webhook_refused.labels("secret")._value.get() == 1


async def test_no_secret_header_at_all(door: Door) -> None:
    assert (await door.http.post("/telegram", json=message(1, 7))).status_code == 401


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "text/plain", "application/octet-stream", ""])
async def test_the_content_type_does_not_matter(door: Door, kind: str) -> None:
    assert (await door.post(message(1, 7), **{"Content-Type": kind})).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b'"x"', b"{}", b'{"update_id": "1"}', b'{"update_id": 1e400}', b"\xff\xfe",
             b"[" * 100_000, b'{"update_id":' + b"9" * 5000 + b"}"],
)  # fmt: skip
async def test_what_is_no_update_is_refused(door: Door, body: bytes) -> None:
    assert (await door.post(body)).status_code == 400
    assert await door.written() == []


async def test_a_body_too_large_is_not_read(door: Door) -> None:
    assert (await door.post(b" " * (BODY_LIMIT + 1))).status_code == 413

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(BODY_LIMIT // 65_536 + 2):
            yield b" " * 65_536

    answer = await door.http.post("/telegram", content=endless(), headers=HEADERS)
    assert answer.status_code == 413


async def test_a_body_too_slow_is_given_up(sqlite_database: Database, clock: FixedClock) -> None:
    async with open_door(sqlite_database, clock, body_seconds=0.2) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        head = [
            "POST /telegram HTTP/1.1",
            "Host: x",
            f"X-Telegram-Bot-Api-Secret-Token: {SECRET}",
            "Content-Length: 99",
        ]
        writer.write(("\r\n".join(head) + "\r\n\r\n{").encode())
        assert b" 408 " in await reader.readline()
        writer.close()


async def test_without_the_database_telegram_is_asked_to_come_again_and_a_red_flag_gets_its_card(
    sqlite_database: Database, clock: FixedClock
) -> None:
    async with open_door(sqlite_database, clock) as door:
        async with sqlite_database.write() as connection:
            await connection.exec_driver_sql("ALTER TABLE inbox RENAME TO gone")
        answers = await asyncio.gather(door.post(message(1, 7)), door.post(message(2, 8, DANGER)))
        assert [answer.status_code for answer in answers] == [503, 503]
        assert door.cards == [8]
        async with sqlite_database.write() as connection:
            await connection.exec_driver_sql("ALTER TABLE gone RENAME TO inbox")
        assert (await door.post(message(2, 8, DANGER))).status_code == 200


async def test_only_what_is_listed_exists(door: Door) -> None:
    for path in ("/", "/docs", "/openapi.json", "/telegram/", "/.env"):
        assert (await door.http.get(path, headers=HEADERS)).status_code in {404, 405, 307}, path
    assert (await door.http.get("/telegram", headers=HEADERS)).status_code == 405


def test_a_short_secret_is_refused() -> None:
    async def take(raw: dict[str, Any]) -> None: ...

    with pytest.raises(ValueError, match="16"):
        Webhook(take, "short", Metrics())


@pytest.mark.parametrize(
    ("url", "path", "address"),
    [
        ("https://b12.example", "/telegram", "https://b12.example/telegram"),
        ("https://b12.example/", "/telegram", "https://b12.example/telegram"),
        ("https://b12.example:8443/in/here", "/in/here", "https://b12.example:8443/in/here"),
    ],
)
def test_where_the_webhook_is(url: str, path: str, address: str) -> None:
    assert (webhook_path(url), webhook_address(url)) == (path, address)
