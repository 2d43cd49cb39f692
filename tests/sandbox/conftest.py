"""A sandbox on a free port, a client for the people's door, and a bare client for the bot's door."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from telegram.ext import Application, ApplicationBuilder

from bot.clock import TravelClock
from bot.sandbox.server import create_app, serve
from bot.sandbox.state import Sandbox

TOKEN = "123456:SANDBOX-token"
CARE = -4242


@dataclass
class Town:
    """One running sandbox."""

    url: str
    sandbox: Sandbox
    http: httpx.AsyncClient

    async def say(self, chat_id: int, text: str = "", **body: object) -> dict[str, Any]:
        """A person writes; what the sandbox answers."""
        answer = await self.http.post(f"/sandbox/chats/{chat_id}/messages", json={"text": text, **body})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def press(self, chat_id: int, message_id: int, data: str) -> dict[str, Any]:
        """A person presses a button."""
        body = {"message_id": message_id, "data": data}
        found: dict[str, Any] = (await self.http.post(f"/sandbox/chats/{chat_id}/callbacks", json=body)).json()
        return found

    async def messages(self, chat_id: int, after: int = 0, *, who: str = "", wait: float = 0) -> list[dict[str, Any]]:
        """The chat; `wait` so many seconds for the first message that fits; `who` is bot or person."""
        query: dict[str, str | float] = {"after": after, "from": who, "wait": wait}
        answer = await self.http.get(f"/sandbox/chats/{chat_id}/messages", params=query)
        found: list[dict[str, Any]] = answer.json()
        return found

    async def call(self, method: str, /, **params: object) -> httpx.Response:
        """A Bot API call as JSON."""
        kind = {"Content-Type": "application/json"}
        return await self.http.post(f"/bot{TOKEN}/{method}", content=json.dumps(params), headers=kind)

    async def result(self, method: str, /, **params: object) -> Any:
        """A Bot API call that must succeed."""
        answer = (await self.call(method, **params)).json()
        assert answer["ok"], answer
        return answer["result"]

    async def refusal(self, method: str, /, **params: object) -> tuple[int, str]:
        """A Bot API call that must be refused: status and words."""
        answer = await self.call(method, **params)
        body = answer.json()
        assert body["ok"] is False
        assert body["error_code"] == answer.status_code
        return answer.status_code, body["description"]

    async def fault(self, **fault: object) -> None:
        """Script trouble."""
        answer = await self.http.post("/sandbox/faults", json=fault)
        assert answer.status_code == 200, answer.text

    def application(self) -> ApplicationBuilder[Any, Any, Any, Any, Any, Any]:
        """A python-telegram-bot application pointed here."""
        builder = Application.builder().token(TOKEN)
        return builder.base_url(f"{self.url}/bot").base_file_url(f"{self.url}/file/bot")


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    app = create_app(clock=TravelClock(datetime(2026, 5, 4, 8, tzinfo=UTC)), token=TOKEN, care_chat_id=CARE)
    async with serve(app) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        yield Town(url, app.state.sandbox, http)
