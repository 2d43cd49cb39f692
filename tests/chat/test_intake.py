"""From Telegram to the answer over real HTTP: nothing acknowledged before it is on disk, no trouble ends the loop."""

from __future__ import annotations

import asyncio

from telegram import Update
from telegram.ext import ApplicationHandlerStop

from bot.chat.context import Context
from bot.chat.limits import BURST
from bot.clock import FixedClock
from bot.records import inbox
from bot.records.database import Database
from tests.chat.inboxing import DANGER
from tests.chat.telegram_making import echo, way_in


async def test_a_message_is_answered(database: Database, clock: FixedClock) -> None:
    async with way_in(database, clock) as way, way.running():
        way.say(7, "good morning")
        await way.until(lambda: way.heard(7) == ["You said good morning"])


async def test_the_offset_does_not_move_past_what_is_not_on_disk(sqlite_database: Database, clock: FixedClock) -> None:
    async with way_in(sqlite_database, clock) as way:
        async with sqlite_database.write() as connection:
            await connection.exec_driver_sql("ALTER TABLE inbox RENAME TO gone")
        for n in range(3):
            way.say(7 + n, f"hello {n}")
        way.say(11, f"help, {DANGER}")
        async with way.running():
            await way.until(lambda: len(way.heard(11)) == 1)
            assert "anaphylaxis" in way.heard(11)[0]
            assert len(way.sandbox.feed.queue) == 4
            async with sqlite_database.write() as connection:
                await connection.exec_driver_sql("ALTER TABLE gone RENAME TO inbox")
            await way.until(lambda: all(way.heard(7 + n) for n in range(3)) and len(way.heard(11)) == 2)
            assert len(way.heard(11)) == 2  # the card while the database was gone, the answer after: never repeated
            await way.until(lambda: not way.sandbox.feed.queue)


async def test_telegram_gone_for_a_while_loses_nothing(database: Database, clock: FixedClock) -> None:
    async with way_in(database, clock, patience=20) as way:
        for kind in ("drop", "502", "429", "hang"):
            way.fault(kind, method="getUpdates", seconds=0.2)
        for kind in ("drop", "503", "429"):
            way.fault(kind, method="sendMessage")
        way.say(7, "one")
        way.say(8, "two")
        async with way.running():
            await way.until(lambda: bool(way.heard(7) and way.heard(8)))
    assert (way.heard(7), way.heard(8)) == (["You said one"], ["You said two"])


async def test_two_pollers_by_mistake_lose_nothing_and_answer_once(database: Database, clock: FixedClock) -> None:
    async with way_in(database, clock) as way, way.running():
        stop = asyncio.Event()
        second = asyncio.create_task(way.poller().run(stop))
        conflicts = way.metrics.poll_errors.labels("Conflict")
        await way.until(lambda: conflicts._value.get() >= 1)
        for n in range(20):
            way.say(100 + n, f"hello {n}")
        await way.until(lambda: all(way.heard(100 + n) for n in range(20)), 60)
        stop.set()
        await second
    assert [way.heard(100 + n) for n in range(20)] == [[f"You said hello {n}"] for n in range(20)]


async def test_a_webhook_left_over_is_taken_down_without_dropping_updates(
    sqlite_database: Database, clock: FixedClock
) -> None:
    async with way_in(sqlite_database, clock) as way:
        await way.bot.set_webhook("https://127.0.0.1:9/gone", secret_token="secret-of-sixteen")
        way.say(7, "still here?")
        async with way.running():
            await way.until(lambda: way.heard(7) == ["You said still here?"])


async def test_an_offset_is_not_kept_once_it_was_acknowledged(sqlite_database: Database, clock: FixedClock) -> None:
    """Telegram may number anew, from below, after a quiet week."""
    async with way_in(sqlite_database, clock) as way, way.running():
        way.say(7, "before")
        await way.until(lambda: bool(way.heard(7)))

        def polls() -> list[bool]:
            """Whether each poll so far carried an offset."""
            calls = [call for call in way.sandbox.transcript.calls if call.method == "getUpdates"]
            return ["offset" in call.params for call in calls]

        await way.until(lambda: True in polls() and not polls()[-1])
        way.sandbox.feed._next_id = 50
        way.people.say(8, {"text": "after"})
        await way.until(lambda: bool(way.heard(8)))


