"""From the outbox over real HTTP into a chat: each way a call can end leads to the state the table says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.clock import FixedClock
from bot.delivery import sending
from bot.delivery.bot_api import BotApi
from bot.delivery.claim import Batch, Claimer
from bot.delivery.request import AiohttpRequest
from bot.delivery.sending import Sender
from bot.records import alerts, budgets, chats, claims, outbox, people
from bot.records.database import Connection, Database
from bot.records.outbox import Delivery, Priority
from tests.delivery.conftest import Desk, Telegram, until
from tests.records.making import new_delivery, new_person


async def test_what_is_due_is_sent_once_and_remembers_its_message(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1, 2)
    await desk.owe(
        new_delivery("a", not_before=desk.clock.now()),
        new_delivery("b", chat_id=2, not_before=desk.clock.now()),
        new_delivery("later", not_before=desk.clock.now() + timedelta(minutes=1)),
        new_delivery("over", not_before=desk.clock.now(), expires_at=desk.clock.now()),
    )
    tally = await desk.sender().run()
    assert tally.sent == 2
    assert (telegram.texts(1), telegram.texts(2)) == (["message a"], ["message b"])
    row = await desk.row("a")
    assert (row.state, row.message_id, row.attempt, row.error) == ("sent", 1, 1, None)
    assert row.settled_at == desk.clock.now()
    assert await desk.states() == {"sent": 2, "pending": 2}
    assert (await desk.sender().run()).sent == 0
    assert telegram.calls() == 2


async def test_buttons_and_markup_arrive_as_written(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1)
    keyboard = {"inline_keyboard": [[{"text": "Done", "callback_data": "d:1:ok"}]]}
    text = "<b>Today</b> &amp; now"
    payload = {"text": text, "parse_mode": "HTML", "reply_markup": keyboard, "protect_content": True}
    await desk.owe(new_delivery("a", payload=payload, not_before=desk.clock.now()))
    await desk.sender().run()
    message = next(iter(telegram.sandbox.world.chats[1].messages.values())).shown()
    assert message["text"] == "Today & now"
    assert message["reply_markup"] == keyboard
    assert message["has_protected_content"] is True


async def test_an_edit_that_changes_nothing_counts_as_done(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1)
    await desk.owe(new_delivery("a", not_before=desk.clock.now(), payload={"text": "same"}))
    await desk.sender().run()
    telegram.fault("400", description="Bad Request: message is not modified")
    edit = {"text": "same", "message_id": 1}
    desk.clock.advance(timedelta(seconds=2))
    await _forget_the_last_second(desk)
    await desk.owe(new_delivery("edit", method="editMessageText", payload=edit, not_before=desk.clock.now()))
    await desk.sender().run()
    assert (await desk.row("edit")).state == "sent"


@pytest.mark.parametrize(
    "kind", ["hang", "drop", "500", "502", "deliver_then_drop", "deliver_then_hang", "deliver_then_500"]
)
async def test_a_reminder_nobody_knows_about_is_never_sent_again(desk: Desk, telegram: Telegram, kind: str) -> None:
    telegram.know(1)
    telegram.fault(kind, method="sendMessage")
    impatient = AiohttpRequest(read_timeout=0.3)
    if kind.endswith("hang"):
        desk.transport = BotApi(impatient, telegram.base_url)
    await desk.owe(new_delivery("a", not_before=desk.clock.now()))
    tally = await desk.sender().run()
    await impatient.shutdown()
    assert (tally.unsure, tally.again) == (1, 0)
    row = await desk.row("a")
    assert row.state == "unsure"
    assert row.error
    desk.clock.advance(timedelta(days=1))
    await desk.sender().run()
    assert telegram.calls() == 1
    assert telegram.texts(1) == (["message a"] if kind.startswith("deliver") else [])


@pytest.mark.parametrize("kind", ["drop", "502", "deliver_then_drop"])
async def test_an_alert_nobody_knows_about_is_sent_again_at_once(desk: Desk, telegram: Telegram, kind: str) -> None:
    telegram.know(-9)
    telegram.fault(kind, method="sendMessage")
    alert = new_delivery("alert:7:1", policy="again", priority=Priority.ALERT, chat_id=-9, not_before=desk.clock.now())
    await desk.owe(alert)
    await desk.sender().run()
    await _forget_the_last_second(desk)
    await desk.sender().run()
    assert (await desk.row("alert:7:1")).state == "unsure"
    assert (await desk.row("alert:7:1~2")).state == "sent"
    assert telegram.texts(-9) == ["message alert:7:1"] * (2 if kind.startswith("deliver") else 1)


async def test_an_outage_is_not_answered_with_a_flood_of_alerts(desk: Desk, telegram: Telegram) -> None:
    telegram.know(-9)
    telegram.fault("500", method="sendMessage", times=None)
    alert = new_delivery("alert:7:1", policy="again", priority=Priority.ALERT, chat_id=-9, not_before=desk.clock.now())
    await desk.owe(alert)
    for _ in range(3):
        await desk.sender().run()
        await _forget_the_last_second(desk)
    # the second copy waits a second of the bot's clock, which stands still
    assert telegram.calls() == 2
    assert (await desk.row("alert:7:1~3")).not_before == desk.clock.now() + timedelta(seconds=1)
    desk.clock.advance(timedelta(seconds=1))
    telegram.sandbox.faults.script.clear()
    await desk.sender().run()
    assert telegram.texts(-9) == ["message alert:7:1"]


async def test_what_was_refused_before_sending_is_tried_again_later(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1)
    good, telegram.base_url = telegram.base_url, "http://127.0.0.1:1/bot1:x"
    desk.transport._base_url = telegram.base_url  # type: ignore[attr-defined]
    await desk.owe(new_delivery("a", not_before=desk.clock.now()))
    assert (await desk.sender().run()).unsent == 1
    row = await desk.row("a")
    assert row.state == "pending"
    assert row.not_before > desk.clock.now()
    desk.transport._base_url = good  # type: ignore[attr-defined]
    desk.clock.advance(timedelta(minutes=1))
    await _forget_the_last_second(desk)
    await desk.sender().run()
    row = await desk.row("a")
    assert (row.state, row.attempt) == ("sent", 2)
    assert telegram.texts(1) == ["message a"]


async def test_telegrams_request_for_quiet_is_heeded_by_everybody(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1, 2)
    telegram.fault("429", method="sendMessage", retry_after=600)
    await desk.owe(new_delivery("a", not_before=desk.clock.now()))
    await desk.sender().run()
    assert (await desk.row("a")).state == "pending"
    await desk.owe(new_delivery("b", chat_id=2, not_before=desk.clock.now(), priority=Priority.ALERT))
    await desk.sender().run()
    async with desk.database.write() as connection:
        assert 598 < await budgets.halted_for(connection) <= 600
        # a shorter quiet does not shorten it
        await budgets.halt(connection, 1)
        assert 598 < await budgets.halted_for(connection) <= 600
    assert telegram.calls() == 1
    await _end_the_quiet(desk.database)
    await _forget_the_last_second(desk)
    await desk.sender().run()
    assert (telegram.texts(1), telegram.texts(2)) == (["message a"], ["message b"])


async def test_rows_claimed_before_the_quiet_do_not_start_in_it(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1)
    await desk.owe(new_delivery("a", not_before=desk.clock.now()))
    claimer = Claimer(desk.database, desk.clock, 10_000)
    batch = await claimer.claim(10)
    async with desk.database.write() as connection:
        await budgets.halt(connection, 600)
    async with desk.database.write() as connection:
        assert await claims.start(connection, [t.delivery.id for t in batch.turns], claimer.token, 90) == set()


async def test_a_person_who_blocks_the_bot_gets_nothing_more(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1, 2)
    telegram.sandbox.world.chats[1].blocked = True
    async with desk.database.write() as connection:
        await new_person(connection, 1)
    now = desk.clock.now()
    await desk.owe(
        new_delivery("a", not_before=now),
        new_delivery("b", not_before=now + timedelta(days=1)),
        new_delivery("other", chat_id=2, not_before=now),
    )
    tally = await desk.sender().run()
    assert (tally.sent, tally.failed, tally.lost) == (1, 1, 1)
    assert [(await desk.row(key)).state for key in ("a", "b", "other")] == ["failed", "cancelled", "sent"]
    async with desk.database.read() as connection:
        person = await people.find(connection, 1)
        assert person is not None
        assert person.unreachable_at == now
        found = await chats.find(connection, 1)
        assert found is not None
        assert "blocked" in found.reason


async def test_a_group_that_became_a_supergroup_still_gets_its_alert(desk: Desk, telegram: Telegram) -> None:
    telegram.know(-9, -1009)
    telegram.sandbox.world.chats[-9].migrated_to = -1009
    now = desk.clock.now()
    alert = {"policy": "again", "priority": Priority.ALERT, "chat_id": -9}
    await desk.owe(*(new_delivery(f"alert:1:{n}", not_before=now, **alert) for n in (1, 2)))
    for _ in range(3):
        await desk.sender().run()
        await _forget_the_last_second(desk)
    assert sorted(telegram.texts(-1009)) == ["message alert:1:1", "message alert:1:2"]
    assert [(await desk.row(f"alert:1:{n}")).chat_id for n in (1, 2)] == [-1009, -1009]


async def test_our_own_mistake_is_final_and_reported(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1)
    await desk.owe(new_delivery("a", payload={"text": "<b>oops", "parse_mode": "HTML"}, not_before=desk.clock.now()))
    tally = await desk.sender().run()
    assert (await desk.row("a")).state == "failed"
    assert len(tally.errors) == 1
    assert "oops" not in tally.errors[0]


async def test_a_chat_that_does_not_exist_is_lost(desk: Desk) -> None:
    await desk.owe(new_delivery("a", chat_id=404, not_before=desk.clock.now()))
    await desk.sender().run()
    assert (await desk.row("a")).state == "failed"


async def test_a_wrong_token_stops_everything_and_loses_nothing(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1)
    desk.transport._base_url = telegram.base_url + "wrong"  # type: ignore[attr-defined]
    await desk.owe(new_delivery("a", not_before=desk.clock.now()))
    await desk.sender().run()
    assert (await desk.row("a")).state == "pending"
    async with desk.database.read() as connection:
        assert await budgets.halted_for(connection) > 0


async def test_alerts_go_first_and_reach_the_alerts_thread(desk: Desk, telegram: Telegram) -> None:
    telegram.know(*range(1, 40), -9)
    now = desk.clock.now()
    async with desk.database.write() as connection:
        person = await new_person(connection, 1)
        alert = await alerts.open_alert(
            connection, person_id=person.id, level="emergency", sign="throat", context={}, text=None, next_step_at=None,
            now=now,
        )  # fmt: skip
    reminders = [new_delivery(f"r{n}", chat_id=n, not_before=now - timedelta(hours=1)) for n in range(1, 40)]
    await desk.owe(*reminders)
    first = new_delivery(
        f"alert:{alert.id}:1", policy="again", priority=Priority.ALERT, chat_id=-9, not_before=now, alert_id=alert.id
    )
    await desk.owe(first)
    await desk.sender(width=8).run()
    assert telegram.sandbox.transcript.calls[0].params["chat_id"] in ("-9", -9)
    row = await desk.row(first.dedupe_key)
    assert row.message_id is not None
    async with desk.database.read() as connection:
        found = await alerts.of_message(connection, -9, row.message_id)
        assert found is not None
        assert found.id == alert.id
    assert await desk.states() == {"sent": 40}


async def test_an_alert_leaves_while_reminders_hang(desk: Desk, telegram: Telegram) -> None:
    telegram.know(*range(1, 60), -9)
    patient = AiohttpRequest(read_timeout=30)  # they hang for longer than the test
    desk.transport = BotApi(patient, telegram.base_url)
    telegram.fault("hang", method="sendMessage", times=None)
    now = desk.clock.now()
    await desk.owe(*(new_delivery(f"r{n}", chat_id=n, not_before=now) for n in range(1, 60)))
    sender = desk.sender(width=8)
    running = asyncio.create_task(sender.run())
    await until(lambda: telegram.begun() >= 4)
    telegram.sandbox.faults.script[0].chat_id = 0  # from now on nothing hangs that has not begun
    await desk.owe(new_delivery("alert:1:1", policy="again", priority=Priority.ALERT, chat_id=-9, not_before=now))
    await until(lambda: bool(telegram.texts(-9)))
    sender.stop()
    await patient.shutdown()  # ends the calls that hang
    assert (await running).unsure >= 4


async def test_a_chat_gets_one_message_a_second_and_keeps_their_order(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1)
    now = desk.clock.now()
    await desk.owe(*(new_delivery(f"m{n}", not_before=now - timedelta(minutes=9 - n)) for n in range(3)))
    sender = desk.sender()
    for count in (1, 2, 3):
        await sender.run()
        assert telegram.texts(1) == [f"message m{n}" for n in range(count)]
        await _forget_the_last_second(desk)
        sender = desk.sender()


async def test_a_group_gets_twenty_messages_a_minute(desk: Desk, telegram: Telegram) -> None:
    telegram.know(-9)
    now = desk.clock.now()
    await desk.owe(*(new_delivery(f"m{n}", chat_id=-9, not_before=now) for n in range(25)))
    for _ in range(25):
        await desk.sender().run()
        await _shift_started(desk, timedelta(seconds=1.1))
    assert len(telegram.texts(-9)) == 25 - 5
    await _shift_started(desk, timedelta(seconds=60))
    await desk.sender().run()
    assert len(telegram.texts(-9)) == 21


async def test_stopping_hands_back_what_was_not_begun_and_finishes_what_was(desk: Desk, telegram: Telegram) -> None:
    telegram.know(*range(1, 101))
    telegram.fault("latency", method="sendMessage", seconds=0.1, times=None)
    now = desk.clock.now()
    await desk.owe(*(new_delivery(f"r{n}", chat_id=n, not_before=now) for n in range(1, 101)))
    sender = desk.sender(width=8)
    running = asyncio.create_task(sender.run())
    await until(lambda: telegram.begun() >= 3)
    sender.stop()
    tally = await running
    states = await desk.states()
    assert states == {"sent": tally.sent, "pending": 100 - tally.sent}
    assert 3 <= tally.sent <= 16
    assert telegram.calls() == tally.sent


async def test_an_end_in_order_does_not_wait_for_ever(
    desk: Desk, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "GRACE", 0.1)
    telegram.know(1, 2)
    telegram.fault("hang", method="sendMessage", chat_id=1)
    patient = AiohttpRequest(read_timeout=None)
    desk.transport = BotApi(patient, telegram.base_url)
    now = desk.clock.now()
    await desk.owe(new_delivery("hangs", not_before=now), new_delivery("alert", chat_id=2, not_before=now))
    sender = desk.sender()
    running = asyncio.create_task(sender.run())
    await until(lambda: telegram.begun() >= 2)
    sender.stop()
    async with asyncio.timeout(30):
        tally = await running
    await patient.shutdown()
    assert (tally.sent, tally.unsure) == (1, 1)
    assert [(await desk.row(key)).state for key in ("hangs", "alert")] == ["unsure", "sent"]


async def test_an_alert_overtakes_a_thousand_reminders(desk: Desk, telegram: Telegram) -> None:
    """At 30 a second a thousand reminders take 33 seconds; an alert may wait for those of less than two."""
    telegram.know(*range(1, 1001), -9)
    now = desk.clock.now()
    await desk.owe(*(new_delivery(f"r{n}", chat_id=n, not_before=now) for n in range(1, 1001)))
    sender = desk.sender(rate=30)
    running = asyncio.create_task(sender.run())
    await until(lambda: telegram.begun() >= 20)
    await desk.owe(new_delivery("alert", policy="again", priority=Priority.ALERT, chat_id=-9, not_before=now))
    before = telegram.begun()
    await until(lambda: bool(telegram.texts(-9)))
    assert telegram.begun() - before < 60
    sender.stop()
    await running


async def test_two_workers_share_the_work_and_send_nothing_twice(desk: Desk, telegram: Telegram) -> None:
    telegram.know(*range(1, 121))
    now = desk.clock.now()
    await desk.owe(*(new_delivery(f"r{n}", chat_id=n, not_before=now) for n in range(1, 121)))
    tallies = await asyncio.gather(*(desk.sender(width=8).run() for _ in range(3)))
    assert sum(tally.sent for tally in tallies) == 120
    assert telegram.calls() == 120
    assert await desk.states() == {"sent": 120}


async def test_a_worker_that_froze_past_its_lease_sends_nothing(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1)
    await desk.owe(new_delivery("a", not_before=desk.clock.now()))
    frozen = Claimer(desk.database, desk.clock, 10_000, lease_seconds=-1)
    batch = await frozen.claim(10)
    assert len(batch.turns) == 1
    async with desk.database.write() as connection:
        ids = [turn.delivery.id for turn in batch.turns]
        assert await claims.start(connection, ids, frozen.token, 90) == set()
        assert (await claims.reap(connection, desk.clock.now()))[0] == 1
    await desk.sender().run()
    assert telegram.texts(1) == ["message a"]


async def test_a_cancelled_row_is_not_sent_although_it_was_claimed(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1)
    await desk.owe(new_delivery("a", not_before=desk.clock.now()))
    claimer = Claimer(desk.database, desk.clock, 10_000)
    batch = await claimer.claim(10)
    async with desk.database.write() as connection:
        await outbox.cancel(connection, ["a"], desk.clock.now())
        assert await claims.start(connection, [batch.turns[0].delivery.id], claimer.token, 90) == set()
    assert (await desk.row("a")).state == "cancelled"


class _CancelledMeanwhile(Claimer):
    """Between this worker's claim and its sending somebody changes a plan."""

    async def claim(self, limit: int, priorities: Collection[Priority] = tuple(Priority)) -> Batch:
        batch = await super().claim(limit, priorities)
        async with self._database.write() as connection:
            await outbox.cancel(connection, ["changed"], self._clock.now())
        return batch


