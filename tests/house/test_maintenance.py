"""The operator's commands as processes: what they print and how they exit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).parents[2]


def b12bot(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = kept | {"DATABASE_URL": f"sqlite:///{folder / 'bot.db'}", "PYTHONPATH": str(ROOT)} | settings
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_from_nothing_to_a_backup_and_back(tmp_path: Path) -> None:
    assert b12bot(tmp_path, "backup", "x.db").returncode == 1
    assert b12bot(tmp_path, "migrate").returncode == 0
    made = b12bot(tmp_path, "backup", "x.db")
    assert (made.returncode, "checked" in made.stdout) == (0, True)
    refused = b12bot(tmp_path, "restore", "x.db")
    assert (refused.returncode, "--force" in refused.stderr) == (1, True)
    assert b12bot(tmp_path, "restore", "x.db", "--force").returncode == 0
    key = Fernet.generate_key().decode()
    assert b12bot(tmp_path, "rotate-keys").returncode == 1
    assert b12bot(tmp_path, "rotate-keys", ENCRYPTION_KEYS=key).returncode == 0
    for done in (made, refused):
        assert "Traceback" not in done.stdout + done.stderr


def test_doctor_for_scripts(tmp_path: Path) -> None:
    done = b12bot(tmp_path, "doctor", "--json")
    assert done.returncode == 1
    found = {one["name"]: one["state"] for one in json.loads(done.stdout)}
    assert found["token"] == found["database"] == "problem"


@pytest.mark.parametrize("command", ["run", "worker", "migrate", "web"])
def test_sqlite_on_a_disk_that_is_emptied_is_refused(tmp_path: Path, command: str) -> None:
    done = b12bot(tmp_path, command, DYNO="web.1", TELEGRAM_BOT_TOKEN="1:x")
    assert done.returncode == 2
    assert "PostgreSQL" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "bot.db").exists()
