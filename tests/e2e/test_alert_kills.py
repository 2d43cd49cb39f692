"""The process is killed between each pair of steps of an alert: none is lost. (One sent twice is fine.)"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from bot.clock import TravelClock
from bot.records import alerts, people
from bot.records.alerts import Alert
from bot.records.database import Database
from bot.records.tables import alerts as alerts_table
from bot.records.tables import inbox, outbox
from bot.records.types import db_now
from bot.sandbox.server import create_app, serve
from tests.talking import CARE, TOKEN, Talk

PATIENT, BACKUP = 77, -1010
SETTINGS = {"care_team_backup_chat_id": BACKUP}
DANGER = "my throat is closing up"
AT_ONCE = 12


class Nursery:
    """Starts bots, from a process that has everything loaded."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    async def bear(self, url: str, database: Path, die_at: str | None, log: Path) -> int:
        wanted = {"url": url, "database": str(database), "die_at": die_at, "log": str(log), "settings": SETTINGS}
        async with self._turn:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
            return int(await self._process.stdout.readline())


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.e2e.killable", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Nursery(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    while alive(pid):  # noqa: ASYNC110 - somebody else's child tells nobody
        await asyncio.sleep(0.02)


async def time_passes(file: Path) -> None:
    """Long enough for whatever a dead process held: its leases are over."""
    async with Database(f"sqlite:///{file}") as database, database.write() as connection:
        for table in (outbox, inbox):
            held = table.update().where(table.c.lease_until.is_not(None))
            await connection.execute(held.values(lease_until=db_now(-1.0)))


class Telling:
    """One telling of the story: the bot dies once on the way, and another takes over when its leases are over."""

    def __init__(self, bots: Nursery, http: aiohttp.ClientSession, url: str, folder: Path, die_at: str | None) -> None:
        self.patient, self.team, self.backup = (Talk(http, url, chat) for chat in (PATIENT, CARE, BACKUP))
        self.file, self.died = folder / "bot.db", False
        self._bots, self._url, self._folder, self._die_at = bots, url, folder, die_at
        self._bot = 0

    async def begin(self) -> None:
        self._bot = await self._bots.bear(self._url, self.file, self._die_at, self._folder / "steps")

    async def end(self) -> None:
        await end(self._bot)

    async def until(self, chat: Talk, words: str) -> dict[str, object]:
        """The bot's message with these words, however many lives it takes."""
        async with asyncio.timeout(60):
            while True:
                for message in await chat.messages():
                    if message["from"]["is_bot"] and words in message.get("text", ""):
                        return message
                if not alive(self._bot):
                    assert not self.died, "only once"
                    self.died = True
                    await time_passes(self.file)
                    self._bot = await self._bots.bear(self._url, self.file, None, self._folder / "after")
                await asyncio.sleep(0.03)

    async def minutes_pass(self) -> None:
        """The next step of the alert is due."""
        async with Database(f"sqlite:///{self.file}") as database, database.write() as connection:
            due = alerts_table.update().where(alerts_table.c.next_step_at.is_not(None))
            await connection.execute(due.values(next_step_at=alerts_table.c.opened_at))

    async def alerts(self) -> list[Alert]:
        async with Database(f"sqlite:///{self.file}") as database, database.read() as connection:
            person = await people.find(connection, PATIENT)
            assert person is not None
            return await alerts.of_person(connection, person.id)


async def taken(story: Telling) -> None:
    """Danger is written, the alert goes out, a nurse takes it, the patient is told."""
    await story.patient.post(f"/sandbox/chats/{PATIENT}/messages", {"text": DANGER})
    await story.until(story.patient, "now")
    await story.team.press(await story.until(story.team, "EMERGENCY"), "I have it")
    await story.until(story.patient, "Your alert was seen")
    await story.until(story.team, "Robin has it")
    assert [one.state for one in await story.alerts()] == ["acknowledged"]


async def not_taken(story: Telling) -> None:
    """Nobody takes it: again, the next contact, and the patient is told that nobody has it."""
    await story.patient.post(f"/sandbox/chats/{PATIENT}/messages", {"text": DANGER})
    await story.until(story.team, "EMERGENCY")
    for chat, words in (
        (story.team, "Nobody has taken this"),
        (story.backup, "You are next"),
        (story.patient, "Nobody has seen your alert yet"),
    ):
        await story.minutes_pass()
        await story.until(chat, words)
    assert [(one.state, one.step) for one in await story.alerts()] == [("open", 3)]


Story = Callable[[Telling], Awaitable[None]]


async def tell(bots: Nursery, story: Story, folder: Path, template: Path, die_at: str | None) -> list[str]:
    """Tell a story once; gives the steps of the bot that died, or of the one that lived."""
    folder.mkdir()  # noqa: ASYNC240
    shutil.copyfile(template, folder / "bot.db")
    app = create_app(clock=TravelClock(), token=TOKEN, care_chat_id=CARE)
    async with serve(app) as url, aiohttp.ClientSession() as http:
        telling = Telling(bots, http, url, folder, die_at)
        await telling.backup.post("/sandbox/chats", {"ids": [BACKUP]})
        await telling.begin()
        try:
            await story(telling)
        finally:
            await telling.end()
    if die_at is not None and not telling.died:
        raise NotReachedError(die_at)
    return (folder / "steps").read_text().splitlines()


class NotReachedError(Exception):
    """The step this bot was to die at never came: rounds are not the same in every telling."""


async def kill_at_each(story: Story, first: str, parts: tuple[str, ...], folder: Path, template: Path) -> None:
    """Tell the story whole, then once for each step from `first` on, with the bot killed there."""
    async with nursery() as bots:
        steps = await tell(bots, story, folder / "whole", template, None)
        begins = next(place for place, step in enumerate(steps) if step.startswith(first))
        # what goes round and round is killed in its first rounds only
        chosen = [step for step in dict.fromkeys(steps[begins:]) if "Drain" not in step or int(step.split("#")[1]) < 4]
        names = {step.rsplit(" #", 1)[0] for step in chosen}
        for part in parts:
            what = "call" if part[0].islower() else "commit"
            assert {f"{part}: before the {what}", f"{part}: after the {what}"} <= names
        turn, missed = asyncio.Semaphore(AT_ONCE), []

        async def one(number: int, step: str) -> None:
            async with turn:
                try:
                    await tell(bots, story, folder / str(number), template, step)
                except NotReachedError:
                    missed.append(step)

        async with asyncio.TaskGroup() as group:
            for number, step in enumerate(chosen):
                group.create_task(one(number, step))
    assert len(missed) <= len(chosen) // 4, missed
    print(f"{story.__name__}: killed at {len(chosen) - len(missed)} steps of {len(names)} kinds")


@pytest.mark.slow
async def test_no_alert_is_lost_whenever_the_process_dies(tmp_path: Path, sqlite_template: Path) -> None:
    parts = (
        "Receiving._write", "Escalations.raise_alert", "Claimer.claim", "Sender._step", "CareTeam.have", "sendMessage",
        "editMessageText", "answerCallbackQuery",
    )  # fmt: skip
    await kill_at_each(taken, "Receiving._write", parts, tmp_path, sqlite_template)


@pytest.mark.slow
async def test_no_step_of_the_escalation_is_lost_either(tmp_path: Path, sqlite_template: Path) -> None:
    parts = ("AlertSteps.advance_alerts", "Claimer.claim", "Sender._step", "sendMessage")
    await kill_at_each(not_taken, "AlertSteps.advance_alerts", parts, tmp_path, sqlite_template)