async def test_only_what_moved_to_sending_is_sent(desk: Desk, telegram: Telegram) -> None:
    telegram.know(1, 2)
    now = desk.clock.now()
    await desk.owe(new_delivery("changed", not_before=now), new_delivery("stays", chat_id=2, not_before=now))
    claimer = _CancelledMeanwhile(desk.database, desk.clock, 10_000)
    await Sender(desk.database, desk.clock, desk.transport, claimer).run()
    assert (telegram.texts(1), telegram.texts(2)) == ([], ["message stays"])
    assert [(await desk.row(key)).state for key in ("changed", "stays")] == ["cancelled", "sent"]


class _LosesCommits(Database):
    """A database that fails some of its transactions just before they are on disk."""

    failing: int = 0

    @asynccontextmanager
    async def write(self, *, bulk: bool = False) -> AsyncIterator[Connection]:
        async with super().write(bulk=bulk) as connection:
            yield connection
            if self.failing:
                self.failing -= 1
                raise ConnectionError("the database went away")


async def test_what_was_learned_while_the_database_was_gone_is_written_when_it_is_back(
    database_url: str, clock: FixedClock, telegram: Telegram
) -> None:
    telegram.know(1)
    async with _LosesCommits(database_url) as database:
        desk = Desk(database, clock, BotApi(telegram.request, telegram.base_url))
        await desk.owe(new_delivery("a", not_before=clock.now()))

        class _ThenGone(BotApi):
            async def send(self, delivery: Delivery) -> int | None:
                found = await super().send(delivery)
                database.failing = 2  # the settling, and the last try of it on the way out
                return found

        sender = Sender(database, clock, _ThenGone(telegram.request, telegram.base_url), Claimer(database, clock, 9999))
        with pytest.raises(ConnectionError):
            await sender.run()
        assert (await desk.row("a")).state == "sending"
        database.failing = 0
        await sender.run()
        row = await desk.row("a")
        assert (row.state, row.message_id) == ("sent", 1)
        assert telegram.texts(1) == ["message a"]


