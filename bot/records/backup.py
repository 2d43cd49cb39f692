"""Copies of an SQLite database, taken while it is in use, and back.

Invariant: a backup is one moment of the database, whole, checked, readable by its owner only, and appears under its
name only when it is complete. A restore never touches a database somebody is using, never overwrites without being
told, and never makes the bot send a reminder it may have sent since the backup.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from bot.records.database import driver_url
from bot.records.migrate import head


class BackupError(Exception):
    """It cannot be done; the message says why and what to do instead."""


def _file_of(database_url: str) -> Path:
    url = driver_url(database_url)
    if not url.drivername.startswith("sqlite"):
        raise BackupError(
            "this database is PostgreSQL: use `pg_dump --format=custom --file=FILE $DATABASE_URL`, "
            "and `pg_restore --clean --if-exists --dbname=$DATABASE_URL FILE` to bring it back"
        )
    return Path(url.database or "")


async def back_up(database_url: str, target: Path) -> int:
    """Copy the database as it is at this moment to `target`; gives its size in bytes.

    The bot may run meanwhile. Raises BackupError, also when the copy does not pass SQLite's own check.
    """
    source = _file_of(database_url)
    if not source.exists():
        raise BackupError(f"there is no database at {source}")
    return await asyncio.to_thread(_copy, source, target)


async def restore(database_url: str, backup: Path, *, overwrite: bool = False) -> int:
    """Put a backup in the database's place; gives how many reminders are left unsent because they may have gone.

    The bot must not run. Run `b12bot migrate` afterwards if the program is newer than the backup. Raises BackupError.
    """
    target = _file_of(database_url)
    return await asyncio.to_thread(_put_back, backup, target, overwrite)


def _copy(source: Path, target: Path) -> int:
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(source, timeout=30)) as live, closing(sqlite3.connect(part)) as copy:
            live.backup(copy, pages=-1)  # in one step: a snapshot, and writers go on meanwhile
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        _check(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
        _sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"the backup could not be written: {error}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return target.stat().st_size


def _check(file: Path) -> str:
    """The schema's revision in a file. Raises BackupError when it is damaged or not ours."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            if found != "ok":
                raise BackupError(f"{file} is damaged: {found}")
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{file} is not a database of this bot: {error}") from error
    if row is None:
        raise BackupError(f"{file} is empty")
    return str(row[0])


def _put_back(backup: Path, target: Path, overwrite: bool) -> int:
    if not backup.is_file():
        raise BackupError(f"there is no file {backup}")
    revision = _check(backup)
    if revision > head():
        raise BackupError(f"the backup was made by a newer version (schema {revision}, this one knows {head()})")
    if target.exists():
        if not overwrite:
            raise BackupError(f"{target} exists: say --force to replace it; it is kept beside as {target.name}.before")
        _nobody_uses(target)
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(backup)) as saved, closing(sqlite3.connect(part)) as copy:
            saved.backup(copy)
            left = _leave_unsent(copy)
        if target.exists():
            target.replace(target.with_name(f"{target.name}.before"))
        for ending in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                target.with_name(target.name + ending).unlink()
        part.replace(target)
        _sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"the backup could not be put back: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return left


def _leave_unsent(copy: sqlite3.Connection) -> int:
    """What was waiting when the backup was taken and was due since may have been sent: nobody can know."""
    now = int(time.time() * 1_000_000)
    with copy:
        changed = copy.execute(
            "UPDATE outbox SET state = 'unsure', settled_at = ?, error = 'restored from a backup', lease_token = NULL,"
            " lease_until = NULL WHERE policy = 'once' AND state IN ('pending', 'claimed', 'sending')"
            " AND not_before <= ?",
            (now, now),
        )
    return changed.rowcount


def _nobody_uses(target: Path) -> None:
    """Raises BackupError when another connection is open on the file."""
    try:
        with closing(sqlite3.connect(target, timeout=0.5, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            beat = connection.execute("SELECT max(at) FROM heartbeats").fetchone()[0]
            connection.execute("ROLLBACK")
            connection.execute("PRAGMA journal_mode=DELETE")  # brings the log into the file before it is moved aside
    except sqlite3.OperationalError as error:
        raise BackupError(f"{target} is in use ({error}): stop the bot first") from error
    if beat is not None and time.time() - beat / 1_000_000 < 15:
        raise BackupError(f"a bot worked with {target} a moment ago: stop it, wait 15 seconds, and try again")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
