"""200,000 updates through one `run` process: does its memory stay flat, and is every update answered?

Thousands of people who ask what is often asked, ask something new, press buttons, use commands and set a plan up; some
have a danger sign, some want all that is kept about them. A new update comes when an older one is answered, so the
process works as fast as it can and never has a backlog of more than a thousand.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from benchmarks._bot_process import BotProcess, questions
from benchmarks._updates_stub import FIRST_CHAT, updates_stub
from benchmarks.postgres import fresh_database
from benchmarks.rows import Row, plain
from bot.clock import SystemClock
from bot.records.database import Database
from bot.settings import read_settings
from bot.wiring.mind import build_mind

PEOPLE = 5000
CARE_TEAM = -100_200_300
ASKED_MB = 220.0
_OTHERS = FIRST_CHAT + PEOPLE
#: what is warm after this part of the updates grows no more
_WARM = 0.1
_SAMPLES = 40
_COMMANDS = ("/help", "/topics", "/sideeffects", "/privacy", "/about", "/start", "/plan", "/history", "/remind")
_SHORT = ("hello", "thanks", "ok", "yes", "every 2 weeks", "next monday", "1 mg", "what?", "9:00")
_BUTTONS = ("e:typical_dose", "more:typical_dose", "src:typical_dose", "topics", "topic:side_effects", "none")
_DANGER = (
    "my throat is closing up and I can't breathe",
    "my face and tongue are swelling after the injection",
    "I have crushing chest pain since the shot",
)


class Sample(NamedTuple):
    """Megabytes resident after so many answered updates."""

    answered: int
    megabytes: float


class Found(NamedTuple):
    """`not_done` counts what stands in the inbox as open, set aside or let go."""

    samples: list[Sample]
    highest: float
    unanswered: int
    not_done: int
    odd: list[str]
    alive: bool
    rate: float


def run(quick: bool) -> dict[str, Row]:
    count = 5000 if quick else 200_000
    found = measure(count)
    name = f"endurance, {count:,} updates"
    warm = [sample for sample in found.samples if sample.answered >= count * _WARM] or found.samples[-1:]
    for odd in found.odd:
        print("  odd:", odd)
    return {
        name + ": growth for each 100,000": plain(slope(warm) * 100_000, "MB", 0),
        name + ": first to last, once warm": plain(warm[-1].megabytes - warm[0].megabytes, "MB", 0),
        name + ": most memory": plain(found.highest, "MB", ASKED_MB),
        name + ": not answered": plain(found.unanswered, "updates", 0),
        name + ": left, set aside or let go": plain(found.not_done, "updates", 0),
        name + ": dead processes": plain(0 if found.alive else 1, "processes", 0),
        name + ": odd replies": plain(len(found.odd), "replies", 0),
        name + ": rate": plain(found.rate, "updates/s"),
    }


def measure(count: int, seed: int = 1) -> Found:
    """Answer `count` updates and watch the memory."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        file = Path(folder) / "updates"
        with file.open("w", encoding="utf-8") as lines:
            musts = sum(_write(lines.write, must, update) for must, update in _updates(count, seed))
        database = stack.enter_context(fresh_database("sqlite"))
        stub = stack.enter_context(updates_stub(count, file=str(file), ahead=1000))
        bot = stack.enter_context(BotProcess("run", stub.url, database, CARE_TEAM_CHAT_ID=str(CARE_TEAM)))
        samples: list[Sample] = []
        highest, answered, due = 0.0, 0, 0
        changed = time.monotonic()
        while answered < musts and time.monotonic() - changed < 120:
            time.sleep(0.2)
            before, answered = answered, stub.answered()
            changed = time.monotonic() if answered > before else changed
            if not bot.alive:
                break
            _, megabytes = bot.usage()
            highest = max(highest, megabytes)
            if answered >= due:
                samples.append(Sample(answered, megabytes))
                print(f"  {answered:>9,} answered: {megabytes:.1f} MB", flush=True)
                due = (answered * _SAMPLES // musts + 1) * musts // _SAMPLES
        asyncio.run(_until_quiet(database))
        report, alive = stub.report(), bot.alive
        code = bot.end()
        if not alive:
            print(f"  the process ended by itself with {code}:", bot.words()[-3000:])
        left = asyncio.run(_not_done(database, count))
    took = report["last"] - report["first"]
    return Found(
        samples, highest, musts - report["answered"], left, report["odd"], alive, count / took if took else 0.0
    )


def slope(samples: list[Sample]) -> float:
    """Megabytes for each update, of the straight line nearest to the samples."""
    middle = sum(sample.answered for sample in samples) / len(samples)
    spread = sum((sample.answered - middle) ** 2 for sample in samples)
    return sum((sample.answered - middle) * sample.megabytes for sample in samples) / spread if spread else 0.0


def _updates(count: int, seed: int) -> Iterator[tuple[int, dict[str, object]]]:
    """Updates, each with the chat that must be answered."""
    choice = random.Random(seed)
    often = _harmless(questions())
    last: dict[int, str] = {}
    for number in range(1, count + 1):
        chat, kind = FIRST_CHAT + choice.randrange(PEOPLE), choice.random()
        if kind < 0.003:  # somebody of their own, as more is said to them later
            yield _OTHERS + number, _message(number, _OTHERS + number, choice.choice(_DANGER))
        elif kind < 0.0035:  # a document, no message
            yield 0, _message(number, _OTHERS + number, "/export")
        elif kind < 0.06:
            last[chat] = ""
            yield chat, _press(number, chat, choice.choice(_BUTTONS))
        else:
            if kind < 0.09:
                said = choice.choice(_COMMANDS)
            elif kind < 0.14:
                said = choice.choice(_SHORT)
            elif kind < 0.30:
                said = f"{choice.choice(often)}, my case is {number}"
            else:
                said = choice.choice(often)
            if said == last.get(chat):  # the same words again at once are answered once
                said = f"{choice.choice(often)} {number}"
            last[chat] = said
            yield chat, _message(number, chat, said)


def _harmless(asked: Sequence[str]) -> list[str]:
    """Those without a danger sign: one in seven has one, as many entries are about those."""
    screen = build_mind(read_settings(_env_file=None), SystemClock()).screen
    return [one for one in asked if screen.assess(one).level == "none"]


def _message(number: int, chat: int, said: str) -> dict[str, object]:
    return {"update_id": number, "message": {"from": _who(chat), **_shown(number, chat, said)}}


def _press(number: int, chat: int, data: str) -> dict[str, object]:
    query = {"id": str(number), "from": _who(chat), "message": _shown(number, chat, "x"), "chat_instance": "1"}
    return {"update_id": number, "callback_query": {**query, "data": data}}


def _who(chat: int) -> dict[str, object]:
    return {"id": chat, "is_bot": False, "first_name": "S", "language_code": "en"}


def _shown(number: int, chat: int, said: str) -> dict[str, object]:
    place = {"id": chat, "type": "private", "first_name": "S"}
    return {"message_id": number, "date": 1700000000, "chat": place, "text": said}


def _write(write: Callable[[str], object], must: int, update: dict[str, object]) -> bool:
    write(f"{must}\t{json.dumps(update)}\n")
    return must != 0


async def _until_quiet(url: str) -> None:
    """Wait a while for the last updates to be marked."""
    ends = time.monotonic() + 30
    async with Database(url) as database:
        while time.monotonic() < ends:
            async with database.read() as connection:
                open_now = text("SELECT count(*) FROM inbox WHERE state IN ('waiting', 'taken')")
                if not (await connection.execute(open_now)).scalar_one():
                    return
            await asyncio.sleep(0.2)


async def _not_done(url: str, count: int) -> int:
    async with Database(url) as database, database.read() as connection:
        well = text("SELECT count(*) FROM inbox WHERE state = 'done' AND attempts > 0")
        return count - int((await connection.execute(well)).scalar_one())
