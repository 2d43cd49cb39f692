"""What is around the bot breaks while people write: nothing is lost, a red flag gets its card, then all goes on.

`make bench ONLY=faults` does the same to whole processes, for thirty seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import event, text
from structlog.testing import capture_logs
from telegram import Update

from benchmarks._gate import Gate, behind, through
from benchmarks.faults import locked
from bot.care.receiving import Receiving
from bot.care.screening import SafeScreen
from bot.chat.context import Context
from bot.clock import FixedClock
from bot.metrics import Metrics
from bot.records.database import Connection, Database
from bot.records.tables import inbox as inbox_table
from bot.records.types import db_now
from tests.chat.inboxing import DANGER, KeywordScreen, Recorder, message
from tests.chat.telegram_making import WayIn, echo, way_in
from tests.chat.test_drain import draining, no_card

CHATS = range(100, 110)


@pytest.fixture(autouse=True)
def unprinted() -> Iterator[None]:
    """Dozens of exceptions, each shown at length, would take longer than the outage."""
    with capture_logs():
        yield


@asynccontextmanager
async def way_through(gate: Gate, url: str, clock: FixedClock) -> AsyncIterator[WayIn]:
    """The way in, with its database behind a gate; handlers use the database too, as the bot's own do."""
    async with Database(through(url, gate.port)) as database:

        async def remembering(update: Update, context: Context) -> None:
            async with database.read() as connection:
                await connection.execute(text("SELECT 1"))
            await echo(update, context)

        async with way_in(database, clock, remembering) as way, way.running():
            way.say(7, "before")
            await way.until(lambda: bool(way.heard(7)))
            yield way


def all_say(way: WayIn) -> None:
    """Everybody writes, the last one a danger sign."""
    for chat in CHATS:
        way.say(chat, f"hello {chat}")
    way.say(11, f"help, {DANGER}")


async def nothing_lost(way: WayIn) -> None:
    """Everybody has the answer, once; the danger sign its card and its answer; Telegram keeps nothing back."""
    await way.until(lambda: all(way.heard(chat) for chat in CHATS) and len(way.heard(11)) == 2, 60)
    await way.until(lambda: not way.sandbox.feed.queue)
    assert [way.heard(chat) for chat in CHATS] == [[f"You said hello {chat}"] for chat in CHATS]
    card, answer = way.heard(11)
    assert "anaphylaxis" in card
    assert answer == f"You said help, {DANGER}"


async def test_postgresql_gone_and_back(postgresql_url: str, clock: FixedClock) -> None:
    async with Gate(behind(postgresql_url)) as gate, way_through(gate, postgresql_url, clock) as way:
        gate.shut()
        all_say(way)
        await way.until(lambda: len(way.heard(11)) == 1)
        await way.until(lambda: way.metrics.poll_errors.labels("database")._value.get() >= 3)
        assert len(way.sandbox.feed.queue) == len(CHATS) + 1  # nothing was acknowledged
        await gate.open()
        await nothing_lost(way)


