"""What an operator does by hand: look, copy, bring back, change keys.

Invariant: each gives an exit code a script can use, and says on one line what to do when it fails.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

from cryptography.fernet import Fernet
from rich.console import Console

from bot.records.backup import BackupError, back_up, restore
from bot.records.database import Database
from bot.records.reencrypt import reencrypt
from bot.records.types import KeyMissingError
from bot.settings import Settings
from bot.wiring.doctor import examine

_MARKS = {"ok": "[green]ok[/green]     ", "warning": "[yellow]warning[/yellow]", "problem": "[red]problem[/red]"}


def run_doctor(settings: Settings, out: Console, *, send_test: bool, as_json: bool) -> int:
    """Print every finding; 1 when one of them is a problem."""
    findings = asyncio.run(examine(settings, send_test=send_test))
    if as_json:
        print(json.dumps([asdict(one) for one in findings], ensure_ascii=False), file=out.file)
    else:
        for one in findings:
            out.print(f"{_MARKS[one.state]} {one.name}: ", end="", markup=True)
            out.print(one.detail, markup=False)
    return 1 if any(one.state == "problem" for one in findings) else 0


def run_backup(settings: Settings, file: Path, out: Console, err: Console) -> int:
    """Copy the database; 1 when it cannot be."""
    try:
        size = asyncio.run(back_up(settings.database_url, file))
    except BackupError as error:
        err.print(f"backup: {error}", markup=False)
        return 1
    out.print(f"{file}: {size:,} bytes, checked", markup=False)
    return 0


def run_restore(settings: Settings, file: Path, out: Console, err: Console, *, force: bool) -> int:
    """Bring a backup back; 1 when it cannot be."""
    try:
        left = asyncio.run(restore(settings.database_url, file, overwrite=force))
    except BackupError as error:
        err.print(f"restore: {error}", markup=False)
        return 1
    out.print(f"restored; {left} reminders that may have gone out since the backup are not sent again", markup=False)
    out.print("next: `b12bot migrate`, then start the bot", markup=False)
    return 0


def run_rotate_keys(settings: Settings, out: Console, err: Console) -> int:
    """Encrypt everything with the newest key; 1 when it cannot be."""
    keys = [key.get_secret_value() for key in settings.encryption_keys]
    if not keys:
        example = Fernet.generate_key().decode()
        err.print(f"rotate-keys: ENCRYPTION_KEYS is not set; a new key for it: {example}", markup=False)
        return 1

    async def rotate() -> dict[str, int]:
        async with Database(settings.database_url, keys=keys) as database:
            return dict(await reencrypt(database))

    try:
        counts = asyncio.run(rotate())
    except KeyMissingError as error:
        err.print(f"rotate-keys: {error}; keep the old keys behind the new one until this is done", markup=False)
        return 1
    out.print(f"{sum(counts.values())} rows written with the newest key; older keys can go now", markup=False)
    return 0
