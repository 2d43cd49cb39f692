"""python-telegram-bot, unchanged, over real HTTP: what a bot does with Telegram it can do with the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from tests.sandbox.conftest import CARE, TOKEN, Town

Bot = Application[Any, Any, Any, Any, Any, Any]


@asynccontextmanager
async def polling(application: Bot) -> AsyncIterator[Bot]:
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(timeout=10, bootstrap_retries=0)
        yield application
        await application.updater.stop()
        await application.stop()


async def test_a_conversation_by_polling(town: Town) -> None:
    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.effective_message
        buttons = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])
        await update.effective_message.reply_html("<b>Hello</b> &amp; welcome", reply_markup=buttons)

    async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.effective_message
        await update.effective_message.reply_text(f"You said {update.effective_message.text}")

    async def pressed(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.callback_query
        await update.callback_query.answer("Thank you")
        await update.callback_query.edit_message_text("You pressed yes")

    application = town.application().build()
    application.add_handlers(
        [CommandHandler("start", start), CallbackQueryHandler(pressed), MessageHandler(filters.TEXT, echo)]
    )
    async with polling(application):
        asked = await town.say(7, "/start")
        [hello] = await town.messages(7, asked["message_id"], wait=10)
        assert hello["text"] == "Hello & welcome"
        assert hello["entities"] == [{"type": "bold", "offset": 0, "length": 5}]
        assert hello["from"]["is_bot"] is True
        assert hello["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "y"

        pressed_one = await town.press(7, hello["message_id"], "y")
        query = await town.http.get(f"/sandbox/callbacks/{pressed_one['callback_query_id']}", params={"wait": 10})
        assert query.json()["text"] == "Thank you"
        await town.http.get("/sandbox/transcript", params={"method": "editMessageText", "wait": 10})
        [_, edited] = await town.messages(7)
        assert edited["text"] == "You pressed yes"
        assert edited["edit_date"] >= edited["date"]
        assert "reply_markup" not in edited

        said = await town.say(7, "good morning")
        [answer] = await town.messages(7, said["message_id"], wait=10)
        assert answer["text"] == "You said good morning"
        assert datetime.fromtimestamp(answer["date"], UTC).date() == date(2026, 5, 4)


async def test_every_kind_of_update_reaches_its_handler(town: Town) -> None:
    seen: asyncio.Queue[tuple[str, Update]] = asyncio.Queue()

    def note(name: str) -> Any:
        async def handler(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
            await seen.put((name, update))

        return handler

    application = town.application().build()
    kinds = {
        "edited": filters.UpdateType.EDITED_MESSAGE,
        "photo": filters.PHOTO,
        "voice": filters.VOICE,
        "location": filters.LOCATION,
        "sticker": filters.Sticker.ALL,
        "document": filters.Document.ALL,
        "reply": filters.REPLY,
        "text": filters.TEXT,
    }
    application.add_handlers([MessageHandler(kind, note(name)) for name, kind in kinds.items()])
    application.add_handler(ChatMemberHandler(note("member"), ChatMemberHandler.MY_CHAT_MEMBER))
    async with polling(application):

        async def next_is(name: str) -> Update:
            found, update = await asyncio.wait_for(seen.get(), 10)
            assert found == name
            return update

        said = await town.say(7, "one")
        await next_is("text")
        await town.say(7, "two", edit_message_id=said["message_id"])
        update = await next_is("edited")
        assert update.edited_message
        assert update.edited_message.text == "two"
        assert update.edited_message.edit_date
        await town.say(7, photo=True, caption="my arm")
        update = await next_is("photo")
        assert update.message
        assert update.message.caption == "my arm"
        file = await application.bot.get_file(update.message.photo[0].file_id)
        assert bytes(await file.download_as_bytearray()).startswith(b"\x89PNG")
        await town.say(7, voice=True)
        await next_is("voice")
        await town.say(7, location={"latitude": 51.5, "longitude": -0.1})
        update = await next_is("location")
        assert update.message
        assert update.message.location
        assert update.message.location.latitude == 51.5
        await town.say(7, sticker=True)
        await next_is("sticker")
        await town.say(7, document=True)
        await next_is("document")
        await town.say(CARE, "on it", reply_to_message_id=(await town.say(CARE, "first"))["message_id"])
        await next_is("text")
        update = await next_is("reply")
        assert update.message
        assert update.message.reply_to_message
        assert update.message.reply_to_message.text == "first"
        assert update.message.from_user != update.effective_chat
        await town.http.post("/sandbox/chats/7/block")
        update = await next_is("member")
        assert update.my_chat_member
        assert update.my_chat_member.new_chat_member.status == "kicked"
        await town.http.post("/sandbox/chats/7/unblock")
        update = await next_is("member")
        assert update.my_chat_member
        assert update.my_chat_member.new_chat_member.status == "member"


async def test_what_a_bot_sends_comes_back_as_objects(town: Town) -> None:
    await town.say(7, "/start", user={"first_name": "Amina", "language_code": "sw"})
    async with town.application().build() as application:
        bot = application.bot
        assert (await bot.get_me()).username
        chat = await bot.get_chat(7)
        assert (chat.first_name, chat.type) == ("Amina", "private")
        assert (await bot.get_chat_member(7, 7)).user.language_code == "sw"
        keyboard = ReplyKeyboardMarkup([[KeyboardButton("Where I am", request_location=True)]], resize_keyboard=True)
        sent = await bot.send_message(7, "Where?", reply_markup=keyboard, reply_parameters=ReplyParameters(1))
        assert sent.reply_to_message
        assert sent.reply_to_message.text == "/start"
        assert sent.reply_markup is None
        [_, shown] = await town.messages(7)
        assert shown["reply_markup"]["keyboard"] == [[{"text": "Where I am", "request_location": True}]]
        picture = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000400000002008060000")
        photo = await bot.send_photo(7, picture, caption="<i>Fig.</i>", parse_mode=ParseMode.HTML)
        assert (photo.photo[0].width, photo.photo[0].height, photo.caption) == (64, 32, "Fig.")
        again = await bot.send_photo(7, photo.photo[0].file_id)
        assert again.photo[0].file_id == photo.photo[0].file_id
        await bot.edit_message_caption(chat_id=7, message_id=photo.message_id, caption="Figure")
        document = await bot.send_document(7, b"a,b\n1,2\n", filename="diary.csv")
        assert document.document
        assert document.document.file_name == "diary.csv"
        file = await bot.get_file(document.document.file_id)
        assert bytes(await file.download_as_bytearray()) == b"a,b\n1,2\n"
        assert (await bot.send_location(7, 1.5, 2.5)).location
        assert await bot.send_chat_action(7, ChatAction.TYPING)
        assert await bot.delete_message(7, sent.message_id)
        await bot.set_my_commands([BotCommand("help", "What I can do")], scope=BotCommandScopeAllPrivateChats())
        await bot.set_my_commands([BotCommand("help", "Hilfe")], BotCommandScopeAllPrivateChats(), language_code="de")
        assert (await bot.get_my_commands(BotCommandScopeAllPrivateChats()))[0].description == "What I can do"
        assert await bot.get_my_commands() == ()
        seen = (await town.http.get("/sandbox/chats/7/commands", params={"language": "de"})).json()
        assert seen["commands"] == [{"command": "help", "description": "Hilfe"}]
        assert (await town.http.get(f"/sandbox/chats/{CARE}/commands")).json()["commands"] == []
        await bot.delete_my_commands(BotCommandScopeAllPrivateChats(), language_code="de")
        await bot.set_my_description("I answer questions.")
        await bot.set_my_short_description("Answers.")
        await bot.set_my_name("Bee")
        assert (await bot.get_my_description()).description == "I answer questions."
        assert (await bot.get_my_short_description()).short_description == "Answers."
        assert (await bot.get_my_name()).name == "Bee"


async def test_errors_come_as_the_library_knows_them(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    await town.say(7, "/start")
    async with AsyncExitStack() as stack:
        application = await stack.enter_async_context(town.application().read_timeout(0.5).build())
        bot = application.bot

        async def send() -> None:
            await bot.send_message(7, "hi")

        await town.fault(method="sendMessage", kind="429", retry_after=3)
        with pytest.raises(RetryAfter) as flood:
            await send()
        assert flood.value.retry_after == timedelta(seconds=3)
        await town.fault(method="*", kind="403", chat_id=7)
        with pytest.raises(Forbidden, match="blocked by the user"):
            await send()
        for kind in ("500", "502"):
            await town.fault(kind=kind)
            with pytest.raises(NetworkError):
                await send()
        await town.fault(kind="drop")
        with pytest.raises(NetworkError, match="RemoteProtocolError"):
            await send()
        await town.fault(kind="hang")
        with pytest.raises(TimedOut):
            await send()
        assert await town.messages(7, 1) == []
        await town.fault(kind="deliver_then_drop")
        with pytest.raises(NetworkError):
            await send()
        await town.fault(kind="deliver_then_hang")
        with pytest.raises(TimedOut):
            await send()
        assert [message["text"] for message in await town.messages(7, 1)] == ["hi", "hi"]
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(8, "hi")
        moved = (await town.http.post(f"/sandbox/chats/{CARE}/migrate")).json()["migrate_to_chat_id"]
        with pytest.raises(ChatMigrated) as migrated:
            await bot.send_message(CARE, "hi")
        assert migrated.value.new_chat_id == moved
        assert (await bot.send_message(moved, "hi")).chat.type == "supergroup"
        await bot.set_webhook("https://example.org/hook")
        with pytest.raises(Conflict):
            await bot.get_updates()
        await bot.delete_webhook()
    with pytest.raises(InvalidToken):
        async with town.application().token(TOKEN + "x").build().bot:
            pass
