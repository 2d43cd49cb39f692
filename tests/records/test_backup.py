"""Backups: whole while the bot writes, checked, and back without surprises."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.records import heartbeats, outbox, people
from bot.records.backup import BackupError, back_up, restore
from bot.records.database import Database
from tests.care.somebody import LABEL, somebody
from tests.records.making import new_delivery


async def test_a_round_trip_under_load(
    sqlite_database: Database, sqlite_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    """Two tables change together, thousands of times, while five backups are taken; in each backup they agree."""
    stop, enough, written = asyncio.Event(), asyncio.Condition(), 0

    async def write() -> None:
        nonlocal written
        while not stop.is_set():
            async with sqlite_database.write() as connection:
                person = await people.arrive(connection, 1000 + written, clock.now())
                await outbox.add(connection, [new_delivery(f"k{written}", person_id=person.id)], clock.now())
            async with enough:
                written += 1
                enough.notify_all()

    async with sqlite_database.write() as connection:
        await somebody(connection, 7, clock.now())
    writing = asyncio.create_task(write())
    counts = []
    for number in range(5):
        async with enough:
            while written < 20 * (number + 1):
                await enough.wait()
        before = written
        file = tmp_path / "backups" / f"{number}.db"
        assert await back_up(sqlite_url, file) == file.stat().st_size
        with closing(sqlite3.connect(file)) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            arrived = copy.execute("SELECT count(*) FROM people WHERE chat_id >= 1000").fetchone()[0]
            owed = copy.execute("SELECT count(*) FROM outbox WHERE dedupe_key LIKE 'k%'").fetchone()[0]
        assert arrived == owed
        assert before <= arrived <= written
        counts.append(arrived)
    stop.set()
    await writing
    assert counts == sorted(set(counts))

    target = tmp_path / "new" / "bot.db"
    target.parent.mkdir()
    await restore(f"sqlite:///{target}", tmp_path / "backups" / "4.db")
    async with Database(f"sqlite:///{target}") as back, back.write() as connection:
        assert await people.find(connection, 7) is not None
        await people.arrive(connection, 1, clock.now())
        assert LABEL in str((await connection.exec_driver_sql("SELECT label FROM plans")).scalar_one())


async def test_only_its_owner_can_read_a_backup_and_it_is_one_file(
    sqlite_database: Database, sqlite_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "b" / "x.db"
    await back_up(sqlite_url, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["x.db"]


async def test_what_may_have_gone_since_is_not_sent_again_and_alerts_are(
    sqlite_database: Database, sqlite_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    long_ago = clock.now() - timedelta(days=1)
    async with sqlite_database.write() as connection:
        rows = [
            new_delivery("due", not_before=long_ago),
            new_delivery("alert", not_before=long_ago, policy="again"),
            new_delivery("later", not_before=clock.now().replace(year=2100)),
        ]
        await outbox.add(connection, rows, long_ago)
    await back_up(sqlite_url, tmp_path / "x.db")
    target = f"sqlite:///{tmp_path / 'new.db'}"
    assert await restore(target, tmp_path / "x.db") == 1
    async with Database(target) as back, back.read() as connection:
        states = {}
        for key in ("due", "alert", "later"):
            row = await outbox.by_key(connection, key)
            assert row is not None
            states[key] = row.state
    assert states == {"due": "unsure", "alert": "pending", "later": "pending"}


async def test_a_database_in_use_is_not_replaced(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    await back_up(sqlite_url, file)
    with pytest.raises(BackupError, match="--force"):
        await restore(sqlite_url, file)
    async with Database(sqlite_url) as database, database.write() as connection:
        await heartbeats.beat(connection, "host:1", "plan")
        with pytest.raises(BackupError, match="in use"):
            await restore(sqlite_url, file, overwrite=True)
    with pytest.raises(BackupError, match="a moment ago"):
        await restore(sqlite_url, file, overwrite=True)
    async with Database(sqlite_url) as database, database.write() as connection:
        await heartbeats.drop_silent(connection, -1)
    await restore(sqlite_url, file, overwrite=True)
    assert (tmp_path / "records.db.before").exists()


async def test_what_is_no_backup_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.db", tmp_path / "bad.db"
    await back_up(sqlite_url, good)
    new = f"sqlite:///{tmp_path / 'new.db'}"
    with pytest.raises(BackupError, match="no file"):
        await restore(new, tmp_path / "nowhere.db")
    bad.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(BackupError, match="not a database"):
        await restore(new, bad)
    shutil.copy(good, bad)
    with closing(sqlite3.connect(bad)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BackupError, match="newer version"):
        await restore(new, bad)
    content = bytearray(good.read_bytes())
    content[8192 : 8192 + 4096] = b"\xff" * 4096
    bad.write_bytes(content)
    with pytest.raises(BackupError, match=r"damaged|not a database"):
        await restore(new, bad)
    assert not (tmp_path / "new.db").exists()


async def test_a_backup_that_cannot_be_written_leaves_the_old_one(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    await back_up(sqlite_url, file)
    before = file.read_bytes()
    with pytest.raises(BackupError, match="no database"):
        await back_up(f"sqlite:///{tmp_path / 'nowhere.db'}", file)
    with suppress(BackupError):
        await back_up(sqlite_url, Path("/dev/null/x.db"))
    assert file.read_bytes() == before


async def test_postgresql_is_told_what_to_use(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="pg_dump"):
        await back_up("postgres://u@h/d", tmp_path / "x")
    with pytest.raises(BackupError, match="pg_restore"):
        await restore("postgres://u@h/d", tmp_path / "x")
