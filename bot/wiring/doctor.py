"""`b12bot doctor`: what is configured, reachable and missing.

Invariant: one thing that is broken hides no other; nothing is changed, and nothing is sent unless it was asked for. No
secret and no personal data is shown.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal
from zoneinfo import available_timezones

from telegram import Bot, ChatMember
from telegram.error import TelegramError

from bot.care.contacts import contacts_of
from bot.care.health import Health
from bot.care.reader import Clinic, Readers
from bot.chat.sending import call
from bot.clock import Clock, SystemClock
from bot.delivery.request import AiohttpRequest
from bot.knowledge.content import Library
from bot.knowledge.loading import load_library
from bot.knowledge.problems import ContentError
from bot.records import budgets
from bot.records.database import Database
from bot.records.migrate import current, differences, head
from bot.records.reencrypt import probe
from bot.records.trouble import DATABASE_TROUBLE
from bot.records.types import KeyMissingError
from bot.settings import CONTENT_DIR, Settings, SettingsError
from bot.understanding.encoder import Encoder, EncoderError
from bot.web.app import webhook_address

State = Literal["ok", "warning", "problem"]
GREATEST_SKEW: Final = timedelta(seconds=30)
_ROOM_BYTES: Final = 200 * 1024 * 1024
_PATIENCE: Final = 15.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `problem` keeps the bot from working; `warning` from working well."""

    name: str
    state: State
    detail: str


async def examine(settings: Settings, *, send_test: bool = False, clock: Clock | None = None) -> list[Finding]:
    """Look at everything; with `send_test`, a message goes to the care team's chats."""
    doctor = _Doctor(settings, clock or SystemClock(), send_test)
    rooms: tuple[Callable[[], Awaitable[None]], ...] = (
        doctor.configuration, doctor.content, doctor.model, doctor.time_zones, doctor.database, doctor.telegram,
    )  # fmt: skip
    for look in rooms:
        try:
            async with asyncio.timeout(_PATIENCE):
                await look()
        except TimeoutError:
            doctor.note(look.__name__.replace("_", " "), "problem", f"no answer within {_PATIENCE:.0f} seconds")
    return doctor.findings