async def test_a_handler_that_breaks_is_tried_thrice_then_the_patient_is_told(
    database: Database, clock: FixedClock
) -> None:
    seen: list[str] = []

    async def breaking(update: Update, context: Context) -> None:
        assert update.message is not None
        seen.append(update.message.text or "")
        if update.message.text == "hello":
            await echo(update, context)
            raise ApplicationHandlerStop
        raise RuntimeError("secret of the patient")

    async with way_in(database, clock, breaking) as way, way.running():
        way.say(7, "break please")
        way.say(8, f"break, {DANGER}")
        way.say(7, "hello")
        await way.until(lambda: len(way.heard(7)) == 2 and len(way.heard(8)) == 2)
    sorry, answer = way.heard(7)
    assert seen.count("break please") == seen.count(f"break, {DANGER}") == 3
    assert "quote" in sorry
    assert "secret" not in sorry
    assert answer == "You said hello"
    assert all("anaphylaxis" in card for card in way.heard(8))  # at the first failure, and when given up


async def test_who_blocked_the_bot_is_marked_and_not_tried_again(database: Database, clock: FixedClock) -> None:
    async with way_in(database, clock) as way, way.running():
        way.fault("403", method="sendMessage", chat_id=7)
        way.say(7, "hello")
        way.say(8, "hello")
        await way.until(lambda: bool(way.heard(8)))
        handled = way.metrics.handled.labels("done")
        await way.until(lambda: handled._value.get() == 2)
    async with database.read() as connection:
        assert await inbox.oldest_waiting(connection) is None
    assert way.heard(7) == []


async def test_a_refused_answer_is_not_tried_again(database: Database, clock: FixedClock) -> None:
    async with way_in(database, clock) as way, way.running():
        way.fault("400", method="sendMessage", chat_id=7)
        way.say(7, "hello")
        await way.until(lambda: len(way.heard(7)) == 1)
    assert "quote" in way.heard(7)[0]


async def test_a_flood_of_the_same_words_is_answered_once(sqlite_database: Database, clock: FixedClock) -> None:
    async with way_in(sqlite_database, clock) as way, way.running():
        for _ in range(50):
            way.say(7, "buy now")
        way.say(8, "hello")
        await way.until(lambda: bool(way.heard(8)) and not way.sandbox.feed.queue)
        limited = way.metrics.limited
        await way.until(lambda: sum(limited.labels(kind)._value.get() for kind in ("repeat", "let_go")) == 49)
    assert way.heard(7) == ["You said buy now"]


async def test_a_flood_is_told_so_once_and_its_red_flag_is_still_answered(
    sqlite_database: Database, clock: FixedClock
) -> None:
    from bot.records import people

    async with sqlite_database.write() as connection:
        await people.arrive(connection, 7, clock.now())
    async with way_in(sqlite_database, clock) as way, way.running():
        for n in range(BURST + 19):
            way.say(7, f"buy {n}")
        way.say(7, DANGER)
        await way.until(lambda: f"You said {DANGER}" in way.heard(7))
    said = way.heard(7)
    assert sum("a lot of messages" in text for text in said) == 1
    assert len(said) < BURST + 19


async def test_an_update_nobody_can_read_is_set_aside_at_once_and_its_chat_told(
    database: Database, clock: FixedClock
) -> None:
    async with way_in(database, clock) as way, way.running():
        way.say(7, "before")
        await way.until(lambda: bool(way.heard(7)))
        broken = {"date": 2**62, "chat": {"id": 7, "type": "private"}, "from": {"id": 7}, "text": "hi"}
        way.sandbox.feed.push("message", broken)
        way.say(7, "after")
        await way.until(lambda: len(way.heard(7)) == 3)
    assert "quote" in way.heard(7)[1]
    assert way.metrics.handled.labels("hopeless")._value.get() == 1
