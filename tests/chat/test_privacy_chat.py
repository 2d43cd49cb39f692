"""/privacy, /export and /forget as a person meets them; blocking the bot and coming back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from bot.care.privacy import Keeping, Privacy
from bot.chat import membership, privacy
from bot.clock import FixedClock
from bot.records import outbox, people
from bot.records.database import Database
from tests.care.somebody import LABEL, somebody
from tests.chat.telegram_making import WayIn, way_in
from tests.records.making import new_delivery

CHAT, OTHER = 7, 8


def features(database: Database, clock: FixedClock) -> list[Any]:
    kept = Keeping(days=365, blocked_months=6, encrypted=False, zone="Europe/London")
    return [membership.feature(database, clock), privacy.feature(Privacy(database, clock, kept))]


def last(way: WayIn, chat: int = CHAT) -> dict[str, Any]:
    return list(way.sandbox.world.chats[chat].messages.values())[-1].shown()


def press(way: WayIn, label: str, chat: int = CHAT) -> None:
    message = last(way, chat)
    rows = message["reply_markup"]["inline_keyboard"]
    data = next(one["callback_data"] for row in rows for one in row if one["text"].startswith(label))
    way.people.press(chat, {"message_id": message["message_id"], "data": data})


async def test_see_take_away_and_delete(database: Database, clock: FixedClock) -> None:
    async with database.write() as connection:
        person = await somebody(connection, CHAT, clock.now())
    async with way_in(database, clock, features=features(database, clock)) as way, way.running():
        way.say(CHAT, "/privacy")
        await way.until(lambda: any(person.code in text for text in way.heard(CHAT)))
        press(way, "Get all")
        await way.until(lambda: "document" in last(way) and last(way)["document"]["file_name"].endswith(".json"))
        files = {
            message.shown()["document"]["file_name"]: way.sandbox.world.files[message.shown()["document"]["file_id"]]
            for message in way.sandbox.world.chats[CHAT].messages.values()
            if "document" in message.shown()
        }
        assert {name.rpartition(".")[2] for name in files} == {"pdf", "json"}
        for name, file in files.items():
            if name.endswith("json"):
                assert LABEL in json.dumps(json.loads(file.content), ensure_ascii=False)
            else:
                assert file.content.startswith(b"%PDF")
        way.say(CHAT, "/export")
        await way.until(lambda: "wait a minute" in way.heard(CHAT)[-1])
        way.say(CHAT, "/forget")
        await way.until(lambda: "Shall I delete" in way.heard(CHAT)[-1])
        press(way, "No")
        await way.until(lambda: "Nothing was deleted" in way.heard(CHAT)[-1])
        way.say(CHAT, "/forget")
        await way.until(lambda: "Shall I delete" in way.heard(CHAT)[-1])
        press(way, "Yes")
        await way.until(lambda: "Everything is deleted" in way.heard(CHAT)[-1])
        assert "reply_markup" not in last(way)
    async with database.read() as connection:
        assert await people.find(connection, CHAT) is None


async def test_a_copied_button_deletes_only_who_tapped_it(database: Database, clock: FixedClock) -> None:
    async with database.write() as connection:
        await people.arrive(connection, CHAT, clock.now())
        await people.arrive(connection, OTHER, clock.now())
    async with way_in(database, clock, features=features(database, clock)) as way, way.running():
        way.say(CHAT, "/forget")
        await way.until(lambda: "Shall I delete" in way.heard(CHAT)[-1:][0] if way.heard(CHAT) else False)
        data = last(way)["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        way.say(OTHER, "/privacy")
        await way.until(lambda: bool(way.heard(OTHER)))
        way.people.press(OTHER, {"message_id": last(way, OTHER)["message_id"], "data": data})
        await way.until(lambda: "Everything is deleted" in last(way, OTHER)["text"])
    async with database.read() as connection:
        assert await people.find(connection, CHAT) is not None
        assert await people.find(connection, OTHER) is None


async def test_not_in_a_group(sqlite_database: Database, clock: FixedClock) -> None:
    async with way_in(sqlite_database, clock, features=features(sqlite_database, clock)) as way, way.running():
        for command in ("/privacy", "/export", "/forget"):
            way.say(-55, command)
        way.say(-55, "end")
        await way.until(lambda: "You said end" in way.heard(-55))
        assert way.heard(-55) == ["You said /privacy", "You said /export", "You said /forget", "You said end"]


async def test_blocking_stops_what_waits_and_coming_back_begins_anew(database: Database, clock: FixedClock) -> None:
    async with database.write() as connection:
        await people.arrive(connection, CHAT, clock.now())
        await outbox.add(connection, [new_delivery("later", chat_id=CHAT)], clock.now())

    async def seen() -> tuple[bool, str]:
        async with database.read() as connection:
            person, row = await people.find(connection, CHAT), await outbox.by_key(connection, "later")
        assert person is not None
        assert row is not None
        return person.unreachable_at is None, row.state

    async with way_in(database, clock, features=features(database, clock)) as way, way.running():
        handled = way.metrics.handled.labels("done")._value
        way.say(CHAT, "hello")
        await way.until(lambda: handled.get() == 1)
        assert await seen() == (True, "pending")
        way.people.block(CHAT, blocked=True)
        await way.until(lambda: handled.get() == 2)
        assert await seen() == (False, "cancelled")
        way.people.block(CHAT, blocked=False)
        await way.until(lambda: handled.get() == 3)
        assert await seen() == (True, "cancelled")
        clock.advance(timedelta(seconds=1))