class _Doctor:
    def __init__(self, settings: Settings, clock: Clock, send_test: bool) -> None:
        self._settings = settings
        self._clock = clock
        self._send_test = send_test
        self._library: Library | None = None
        self.findings: list[Finding] = []

    def note(self, name: str, state: State, detail: str) -> None:
        self.findings.append(Finding(name, state, detail))

    async def configuration(self) -> None:
        settings = self._settings
        if settings.disk_problem is not None:
            self.note("disk", "problem", settings.disk_problem)
        try:
            contacts = contacts_of(settings)
        except SettingsError as error:
            self.note("care team hours", "problem", "; ".join(error.problems))
        else:
            if not contacts.configured:
                self.note("care team", "warning", "CARE_TEAM_CHAT_ID is not set: patients are told nobody is watching")
            elif contacts.hours is None:
                self.note("care team hours", "warning", "CARE_TEAM_HOURS is not set: patients are not told when")
        if settings.clinic_phone is None:
            self.note("clinic", "warning", "CLINIC_PHONE is not set: patients are told to call without a number")
        if settings.default_timezone == "UTC":
            self.note("time zone", "warning", "DEFAULT_TIMEZONE is UTC: set it to the clinic's, e.g. Europe/London")
        if not settings.encryption_keys:
            self.note("encryption", "warning", "ENCRYPTION_KEYS is not set: personal text is stored as it is")

    async def content(self) -> None:
        try:
            self._library = load_library(self._settings.content_dir, CONTENT_DIR, self._settings.default_language)
        except ContentError as error:
            self.note("content", "problem", f"{len(error.problems)} problems, the first: {error.problems[0]}")
            return
        entries = self._library.content(None).entries
        approved = sum(1 for entry in entries if entry.review is not None and entry.review.status == "approved")
        today = self._clock.now().date()
        overdue = sum(1 for entry in entries if entry.overdue(today))
        languages = ", ".join(self._library.languages())
        self.note("content", "ok", f"{len(entries)} answers, {approved} approved; languages: {languages}")
        if overdue:
            self.note("content reviews", "warning", f"{overdue} answers are past their review date")
        if any(found.red_flags is None for found in self._library.contents.values()):
            self.note("red flags", "problem", "a language has none: every message in it gets the emergency card")

    async def model(self) -> None:
        try:
            Encoder.open()
        except EncoderError as error:
            self.note("model", "warning", f"{error}: questions are understood by their words only")
        else:
            self.note("model", "ok", "sentence model checked and loaded")

    async def time_zones(self) -> None:
        version = importlib.metadata.version("tzdata")
        if self._settings.default_timezone not in available_timezones():
            self.note("time zones", "problem", f"{self._settings.default_timezone} is not in the time-zone data")
        else:
            self.note("time zones", "ok", f"tzdata {version}")

    async def database(self) -> None:
        keys = [key.get_secret_value() for key in self._settings.encryption_keys]
        try:
            async with Database(self._settings.database_url, keys=keys, pool_size=2) as database:
                await self._database(database)
        except KeyMissingError as error:
            self.note("encryption", "problem", str(error))
        except (*DATABASE_TROUBLE, ValueError) as error:
            self.note("database", "problem", f"cannot be used: {type(error).__name__}")

    async def _database(self, database: Database) -> None:
        if database.file is not None:
            if not database.file.exists():
                self.note("database", "problem", f"{database.file} does not exist yet: run `b12bot migrate`")
                return
            self._disk(database.file)
        revision = await current(database)
        if revision != head():
            found = "is empty" if revision is None else f"stands at {revision}, this version needs {head()}"
            self.note("database", "problem", f"the schema {found}: run `b12bot migrate`")
            return
        await probe(database)
        different = await differences(database)
        if different:
            self.note("database", "warning", f"the schema differs in {len(different)} places from this version's")
        async with database.read() as connection:
            skew = await budgets.clock_difference(connection, SystemClock().now())
        kind = "PostgreSQL" if database.dialect == "postgresql" else "SQLite"
        self.note("database", "ok", f"{kind}, schema {revision}")
        far = abs(skew) > GREATEST_SKEW.total_seconds()
        self.note("clock", "problem" if far else "ok", f"the database's clock is {skew:+.1f} s off this machine's")
        for check in await Health(database, self._clock, contacts_of(self._settings)).look():
            if check.name != "database":
                self.note(check.name, "ok" if check.ok else "warning", check.detail)

    def _disk(self, file: Path) -> None:
        free = shutil.disk_usage(file.parent).free
        if free < _ROOM_BYTES:
            self.note("disk", "warning", f"only {free // 1024 // 1024} MB are free beside the database")

    async def telegram(self) -> None:
        if self._settings.telegram_bot_token is None:
            self.note("token", "problem", "TELEGRAM_BOT_TOKEN is not set: get one from @BotFather")
            return
        request, polling = AiohttpRequest(read_timeout=8), AiohttpRequest()
        bot = Bot(
            self._settings.token,
            base_url=f"{self._settings.telegram_api_url}/bot",
            request=request,
            get_updates_request=polling,
        )
        try:
            async with bot:
                self.note("token", "ok", f"@{bot.username}")
                await self._webhook(bot)
                await self._care_team(bot)
        except TelegramError as error:
            self.note("token", "problem", f"Telegram did not take it: {type(error).__name__}: {self._hide(str(error))}")

    def _hide(self, text: str) -> str:
        return text.replace(self._settings.token, "***")

    async def _webhook(self, bot: Bot) -> None:
        found = await bot.get_webhook_info()
        wanted = webhook_address(self._settings.webhook_url) if self._settings.webhook_url else ""
        if found.url and not wanted:
            self.note("webhook", "warning", "Telegram has a webhook, WEBHOOK_URL is not set: `run` takes it down")
        elif wanted and found.url != wanted:
            self.note("webhook", "warning", "not set as WEBHOOK_URL says: `web` sets it when it starts")
        else:
            self.note("webhook", "ok", "set" if found.url else "none, updates are polled")
        if found.last_error_date is not None and self._clock.now() - found.last_error_date < timedelta(hours=1):
            self.note("webhook", "warning", f"Telegram's last error: {self._hide(found.last_error_message or '?')}")
        if found.pending_update_count > 100:
            self.note("webhook", "warning", f"{found.pending_update_count} updates wait at Telegram")

    async def _care_team(self, bot: Bot) -> None:
        for chat_id in contacts_of(self._settings).chat_ids:
            try:
                member = await bot.get_chat_member(chat_id, bot.id)
                inside = member.status not in (ChatMember.LEFT, ChatMember.BANNED)
                if self._send_test and inside:
                    await self._send(bot, chat_id)
            except TelegramError as error:
                self.note("care team chat", "problem", f"{chat_id}: {type(error).__name__}: {self._hide(str(error))}")
                continue
            detail = "the test message arrived" if self._send_test else "the bot is in it"
            self.note(
                "care team chat", "ok" if inside else "problem", f"{chat_id}: {detail if inside else 'not in it'}"
            )

    async def _send(self, bot: Bot, chat_id: int) -> None:
        if self._library is None:
            return
        clinic = Clinic(self._settings.clinic_name, self._settings.clinic_phone, self._settings.emergency_number)
        words = Readers(self._library, clinic).reader().say("care_team.test")
        await call(bot, "sendMessage", {"chat_id": chat_id, "text": words})
