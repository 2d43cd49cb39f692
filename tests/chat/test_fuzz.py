"""Thousands of updates nobody would think of, through real HTTP: nobody is shown a traceback, nothing dies, every red
flag is answered. `make bench ONLY=fuzz` does the same with a hundred thousand."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from bot.clock import TravelClock
from bot.running import everything
from bot.sandbox.feed import FIRST_UPDATE_ID
from bot.sandbox.server import create_app, serve
from bot.wiring.house import migrate, open_house
from tests.chat.fuzzing import KINDS, Fuzz
from tests.chat.inboxing import message
from tests.logged import logged
from tests.talking import CARE, TOKEN, settings_for, shared_mind

DANGER = "my throat is closing up and I can't breathe"
COUNT, EVERY = 1500, 30
#: what no patient may ever be shown
ODD = ("Traceback", "Error:", "Exception", " object at 0x", "{number}", "{clinic}", "None")


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")  # of fields that nobody reads
async def test_nobody_is_shown_a_traceback_and_every_red_flag_is_answered(tmp_path: Path) -> None:
    clock = TravelClock()
    app = create_app(clock=clock, token=TOKEN, care_chat_id=CARE)
    sandbox = app.state.sandbox
    fuzz, flagged = Fuzz(seed=20261120), list[int]()
    for number in range(COUNT):
        update = fuzz.update()
        if number % EVERY == 0:
            flagged.append(5_000_000 + number)
            update = message(0, flagged[-1], DANGER)
        update["update_id"] = FIRST_UPDATE_ID + number
        # as Telegram's JSON would bring it
        sandbox.feed.queue.append(json.loads(json.dumps(update)))
    for chat in (*range(10_000, 10_500), *flagged):
        sandbox.world.open(chat)
    with logged("WARNING"):
        await _serve_all(app, clock, tmp_path)
    said = {chat: _texts(sandbox, chat) for chat in sandbox.world.chats}
    for chat in flagged:
        assert any("Call" in each for each in said[chat]), chat
    everything_said = "\n".join(each for chat, texts in said.items() if chat != CARE for each in texts)
    assert not [odd for odd in ODD if odd in everything_said]
    assert len(everything_said) > 10_000


async def _serve_all(app: Starlette, clock: TravelClock, folder: Path) -> None:
    """Run the whole bot until every update is done with."""
    async with serve(app) as url:
        settings = settings_for(url, folder / "bot.db")
        await migrate(settings)
        async with open_house(settings, clock, shared_mind()) as house:
            stop = asyncio.Event()
            tasks = [asyncio.create_task(part) for part in everything(house, stop)]
            async with asyncio.timeout(400):
                while await _open(house.database, COUNT):
                    assert [task.exception() for task in tasks if task.done()] == []
                    await asyncio.sleep(0.1)
            stop.set()
            await asyncio.gather(*tasks)


def test_every_kind_of_update_is_made() -> None:
    fuzz = Fuzz(seed=1)
    made = [fuzz.update() for _ in range(1500)]
    assert {key for update in made for key in update} - {"update_id"} == set(KINDS)
    assert json.dumps([Fuzz(seed=3).update() for _ in range(3)]) == json.dumps(
        [Fuzz(seed=3).update() for _ in range(3)]
    )


async def _open(database: Any, count: int) -> bool:
    async with database.read() as connection:
        done = "SELECT count(*) FROM inbox WHERE state IN ('done', 'set_aside')"
        return int((await connection.execute(text(done))).scalar_one()) < count


def _texts(sandbox: Any, chat: int) -> list[str]:
    shown = (each.shown() for each in sandbox.world.chats[chat].messages.values())
    return [each.get("text", "") for each in shown if each["from"]["is_bot"]]