class _Slow:
    """A transport whose answers come when the test says so."""

    def __init__(self) -> None:
        self.answers: dict[str, asyncio.Future[int | None]] = {}

    async def send(self, delivery: Delivery) -> int | None:
        self.answers[delivery.dedupe_key] = asyncio.get_running_loop().create_future()
        return await self.answers[delivery.dedupe_key]


async def test_an_answer_that_comes_after_the_reaper_still_counts(database: Database, clock: FixedClock) -> None:
    slow = _Slow()
    desk = Desk(database, clock, slow)
    await desk.owe(new_delivery("a", not_before=clock.now()))
    running = asyncio.create_task(Sender(database, clock, slow, Claimer(database, clock, 10_000)).run())
    await until(lambda: "a" in slow.answers)
    await _let_leases_end(database)
    async with database.write() as connection:
        assert (await claims.reap(connection, clock.now()))[1] == 1
    assert (await desk.row("a")).state == "unsure"
    slow.answers["a"].set_result(77)
    await running
    row = await desk.row("a")
    assert (row.state, row.message_id) == ("sent", 77)


async def _forget_the_last_second(desk: Desk) -> None:
    await _shift_started(desk, timedelta(seconds=2))


async def _shift_started(desk: Desk, by: timedelta) -> None:
    """As if everything had been sent so much earlier, so that no test waits for a second to pass."""
    from sqlalchemy import select, update

    from bot.records.tables import outbox as table

    async with desk.database.write() as connection:
        rows = (
            await connection.execute(select(table.c.id, table.c.started_at).where(table.c.started_at.is_not(None)))
        ).all()
        for row_id, started in rows:
            await connection.execute(update(table).where(table.c.id == row_id).values(started_at=started - by))


async def _end_the_quiet(database: Database) -> None:
    from sqlalchemy import update

    from bot.records.tables import budgets as table

    async with database.write() as connection:
        await connection.execute(update(table).values(halted_until=None))


async def _let_leases_end(database: Database) -> None:
    from sqlalchemy import update

    from bot.records.tables import outbox as table
    from bot.records.types import db_now

    async with database.write() as connection:
        await connection.execute(update(table).values(lease_until=db_now(-1)))