async def test_postgresql_silent_and_back(
    postgresql_url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No error tells: the card must not wait for one."""
    monkeypatch.setattr("bot.care.receiving.PATIENCE", 0.2)
    async with Gate(behind(postgresql_url)) as gate, way_through(gate, postgresql_url, clock) as way:
        gate.hush()
        all_say(way)
        await way.until(lambda: len(way.heard(11)) == 1)
        await gate.open()
        await nothing_lost(way)


async def test_postgresql_silent_then_torn_off(
    postgresql_url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.care.receiving.PATIENCE", 0.2)
    async with Gate(behind(postgresql_url)) as gate, way_through(gate, postgresql_url, clock) as way:
        gate.hush()
        all_say(way)
        await way.until(lambda: len(way.heard(11)) == 1)
        gate.shut()
        await way.until(lambda: way.metrics.poll_errors.labels("database")._value.get() >= 1)
        await gate.open()
        await nothing_lost(way)


async def test_postgresql_gone_while_an_update_is_handled(postgresql_url: str, clock: FixedClock) -> None:
    """What was under way is tried again without being counted as its own mistake."""
    async with Gate(behind(postgresql_url)) as gate, Database(through(postgresql_url, gate.port)) as database:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def midway(update: Update, context: Context) -> None:
            async with database.write() as connection:
                await connection.execute(text("SELECT 1"))
                begun.set()
                await go_on.wait()
                await connection.execute(text("SELECT 1"))
            await echo(update, context)

        async with way_in(database, clock, midway) as way, way.running():
            all_say(way)
            async with asyncio.timeout(20):
                await begun.wait()
            gate.shut()
            go_on.set()
            await way.until(lambda: way.metrics.handled.labels("again")._value.get() >= 1)
            await gate.open()
            await way.until(lambda: all(way.heard(chat) for chat in CHATS) and len(way.heard(11)) >= 1, 60)
            await way.until(lambda: way.metrics.handled.labels("done")._value.get() == len(CHATS) + 1)
        assert way.metrics.handled.labels("failed")._value.get() == 0
        assert [way.heard(chat) for chat in CHATS] == [[f"You said hello {chat}"] for chat in CHATS]


class _LosesAnswers(Database):
    """A database that commits and cannot say so any more."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.losing = False

    @asynccontextmanager
    async def write(self, *, bulk: bool = False) -> AsyncIterator[Connection]:
        async with super().write(bulk=bulk) as connection:
            yield connection
        if self.losing:
            self.losing = False
            raise ConnectionError("gone at the commit")


async def test_what_was_taken_without_knowing_it_is_handed_back(database_url: str, clock: FixedClock) -> None:
    handler = Recorder()
    gate = handler.gate[1] = asyncio.Event()
    async with (
        _LosesAnswers(database_url) as database,
        Database(database_url) as other,
        draining(database, handler, clock, lease=3600) as door,
    ):
        await door.take([message(1, 1)])
        await handler.until(lambda: len(handler.begun) == 1)
        database.losing = True
        await Receiving(other, SafeScreen(KeywordScreen()), clock, Metrics(), no_card).take([message(2, 2)])
        await handler.until(lambda: handler.ended == [2])
        gate.set()
        await handler.until(lambda: handler.ended == [2, 1])
    assert [(taken.update_id, taken.attempts) for taken in handler.begun] == [(1, 1), (2, 1)]


async def test_after_an_outage_longer_than_the_leases_nobody_takes_over_from_the_living(
    postgresql_url: str, clock: FixedClock
) -> None:
    """Whoever is back first waits until the others had time to say that they are alive."""
    one, two = Recorder(), Recorder()
    two.bell, two.begun, two.ended = one.bell, one.begun, one.ended
    go_on = one.gate[1] = two.gate[1] = asyncio.Event()
    async with (
        Gate(behind(postgresql_url)) as near,
        Gate(behind(postgresql_url)) as far,
        Database(postgresql_url) as watched,
        Database(through(postgresql_url, near.port)) as first,
        Database(through(postgresql_url, far.port)) as second,
        draining(first, one, clock, lease=10.0) as door,
    ):
        await door.take([message(1, 1)])
        await one.until(lambda: len(one.begun) == 1)
        async with draining(second, two, clock, lease=10.0):
            near.shut()
            far.shut()
            await asyncio.sleep(0.7)  # a round of each, which fails
            async with watched.write() as connection:
                over = inbox_table.update().where(inbox_table.c.state == "taken").values(lease_until=db_now(-1))
                await connection.execute(over)
            await far.open()
            await asyncio.sleep(2.5)  # a fifth of the lease is how often it looks for what the dead held
            await near.open()
            await door.take([message(2, 2)])
            await one.until(lambda: 2 in one.ended)
            go_on.set()
            await one.until(lambda: 1 in one.ended)
    assert sorted(taken.update_id for taken in one.begun) == [1, 2]


@pytest.mark.parametrize("lock_seconds", [30.0, 0.2], ids=["waited for", "given up"])
async def test_sqlite_locked_by_another_process(
    sqlite_url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, lock_seconds: float
) -> None:
    monkeypatch.setattr("bot.care.receiving.PATIENCE", 0.2)
    monkeypatch.setattr("bot.records.database._BUSY_TIMEOUT_SECONDS", lock_seconds)
    async with Database(sqlite_url) as database, way_in(database, clock) as way, way.running():
        way.say(7, "before")
        await way.until(lambda: bool(way.heard(7)))
        with locked(str(database.file)):
            all_say(way)
            await way.until(lambda: len(way.heard(11)) == 1)
            if lock_seconds < 1:
                await way.until(lambda: way.metrics.poll_errors.labels("database")._value.get() >= 2)
            assert len(way.sandbox.feed.queue) == len(CHATS) + 1
        await nothing_lost(way)


BALLAST = "INSERT INTO ballast VALUES (zeroblob(1000000))"


@asynccontextmanager
async def sqlite_full(database: Database) -> AsyncIterator[None]:
    """SQLite finds no room for anything the inbox is to take."""
    full = False

    def limit(connection: SyncConnection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={1 if full else 1_000_000}")

    event.listen(database._engine.sync_engine, "begin", limit)
    async with database.write() as connection:
        await connection.exec_driver_sql("CREATE TABLE ballast (x BLOB)")
        for what in ("INSERT", "UPDATE"):
            trigger = f"CREATE TRIGGER heavy_{what} AFTER {what} ON inbox BEGIN {BALLAST}; END"
            await connection.exec_driver_sql(trigger)
    full = True
    try:
        yield
    finally:
        full = False


@asynccontextmanager
async def postgresql_full(database: Database) -> AsyncIterator[None]:
    """The server answers as it does on a full disk."""
    error = "BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END"
    async with database.write() as connection:
        await connection.exec_driver_sql(
            f"CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ {error} $$"
        )
        trigger = "CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE ON inbox FOR EACH ROW EXECUTE FUNCTION disk_full()"
        await connection.exec_driver_sql(trigger)
    try:
        yield
    finally:
        async with database.write() as connection:
            await connection.exec_driver_sql("DROP FUNCTION disk_full() CASCADE")


async def test_the_disk_full(database: Database, clock: FixedClock) -> None:
    full = sqlite_full if database.dialect == "sqlite" else postgresql_full
    async with way_in(database, clock) as way, way.running():
        way.say(7, "before")
        await way.until(lambda: bool(way.heard(7)))
        async with full(database):
            all_say(way)
            await way.until(lambda: len(way.heard(11)) == 1)
            await way.until(lambda: way.metrics.poll_errors.labels("database")._value.get() >= 2)
            assert len(way.sandbox.feed.queue) == len(CHATS) + 1
        await nothing_lost(way)


@pytest.mark.parametrize("kind", ["502", "drop"])
async def test_telegram_in_trouble_for_longer_than_a_few_tries(
    database: Database, clock: FixedClock, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.drain._LONGEST_PAUSE", 0.2)
    async with way_in(database, clock, patience=0.1) as way, way.running():
        way.fault(kind, method="sendMessage", times=None)
        all_say(way)
        tries = way.metrics.handled.labels("again")
        await way.until(lambda: tries._value.get() >= 6 * (len(CHATS) + 1), 60)
        assert way.metrics.handled.labels("done")._value.get() == 0
        way.sandbox.faults.script.clear()
        await way.until(lambda: all(way.heard(chat) for chat in CHATS) and bool(way.heard(11)), 60)
        await way.until(lambda: way.metrics.handled.labels("done")._value.get() == len(CHATS) + 1)
    assert [way.heard(chat) for chat in CHATS] == [[f"You said hello {chat}"] for chat in CHATS]
    assert way.heard(11)[-1] == f"You said help, {DANGER}"


@pytest.mark.parametrize("hours", [-1, 1])
async def test_the_clock_stepped(database: Database, clock: FixedClock, hours: int) -> None:
    """The bot's clock; and the database's, by putting everything it has noted as far off as the step would."""
    async with way_in(database, clock) as way, way.running():
        for text_ in ("hello", "how are you", DANGER):
            way.say(7, text_)
        await way.until(lambda: len(way.heard(7)) == 3)
        clock.advance(timedelta(hours=hours))
        all_say(way)
        for text_ in ("hello", "how are you", DANGER):
            way.say(7, text_)
        await way.until(lambda: len(way.heard(7)) == 6)
        await way.until(lambda: all(way.heard(chat) for chat in CHATS) and bool(way.heard(11)))
    assert [way.heard(chat) for chat in CHATS] == [[f"You said hello {chat}"] for chat in CHATS]


async def test_the_databases_clock_put_forward_takes_nothing_from_the_living(
    database: Database, clock: FixedClock
) -> None:
    handler = Recorder()
    gate = handler.gate[1] = asyncio.Event()
    async with draining(database, handler, clock, lease=1.0) as door:
        await door.take([message(1, 1), message(2, 1)])
        await handler.until(lambda: len(handler.begun) == 1)
        for update_id in range(10, 16):  # reaping comes round more than once meanwhile
            async with database.write() as connection:
                over = inbox_table.update().where(inbox_table.c.state == "taken").values(lease_until=db_now(-3600))
                await connection.execute(over)
            await door.take([message(update_id, update_id)])
            await handler.until(lambda update_id=update_id: update_id in handler.ended)
            await asyncio.sleep(0.15)
        gate.set()
        await handler.until(lambda: 2 in handler.ended)
    assert sorted(taken.update_id for taken in handler.begun) == [1, 2, *range(10, 16)]
