"""Killed between every pair of steps: no reminder lost or doubled, no alert lost, no plan stuck."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest

from tests.delivery.conftest import TOKEN, Telegram
from tests.delivery.fragile import Report


@pytest.mark.slow
async def test_a_kill_at_any_step_loses_nothing_and_doubles_no_reminder(database_url: str, telegram: Telegram) -> None:
    sandbox = telegram.base_url.removesuffix(f"/bot{TOKEN}")
    command = [sys.executable, "-m", "tests.delivery.fragile", database_url, sandbox, TOKEN]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-3000:]
    reports: list[Report] = [json.loads(line) for line in out.splitlines()]
    assert len(reports) > 15
    assert {report["where"] for report in reports} == {
        "before a commit", "after a commit", "before a call", "after a call",
    }  # fmt: skip
    for report in reports:
        where = f"step {report['step']}, {report['where']}: {report}"
        assert report["left"] == [], where
        assert report["next_due"], where
        assert len(report["reminders"]) == 2, where
        for key, state in report["reminders"].items():
            seen = report["reminders_seen"][key.split(":")[1]]
            # sent is sent once; what nobody knows was sent at most once, and the nudge asks
            assert (state, seen) in {("sent", 1), ("unsure", 0), ("unsure", 1)}, where
        assert 1 <= report["alerts_seen"] <= 2, where
    undisturbed = reports[-1]
    assert undisturbed["step"] == 0
    assert set(undisturbed["reminders"].values()) == {"sent"}
    assert undisturbed["alerts_seen"] == 1
    assert any("unsure" in report["reminders"].values() for report in reports)
