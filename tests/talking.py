"""Talking to the whole bot over real HTTP: the sandbox's Bot API, python-telegram-bot, the inbox, a database file."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp

from bot.clock import SystemClock, TravelClock
from bot.running import everything
from bot.sandbox.server import create_app, serve
from bot.settings import Settings, read_settings
from bot.wiring.house import House, migrate, open_house
from bot.wiring.mind import Mind, build_mind

TOKEN = "123456:test-token-for-the-sandbox"
CARE = -1009
Message = dict[str, Any]


@cache
def shared_mind() -> Mind:
    """The shipped content, understood; built once for a test run."""
    return build_mind(settings_for("http://127.0.0.1:1", Path("unused.db")), SystemClock())


def settings_for(url: str, database: Path, **more: object) -> Settings:
    """Settings of a small clinic in London."""
    values: dict[str, object] = {
        "telegram_bot_token": TOKEN,
        "telegram_api_url": url,
        "database_url": f"sqlite:///{database}",
        "care_team_chat_id": CARE,
        "clinic_phone": "0123 456",
        "default_timezone": "Europe/London",
    }
    return read_settings(_env_file=None, **(values | more))


class Talk:
    """One person's side of a chat."""

    def __init__(self, http: aiohttp.ClientSession, url: str, chat: int) -> None:
        self._http = http
        self.url = url
        self.chat = chat

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        async with self._http.post(self.url + path, json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def messages(self, after: int = 0) -> list[Message]:
        async with self._http.get(f"{self.url}/sandbox/chats/{self.chat}/messages?after={after}") as answer:
            found: list[Message] = await answer.json()
            return found

    async def last_id(self) -> int:
        return max((message["message_id"] for message in await self.messages()), default=0)

    async def heard(self, after: int, count: int = 1, seconds: float = 20) -> list[Message]:
        """The bot's messages after an id, once there are `count` of them."""
        async with asyncio.timeout(seconds):
            while True:
                found = [m for m in await self.messages(after) if m["from"]["is_bot"]]
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.01)

    async def hears(self, words: str, after: int = 0, seconds: float = 20) -> Message:
        """The first message of the bot that holds these words."""
        async with asyncio.timeout(seconds):
            while True:
                for message in await self.messages(after):
                    if message["from"]["is_bot"] and words in message.get("text", ""):
                        return message
                await asyncio.sleep(0.01)

    async def say(self, text: str, count: int = 1, **more: Any) -> list[Message]:
        """Say something and wait for `count` answers."""
        before = await self.last_id()
        await self.post(f"/sandbox/chats/{self.chat}/messages", {"text": text, **more})
        return await self.heard(before, count)

    async def send(self, body: dict[str, Any], count: int = 1) -> list[Message]:
        """Send something that is not a plain text."""
        before = await self.last_id()
        await self.post(f"/sandbox/chats/{self.chat}/messages", body)
        return await self.heard(before, count)

    async def press(self, message: Message, label: str) -> None:
        """Press the button with this label (or one that begins with it)."""
        await self.forge(message["message_id"], button(message, label))

    async def forge(self, message_id: int, data: str) -> None:
        await self.post(f"/sandbox/chats/{self.chat}/callbacks", {"message_id": message_id, "data": data})

    async def becomes(self, message_id: int, words: str, seconds: float = 20) -> Message:
        """The message once it holds these words (an edit)."""
        async with asyncio.timeout(seconds):
            while True:
                for message in await self.messages():
                    if message["message_id"] == message_id and words in message.get("text", ""):
                        return message
                await asyncio.sleep(0.01)


def labels(message: Message) -> list[str]:
    """Labels of the inline buttons, in order."""
    return [one["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for one in row]


def button(message: Message, label: str) -> str:
    """Callback data of the button with this label."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    data: str = next(one["callback_data"] for one in itertools.chain(*rows) if one["text"].startswith(label))
    return data


class Place:
    """A running bot with its sandbox."""

    def __init__(self, house: House, http: aiohttp.ClientSession, url: str, clock: TravelClock) -> None:
        self.house = house
        self.url = url
        self.clock = clock
        self.http = http

    def talk(self, chat: int = 77) -> Talk:
        return Talk(self.http, self.url, chat)

    async def call(self, method: str, path: str, body: object = None) -> Any:
        async with self.http.request(method, self.url + path, json=body) as answer:
            return await answer.json()


@asynccontextmanager
async def running_bot(folder: Path, **settings: object) -> AsyncIterator[Place]:
    """The whole bot, until the block ends."""
    clock = TravelClock()
    app = create_app(clock=clock, token=TOKEN, care_chat_id=CARE)
    async with serve(app) as url, aiohttp.ClientSession() as http:
        made = settings_for(url, folder / "bot.db", **settings)
        await migrate(made)
        async with open_house(made, clock, shared_mind()) as house:
            stop = asyncio.Event()
            tasks = [asyncio.create_task(part) for part in everything(house, stop)]
            try:
                yield Place(house, http, url, clock)
            finally:
                stop.set()
                await asyncio.gather(*tasks)
