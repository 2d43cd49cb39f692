"""Moments keep order and microseconds and refuse to be naive; personal text is sealed when there are keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import StatementError

from bot.records import alerts, budgets, dialogs
from bot.records.database import Database, driver_url
from bot.records.tables import dialogs as dialogs_table
from bot.records.tables import inbox
from bot.records.types import KeyMissingError, Keyring, UTCDateTime
from tests.records.making import NOON, new_person

moments = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(moments, moments)
def test_a_moment_survives_and_keeps_its_order(one: datetime, other: datetime) -> None:
    engine = create_engine("sqlite://")
    kind = UTCDateTime()
    stored = [kind.process_bind_param(moment, engine.dialect) for moment in (one, other)]
    back = [kind.process_result_value(value, engine.dialect) for value in stored]
    assert back == [one, other]
    assert all(moment is not None and moment.tzinfo is UTC for moment in back)
    assert (stored[0] < stored[1]) == (one < other)


async def test_a_moment_comes_back_to_the_microsecond(database: Database) -> None:
    moment = datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    async with database.write() as connection:
        await dialogs.begin(connection, 1, "dose", {}, moment)
    async with database.read() as connection:
        found = await dialogs.find(connection, 1)
    assert found is not None
    assert found.updated_at == moment
    assert found.updated_at.tzinfo is UTC


async def test_a_naive_moment_never_reaches_the_database(database: Database) -> None:
    naive = datetime(2026, 5, 4, 12, 0)  # noqa: DTZ001 - the point of it
    with pytest.raises(StatementError, match="naive"):
        async with database.write() as connection:
            await dialogs.begin(connection, 1, "dose", {}, naive)


async def test_the_databases_clock_agrees_with_the_hosts(database: Database) -> None:
    async with database.read() as connection:
        difference = await budgets.clock_difference(connection, datetime.now(UTC))
    assert abs(difference) < 30


async def test_personal_columns_are_sealed_with_keys_and_open_with_any_of_them(database_url: str) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    async with Database(database_url) as plain, plain.write() as connection:
        await dialogs.begin(connection, 1, "dose", {"said": "before the keys"}, NOON)
    async with Database(database_url, keys=[old]) as sealed, sealed.write() as connection:
        await dialogs.begin(connection, 2, "dose", {"said": "old key"}, NOON)
        person = await new_person(connection)
        await alerts.open_alert(
            connection, person_id=person.id, level="emergency", sign="throat", context={}, text="my throat closes",
            next_step_at=None, now=NOON,
        )  # fmt: skip
    async with Database(database_url, keys=[new, old]) as both, both.write() as connection:
        await dialogs.begin(connection, 3, "dose", {"said": "new key"}, NOON)
        read = [await dialogs.find(connection, chat_id) for chat_id in (1, 2, 3)]
        assert [found.payload["said"] for found in read if found] == ["before the keys", "old key", "new key"]
        raw = (await connection.execute(text("SELECT payload FROM dialogs ORDER BY chat_id"))).scalars().all()
        assert [value.startswith("fernet:") for value in raw] == [False, True, True]
        raw = (await connection.execute(text("SELECT text FROM alerts"))).scalars().all()
        assert "throat" not in raw[0]
    async with Database(database_url) as none, none.read() as connection:
        with pytest.raises(KeyMissingError):
            await dialogs.find(connection, 3)
        # columns that are not personal can still be read
        assert (await connection.execute(select(dialogs_table.c.step))).scalars().all() == ["dose"] * 3


def test_a_foreign_key_opens_nothing() -> None:
    sealed = Keyring([Fernet.generate_key().decode()]).seal("hello")
    with pytest.raises(KeyMissingError):
        Keyring([Fernet.generate_key().decode()]).open(sealed)


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite://", "sqlite:///:memory:"])
def test_databases_that_cannot_work_are_refused(url: str) -> None:
    with pytest.raises(ValueError):
        driver_url(url)


def test_a_hosts_postgres_url_is_understood() -> None:
    url = driver_url("postgres://me:secret@db.example:5433/bot?sslmode=require")
    assert url.drivername == "postgresql+asyncpg"
    assert dict(url.query) == {"ssl": "require"}


def test_a_state_is_spelled_out_so_that_partial_indexes_are_used() -> None:
    statement = select(inbox.c.update_id).where(inbox.c.state == "waiting", inbox.c.state.in_(("waiting", "taken")))
    for url in ("sqlite://", "postgresql+asyncpg://"):
        compiled = statement.compile(dialect=make_url(url).get_dialect()())
        assert "state = 'waiting'" in str(compiled)
        assert "state IN ('waiting', 'taken')" in str(compiled)
        assert compiled.params == {}


@pytest.mark.parametrize("word", ["' OR 1=1 --", "a b", ""])
def test_nothing_but_a_word_is_a_state(word: str) -> None:
    with pytest.raises(TypeError):
        select(inbox.c.update_id).where(inbox.c.state == word)
