"""`b12bot doctor` says what is wrong, all of it, and sends nothing unless asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.clock import TravelClock
from bot.sandbox.server import create_app, serve
from bot.sandbox.state import Sandbox
from bot.settings import read_settings
from bot.wiring.doctor import Finding, examine

TOKEN, CARE = "123456:doctor-token", -4242
GOOD: dict[str, Any] = {
    "telegram_bot_token": TOKEN, "care_team_chat_id": CARE, "clinic_phone": "0123", "default_timezone": "Europe/London",
    "care_team_hours": "mon-fri 09:00-17:00", "encryption_keys": "",
}  # fmt: skip


@dataclass
class Patient:
    sandbox: Sandbox
    url: str
    database: str

    async def see(self, *, send_test: bool = False, **changes: Any) -> dict[str, Finding]:
        """What the doctor finds, by name; the worst of each name."""
        values = GOOD | {"telegram_api_url": self.url, "database_url": self.database} | changes
        found = await examine(read_settings(_env_file=None, **values), send_test=send_test)
        assert not any(TOKEN in one.detail for one in found)
        ranks = ("ok", "warning", "problem")
        worst: dict[str, Finding] = {}
        for one in found:
            if one.name not in worst or ranks.index(one.state) > ranks.index(worst[one.name].state):
                worst[one.name] = one
        return worst

    def said(self) -> list[str]:
        chat = self.sandbox.world.chats[CARE]
        return [message.shown()["text"] for message in chat.messages.values()]


@pytest.fixture
async def patient(database_url: str) -> AsyncIterator[Patient]:
    app = create_app(clock=TravelClock(), token=TOKEN, care_chat_id=CARE)
    async with serve(app) as url:
        yield Patient(app.state.sandbox, url, database_url)


async def test_a_bot_that_is_set_up_and_not_started(patient: Patient) -> None:
    found = await patient.see()
    assert {name for name, one in found.items() if one.state == "problem"} == set()
    assert {"database", "clock", "content", "model", "time zones", "token", "webhook", "care team chat"} <= {
        name for name, one in found.items() if one.state == "ok"
    }
    assert found["tick plan"].state == "warning"
    assert "worker" in found["tick plan"].detail
    assert patient.said() == []


async def test_a_test_message_on_request(patient: Patient) -> None:
    assert "arrived" in (await patient.see(send_test=True))["care team chat"].detail
    assert len(patient.said()) == 1
    assert "test" in patient.said()[0]


async def test_every_thing_that_is_wrong_is_said_at_once(patient: Patient, tmp_path: Path) -> None:
    found = await patient.see(
        telegram_bot_token="999:wrong", database_url=f"sqlite:///{tmp_path / 'nowhere.db'}", care_team_chat_id=None,
        clinic_phone=None, default_timezone="UTC", content_dir=tmp_path, dyno="web.1",
    )  # fmt: skip
    assert {name for name, one in found.items() if one.state == "problem"} == {"content", "database", "disk", "token"}
    assert {name for name, one in found.items() if one.state == "warning"} >= {"care team", "clinic", "time zone"}
    assert "migrate" in found["database"].detail
    assert "postgres" in found["disk"].detail.lower()


async def test_no_token_at_all(patient: Patient) -> None:
    assert "BotFather" in (await patient.see(telegram_bot_token=None))["token"].detail


async def test_telegram_cannot_be_reached(patient: Patient) -> None:
    found = await patient.see(telegram_api_url="http://127.0.0.1:9")
    assert found["token"].state == "problem"
    assert found["database"].state == "ok"


async def test_a_care_team_chat_the_bot_is_not_in(patient: Patient) -> None:
    found = await patient.see(care_team_chat_id=-777)
    assert found["care team chat"].state == "problem"
    assert "-777" in found["care team chat"].detail


async def test_a_schema_that_is_behind(tmp_path: Path, patient: Patient) -> None:
    (tmp_path / "empty.db").touch()
    found = await patient.see(database_url=f"sqlite:///{tmp_path / 'empty.db'}")
    assert found["database"].state == "problem"
    assert "migrate" in found["database"].detail


async def test_a_webhook_that_is_not_what_the_settings_say(patient: Patient) -> None:
    found = await patient.see(webhook_url="https://b12.example", webhook_secret="secret-of-sixteen-characters")
    assert found["webhook"].state == "warning"
    assert found["token"].state == "ok"


async def test_a_key_that_is_missing(patient: Patient) -> None:
    from cryptography.fernet import Fernet

    from bot.clock import SystemClock
    from bot.records.database import Database
    from tests.care.somebody import somebody

    key = Fernet.generate_key().decode()
    async with Database(patient.database, keys=[key]) as database, database.write() as connection:
        await somebody(connection, 7, SystemClock().now())
    found = await patient.see()
    assert found["encryption"].state == "problem"
