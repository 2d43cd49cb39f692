"""A process waits for its database at the start, and not for ever."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from structlog.testing import capture_logs

from benchmarks._gate import Gate, behind, through
from bot.records.reaching import reached


async def test_a_database_that_is_there_is_reached(database_url: str) -> None:
    assert await reached(database_url, patience=0)


async def test_one_that_never_comes_is_given_up_and_said_without_its_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        port = taken.getsockname()[1]
        with capture_logs() as said:
            assert not await reached(f"postgresql://secret@127.0.0.1:{port}/x", patience=0.0)
    assert [entry["event"] for entry in said] == ["database_unreachable"]
    assert "secret" not in str(said)


async def test_an_sqlite_file_that_cannot_be_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with capture_logs() as said:
        assert not await reached(f"sqlite:///{tmp_path}/file/bot.db")
    assert [entry["event"] for entry in said] == ["database_unreachable"]


async def test_one_that_comes_late_is_waited_for(postgresql_url: str) -> None:
    async with Gate(behind(postgresql_url)) as gate:
        gate.shut()
        with capture_logs() as said:
            waiting = asyncio.create_task(reached(through(postgresql_url, gate.port), patience=60))
            while not said:  # noqa: ASYNC110 - a list of log entries rings no bell
                await asyncio.sleep(0.01)
            assert not waiting.done()
            await gate.open()
            assert await waiting
    assert [entry["event"] for entry in said] == ["waiting_for_database"]
