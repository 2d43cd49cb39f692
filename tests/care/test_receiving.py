"""Updates are on disk before anybody acknowledges them, red flags marked, floods bounded."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.care.receiving import (
    Receiving,
    UnreadableUpdateError,
    chat_id_of,
    kind_of,
    language_of,
    text_of,
    update_id_of,
)
from bot.care.screening import HELP, SafeScreen
from bot.clock import FixedClock
from bot.metrics import Metrics
from bot.records import inbox, inbox_room
from bot.records.database import Database
from bot.records.inbox import Urgency
from bot.records.trouble import DATABASE_TROUBLE
from tests.chat.inboxing import DANGER, KeywordScreen, message


class Cards:
    def __init__(self) -> None:
        self.shown: list[tuple[int, str, str | None]] = []

    async def __call__(self, chat_id: int, text: str, language: str | None) -> bool:
        self.shown.append((chat_id, text, language))
        return True


def receiving(database: Database, clock: FixedClock, cards: Cards | None = None) -> Receiving:
    return Receiving(database, SafeScreen(KeywordScreen()), clock, Metrics(), cards or Cards())


async def take_all(database: Database, limit: int = 1000) -> list[inbox.TakenUpdate]:
    async with database.write() as connection:
        return await inbox.claim(connection, limit=limit, token="t", lease_seconds=60)


async def test_a_batch_is_written_as_it_came_and_wakes_the_drain_once(database: Database, clock: FixedClock) -> None:
    woken: list[int] = []
    door = receiving(database, clock)
    door.wakes(lambda: woken.append(1))
    batch = [message(1, 7, "Zeit für B12 💉"), message(2, 8)]
    assert await door.take(batch) == 2
    assert await door.take(batch) == 0
    assert woken == [1]
    assert [dict(row.payload) for row in await take_all(database)] == batch


async def test_a_red_flag_goes_first_and_a_failed_screen_counts_as_one(database: Database, clock: FixedClock) -> None:
    door = receiving(database, clock)
    await door.take([message(1, 1), message(2, 2), message(3, 3, DANGER), message(4, 4, "boom")])
    async with database.write() as connection:
        first = await inbox.claim(connection, limit=2, token="t", lease_seconds=60)
    assert [row.update_id for row in first] == [3, 4]
    assert {row.priority for row in first} == {Urgency.RED_FLAG}


@pytest.mark.parametrize("data", ["now:throat", "now:side_effects_button", "felt:7:unwell"])
async def test_a_pressed_danger_button_is_a_red_flag_without_words(
    database: Database, clock: FixedClock, data: str
) -> None:  # fmt: skip
    pressed = {"update_id": 5, "callback_query": {"from": {"id": 3}, "message": {"chat": {"id": 3}}, "data": data}}
    harmless = {"update_id": 6, "callback_query": {"from": {"id": 3}, "data": "notnow:throat"}}
    await receiving(database, clock).take([harmless, pressed, message(7, 7, "/urgent"), message(8, 8, "/urgently")])
    found = {row.update_id: row.priority for row in await take_all(database)}
    assert {number for number, urgency in found.items() if urgency == Urgency.RED_FLAG} >= {5, 7}
    assert found.get(8, Urgency.NORMAL) == Urgency.NORMAL


async def test_an_edited_message_and_a_caption_are_screened_too(database: Database, clock: FixedClock) -> None:
    edited = {"update_id": 5, "edited_message": message(5, 5, DANGER)["message"]}
    photo = message(6, 6, caption=DANGER)
    del photo["message"]["text"]
    await receiving(database, clock).take([edited, photo])
    assert [row.priority for row in await take_all(database)] == [Urgency.RED_FLAG] * 2


async def test_a_flood_of_one_chat_is_bounded_and_its_red_flag_is_kept(database: Database, clock: FixedClock) -> None:
    door = receiving(database, clock)
    size = inbox_room.OPEN_LIMIT + 100
    flood = [message(n, 7, f"spam {n}") for n in range(1, size + 1)]
    blocked = {"update_id": size + 2, "my_chat_member": {"chat": {"id": 7, "type": "private"}, "from": {"id": 7}}}
    for start in range(0, size, 50):
        await door.take(flood[start : start + 50])
    assert await door.take([message(size + 1, 7, DANGER), blocked, message(size + 3, 8), message(size + 4, 7)]) == 3
    async with database.read() as connection:
        assert await inbox_room.open_counts(connection, [7, 8, 9]) == {7: inbox_room.OPEN_LIMIT + 2, 8: 1}
        assert await inbox.last_update_id(connection) == size + 4
    assert await door.take(flood) == 0  # what was let go is known all the same


@pytest.mark.parametrize(
    "raw", [None, 7, [], {}, {"update_id": None}, {"update_id": "7"}, {"update_id": True}, {"update_id": 2**63},
            {"update_id": -1}],
)  # fmt: skip
async def test_what_is_no_update_is_left_out(sqlite_database: Database, clock: FixedClock, raw: Any) -> None:
    assert await receiving(sqlite_database, clock).take([raw, message(1)]) == 1


async def test_half_a_surrogate_pair_does_not_hold_up_the_batch(database: Database, clock: FixedClock) -> None:
    broken = message(1, 7, f"{DANGER} \ud83d")
    assert await receiving(database, clock).take([broken, message(2, 8)]) == 2
    taken = await take_all(database)
    assert taken[0].payload["message"]["text"] == f"{DANGER} ?"  # type: ignore[index,call-overload]
    assert taken[0].priority == Urgency.RED_FLAG


async def test_without_the_database_nothing_is_acknowledged_and_red_flags_get_their_card(
    sqlite_database: Database, clock: FixedClock
) -> None:
    cards = Cards()
    async with sqlite_database.write() as connection:
        await connection.exec_driver_sql("DROP TABLE inbox")
    with pytest.raises(DATABASE_TROUBLE):
        await receiving(sqlite_database, clock, cards).take([message(1, 7, "hi"), message(2, 8, DANGER)])
    assert cards.shown == [(8, DANGER, "en")]


async def test_without_the_database_a_pressed_danger_button_gets_its_card(
    sqlite_database: Database, clock: FixedClock
) -> None:  # fmt: skip
    cards = Cards()
    async with sqlite_database.write() as connection:
        await connection.exec_driver_sql("DROP TABLE inbox")
    pressed = {"update_id": 5, "callback_query": {"from": {"id": 3}, "data": "felt:7:unwell"}}
    with pytest.raises(DATABASE_TROUBLE):
        await receiving(sqlite_database, clock, cards).take([pressed])
    assert cards.shown == [(3, HELP, None)]


def test_where_chat_and_words_are_found() -> None:
    tap = {"update_id": 1, "callback_query": {"from": {"id": 3}, "message": {"chat": {"id": -5}}, "data": "x"}}
    assert (chat_id_of(tap), kind_of(tap), text_of(tap)) == (-5, "callback_query", "")
    inline = {"update_id": 1, "inline_query": {"from": {"id": 3, "language_code": "de"}}}
    assert (chat_id_of(inline), kind_of(inline), language_of(inline)) == (3, "other", "de")
    assert (chat_id_of({"update_id": 1, "poll": {"id": "9"}}), text_of({"update_id": 1})) == (0, "")


_keys = st.sampled_from(["update_id", "message", "edited_message", "callback_query", "chat", "from", "id", "text", "x"])
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)


@given(raw=st.dictionaries(_keys, _json, max_size=5))
def test_no_shape_of_update_makes_reading_it_raise(raw: dict[str, Any]) -> None:
    assert isinstance(chat_id_of(raw), int)
    assert isinstance(text_of(raw), str)
    assert language_of(raw) is None or isinstance(language_of(raw), str)
    number = raw.get("update_id")
    usable = isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**63
    if usable:
        assert update_id_of(raw) == number
    else:
        with pytest.raises(UnreadableUpdateError):
            update_id_of(raw)
