"""Updates reach the bot in order, once acknowledged never again, by polling or by webhook but not both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.connection import listening
from tests.sandbox.conftest import TOKEN, Town


async def test_an_offset_acknowledges(town: Town) -> None:
    for text in ("one", "two", "three"):
        await town.say(7, text)
    first = await town.result("getUpdates", limit=2)
    assert [update["message"]["text"] for update in first] == ["one", "two"]
    assert first[1]["update_id"] == first[0]["update_id"] + 1
    assert await town.result("getUpdates", limit=2) == first
    rest = await town.result("getUpdates", offset=first[1]["update_id"] + 1)
    assert [update["message"]["text"] for update in rest] == ["three"]
    assert await town.result("getUpdates", offset=-1) == rest
    assert await town.result("getUpdates", offset=rest[0]["update_id"] + 1) == []


async def test_a_long_poll_ends_with_the_first_update(town: Town) -> None:
    polled = asyncio.create_task(town.result("getUpdates", timeout=50))
    await town.http.get("/sandbox/transcript", params={"method": "getUpdates", "wait": 10})
    await town.say(7, "hello")
    async with asyncio.timeout(10):
        [update] = await polled
    assert update["message"]["text"] == "hello"


async def test_a_second_poller_ends_the_first(town: Town) -> None:
    first = asyncio.create_task(town.call("getUpdates", timeout=50))
    await town.http.get("/sandbox/transcript", params={"method": "getUpdates", "wait": 10})
    assert (await town.result("getUpdates", timeout=0)) == []
    async with asyncio.timeout(10):
        ended = await first
    assert ended.status_code == 409
    assert ended.json()["description"].startswith("Conflict: terminated by other getUpdates request")


async def test_a_poller_that_hung_up_is_no_conflict_and_loses_nothing(town: Town) -> None:
    impatient = asyncio.create_task(town.http.post(f"/bot{TOKEN}/getUpdates", json={"timeout": 50}, timeout=0.2))
    with pytest.raises(httpx.ReadTimeout):
        await impatient
    await town.say(7, "hello")
    [update] = await town.result("getUpdates", timeout=10)
    assert update["message"]["text"] == "hello"


async def test_kinds_nobody_asked_for_stay_away(town: Town) -> None:
    await town.result("getUpdates", allowed_updates=["callback_query"])
    await town.say(7, "hello")
    await town.press(7, 1, "y")
    [update] = await town.result("getUpdates")
    assert update["callback_query"]["data"] == "y"
    await town.result("getUpdates", offset=-1, allowed_updates=[])
    await town.say(7, update_raw={"message_reaction": {}, "poll": {"id": "1"}})
    assert [set(update) - {"update_id"} for update in await town.result("getUpdates")][-1] == {"poll"}


@dataclass
class Hook:
    """A webhook that refuses as often as it is told to and writes down what came."""

    url: str = ""
    refusals: int = 0
    got: asyncio.Queue[tuple[dict[str, Any], str | None]] = field(default_factory=asyncio.Queue)

    async def receive(self, request: Request) -> Response:
        await self.got.put((await request.json(), request.headers.get("x-telegram-bot-api-secret-token")))
        if self.refusals > 0:
            self.refusals -= 1
            return Response(status_code=500)
        return Response()

    async def next(self) -> tuple[dict[str, Any], str | None]:
        async with asyncio.timeout(15):
            return await self.got.get()


@asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    app = Starlette(routes=[Route("/hook", made.receive, methods=["POST"])])
    async with listening(app, "127.0.0.1", 0) as (url, _):
        made.url = f"{url}/hook"
        yield made


async def test_a_webhook_gets_updates_in_order_until_it_takes_them(town: Town) -> None:
    async with hook() as there:
        await town.say(7, "before")
        await town.result("setWebhook", url=there.url, secret_token="s3cret_-", max_connections=5)
        update, secret = await there.next()
        assert (update["message"]["text"], secret) == ("before", "s3cret_-")
        there.refusals = 2
        await town.say(7, "one")
        await town.say(7, "two")
        texts = [(await there.next())[0]["message"]["text"] for _ in range(4)]
        assert texts == ["one", "one", "one", "two"]
        async with asyncio.timeout(10):
            while town.sandbox.feed.queue:
                await town.sandbox.courier.tried.wait(10)
        info = await town.result("getWebhookInfo")
        assert info["url"] == there.url
        assert info["max_connections"] == 5
        assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
        code, conflict = await town.refusal("getUpdates")
        assert code == 409
        assert conflict.startswith("Conflict: can't use getUpdates method while webhook is active")
        again = await town.call("setWebhook", url=there.url, secret_token="s3cret_-")
        assert again.json()["description"] == "Webhook is already set"
        await town.result("deleteWebhook")
        assert (await town.call("deleteWebhook")).json()["description"] == "Webhook is already deleted"
        await town.say(7, "three")
        assert [update["message"]["text"] for update in await town.result("getUpdates")] == ["three"]
        assert there.got.empty()


async def test_an_update_survives_a_webhook_that_is_away(town: Town) -> None:
    async with hook() as there:
        url = there.url
    await town.result("setWebhook", url=url)
    await town.say(7, "hello")
    async with asyncio.timeout(10):
        while town.sandbox.courier.last_error is None:
            await town.sandbox.courier.tried.wait(10)
    info = await town.result("getWebhookInfo")
    assert info["last_error_message"].startswith("Connection failed")
    assert info["pending_update_count"] == 1
    await town.result("deleteWebhook", drop_pending_updates=True)
    assert await town.result("getUpdates") == []


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"url": "http://example.org/x"}, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "ftp://example.org"}, "Bad Request: invalid webhook URL specified"),
        ({"url": "https://"}, "Bad Request: invalid webhook URL specified"),
        ({"url": "https://[x"}, "Bad Request: invalid webhook URL specified"),
        ({"url": "https://x:port/"}, "Bad Request: invalid webhook URL specified"),
        (
            {"url": "https://e.org", "secret_token": "no spaces"},
            "Bad Request: secret token contains unallowed characters",
        ),
        ({"url": "https://e.org", "secret_token": "x" * 257}, "Bad Request: secret token is too long"),
    ],
)
async def test_a_bad_webhook_is_refused(town: Town, params: dict[str, str], reason: str) -> None:
    assert await town.refusal("setWebhook", **params) == (400, reason)
    assert (await town.result("getWebhookInfo"))["url"] == ""
