"""A server that is like Telegram, and yet not in everything: the bot starts, polls, and understands what it is sent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telegram import Bot, MessageEntity
from telegram.error import InvalidToken, NetworkError
from telegram.ext import CallbackQueryHandler, CommandHandler, ExtBot

from bot.chat.context import Context
from bot.chat.made_readable import update_of
from bot.chat.our_bot import OurBot
from bot.clock import FixedClock
from bot.records.database import Database
from tests.chat.telegram_making import TOKEN, way_in

BOT = Bot(TOKEN)
PERSON = {"id": 7, "is_bot": False, "first_name": "A"}
CHAT = {"id": 7, "type": "private"}


def message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 1, "date": 1_700_000_000, "chat": CHAT, "from": PERSON, **fields}


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/remind", "/remind"),
        ("/remind every month", "/remind"),
        ("/start@some_bot\nhello", "/start@some_bot"),
        ("remind /me", None),
        ("/", None),
        ("/über", None),
        ("1/2 mg", None),
    ],
)
def test_a_command_that_the_server_did_not_mark_is_a_command(text: str, command: str | None) -> None:
    update = update_of({"update_id": 1, "message": message(text=text)}, BOT)
    assert update.message is not None
    marked = update.message.parse_entities([MessageEntity.BOT_COMMAND])
    assert list(marked.values()) == ([command] if command else [])


def test_marks_of_the_server_are_left_as_they_are() -> None:
    entities = [{"type": "bold", "offset": 0, "length": 2}]
    update = update_of({"update_id": 1, "message": message(text="/remind", entities=entities)}, BOT)
    assert update.message is not None
    assert [entity.type for entity in update.message.entities] == ["bold"]


@pytest.mark.parametrize(
    "beside",
    [
        {"poll": {"id": "1", "question": "?"}},
        {"photo": [{"file_id": "x"}]},
        {"forward_origin": {"type": "from the future"}, "sticker": {"emoji": "😀"}},
        {"from": {"id": 7}},
        {"from": {"id": 7}, "chat": {"id": 7}},
        {"date": 10**30},
        {"entities": [{"type": "bold"}]},
        {"reply_to_message": {"message_id": 3, "chat": CHAT}},
    ],
)
def test_what_the_library_cannot_read_does_not_take_the_words_with_it(beside: dict[str, Any]) -> None:
    for kind in ("message", "edited_message"):
        update = update_of({"update_id": 1, kind: message(text="/urgent") | beside}, BOT)
        read = update.effective_message
        assert read is not None
        assert (read.text, read.chat.id, read.chat.type) == ("/urgent", 7, "private")
        assert read.from_user is not None
        assert update.effective_user is not None
        assert update.effective_user.id == 7


def test_who_blocked_the_bot_is_read_whatever_the_rights_look_like() -> None:
    change = {
        "chat": CHAT, "from": PERSON, "date": 5, "old_chat_member": {"status": "administrator", "user": {"id": 1}},
        "new_chat_member": {"status": "kicked", "user": {"id": 1}},
    }  # fmt: skip
    update = update_of({"update_id": 1, "my_chat_member": change}, BOT)
    assert update.my_chat_member is not None
    assert (update.my_chat_member.old_chat_member.status, update.my_chat_member.new_chat_member.status) == (
        "member", "left",
    )  # fmt: skip


@pytest.mark.parametrize("data", [{}, {"data": ""}])
def test_a_tap_that_says_nothing_reaches_no_button(data: dict[str, str]) -> None:
    tap = {"id": "5", "from": PERSON, "chat_instance": "1", "message": message(text="x")} | data
    update = update_of({"update_id": 1, "callback_query": tap}, BOT)

    async def never(update: object, context: Context) -> None: ...

    assert CallbackQueryHandler(never).check_update(update)
    assert not CallbackQueryHandler(never, pattern="^(?:share_now)(?::|$)").check_update(update)


def test_nothing_that_can_be_used_is_still_refused() -> None:
    with pytest.raises((TypeError, KeyError)):
        update_of({"update_id": 1, "message": {"text": "hello"}}, BOT)


class Weather(OurBot):
    """`initialize` meets these errors, one after another, and then the server answers with `who`."""

    __slots__ = ("asked", "troubles", "who")

    def __init__(self, troubles: list[Exception], who: dict[str, Any]) -> None:
        super().__init__(TOKEN)
        with self._unfrozen():
            self.troubles, self.who, self.asked = troubles, who, 0

    async def _post(self, endpoint: str, *args: Any, **kwargs: Any) -> Any:
        assert endpoint == "getMe"
        with self._unfrozen():
            self.asked += 1
        if self.troubles:
            raise self.troubles.pop(0)
        return self.who


async def test_a_start_waits_for_a_server_that_is_not_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("bot.chat.our_bot.asyncio.sleep", sleep)
    bot = Weather([NetworkError("gone") for _ in range(8)], {"id": 5, "is_bot": True, "first_name": "B"})
    async with bot:
        assert waits == [0.5, 1, 2, 4, 8, 15, 15, 15]
        assert bot.id == 5


async def test_a_refused_token_is_not_asked_twice() -> None:
    bot = Weather([InvalidToken("no")], {})
    with pytest.raises(InvalidToken):
        await bot.initialize()
    assert bot.asked == 1


async def test_a_bot_without_a_name_understands_commands() -> None:
    async def never(update: object, context: Context) -> None: ...

    async with Weather([], {"id": 5, "is_bot": True, "first_name": "B"}) as bot:
        update = update_of({"update_id": 1, "message": message(text="/remind")}, bot)
        assert CommandHandler("remind", never).check_update(update)


async def test_no_webhook_to_delete_is_no_reason_not_to_poll(
    sqlite_database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*args: object, **kwargs: object) -> bool:
        raise InvalidToken("Not Found")

    monkeypatch.setattr(ExtBot, "delete_webhook", refuse)
    async with way_in(sqlite_database, clock) as way, way.running():
        way.say(7, "hello")
        await way.until(lambda: way.heard(7) == ["You said hello"])


async def test_a_webhook_that_could_not_be_left_at_first_is_left_when_it_is_in_the_way(
    sqlite_database: Database, clock: FixedClock
) -> None:
    async with way_in(sqlite_database, clock) as way:
        await way.bot.set_webhook("https://127.0.0.1:9/gone", secret_token="secret-of-sixteen")
        for _ in range(4):
            way.fault("502", method="deleteWebhook")
        way.say(7, "hello")
        async with way.running():
            await way.until(lambda: way.heard(7) == ["You said hello"])


async def test_a_server_that_does_not_wait_is_asked_now_and_then_only(
    sqlite_database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    stop = asyncio.Event()
    async with way_in(sqlite_database, clock) as way:
        poller = way.poller()

        async def nothing(url: str, **kwargs: object) -> bytes:
            return b'{"ok": true, "result": []}'

        async def pause(stop: asyncio.Event, seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 3:
                stop.set()
            await asyncio.sleep(0)

        monkeypatch.setattr("telegram.request.BaseRequest.retrieve", lambda _self, url, **_more: nothing(url))
        monkeypatch.setattr(poller, "_pause", pause)
        async with asyncio.timeout(20):
            await poller.run(stop)
    assert pauses == [0.2, 0.2, 0.2]
