"""100,000 updates nobody would think of, through real HTTP into a real `run` process.

They are built from the Bot API's own types and damaged (tests/chat/fuzzing.py). Among them are danger signs, each from
somebody of their own, half of them inside a message that is damaged in every place but the words and the chat, and
plain questions. Asked: nobody is shown a traceback, the process lives, every danger sign brings its card, every
question an answer, and nothing stays open in the inbox.
"""

from __future__ import annotations

import asyncio
import copy
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import text

from benchmarks._bot_process import BotProcess, questions
from benchmarks._updates_stub import updates_stub
from benchmarks.postgres import fresh_database
from benchmarks.rows import Row, plain
from bot.records.database import Database
from tests.chat.fuzzing import Fuzz
from tests.chat.inboxing import message

CARE_TEAM = -100_200_300
CHATS = 20_000
"""So many that nobody floods: a flood is not read word by word."""
FLAG_EVERY = 50
FIRST_FLAGGED, FIRST_ASKING = 5_000_000, 8_000_000
_DANGER = (
    "my throat is closing up and I can't breathe",
    "I have crushing chest pain since the shot",
    "my face and tongue are swelling after the injection",
    "he collapsed after the injection and does not wake up",
)
#: how every card for an emergency goes on, and nothing else that is said: with "Call" an apology would do as well
_CARD = r"Stay\+with\+someone"


class Found(NamedTuple):
    """`states` counts the inbox by state; `unmarked` are chats that wrote a danger sign and saw no card."""

    updates: int
    flags: int
    unmarked: list[int]
    unanswered: list[int]
    odd: list[str]
    alive: bool
    states: dict[str, int]
    seconds: float


def run(quick: bool) -> dict[str, Row]:
    count = 4000 if quick else 100_000
    found = measure(count)
    for odd in (*found.odd, *(f"no card in chat {chat}" for chat in found.unmarked[:5])):
        print("  odd:", odd)
    print(f"  {found.states} in {found.seconds:.0f} s")
    open_now = sum(found.states.get(state, 0) for state in ("waiting", "taken"))
    name = f"fuzz, {count:,} updates"
    return {
        name + ": odd replies": plain(len(found.odd), "replies", 0),
        name + ": dead processes": plain(0 if found.alive else 1, "processes", 0),
        f"{name}: danger signs without a card, of {found.flags:,}": plain(len(found.unmarked), "updates", 0),
        name + ": questions without an answer": plain(len(found.unanswered), "updates", 0),
        name + ": never written down": plain(count - sum(found.states.values()), "updates", 0),
        name + ": open in the inbox": plain(open_now, "updates", 0),
        name + ": set aside": plain(found.states.get("set_aside", 0), "updates"),
        name + ": rate": plain(count / found.seconds, "updates/s"),
    }


def measure(count: int, seed: int = 20261120) -> Found:
    """Send `count` updates and see what comes of them."""
    with ExitStack() as stack:
        file = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "updates"
        asking, flagged = list[int](), list[int]()
        with file.open("w", encoding="utf-8") as lines:
            for must, update in _updates(count, seed):
                lines.write(f"{must}\t{json.dumps(update)}\n")
                if must:
                    (asking if must >= FIRST_ASKING else flagged).append(must)
        database = stack.enter_context(fresh_database("sqlite"))
        stub = stack.enter_context(updates_stub(count, file=str(file), ahead=500, mark=_CARD))
        bot = stack.enter_context(BotProcess("run", stub.url, database, CARE_TEAM_CHAT_ID=str(CARE_TEAM)))
        began = time.monotonic()
        states = asyncio.run(_until_done(database, count, bot))
        seconds, alive, report = time.monotonic() - began, bot.alive, stub.report()
        code = bot.end()
        if not alive:
            print(f"  the process ended by itself with {code}:", bot.words()[-3000:])
    said = {int(chat) for chat in report["chats"]}
    odd = [one for one in report["odd"] if f"chat_id={CARE_TEAM}" not in one]
    unmarked = sorted(set(flagged) - set(report["marked"]))
    return Found(count, len(flagged), unmarked, sorted(set(asking) - said), odd, alive, states, seconds)


def _updates(count: int, seed: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Updates, each with the chat that must be answered, 0 for most."""
    fuzz = Fuzz(seed, CHATS)
    for number in range(1, count + 1):
        must, update = 0, fuzz.update()
        if number % FLAG_EVERY == 0:
            must = FIRST_FLAGGED + number
            update = message(0, must, _DANGER[number // FLAG_EVERY % len(_DANGER)])
            if number % (2 * FLAG_EVERY) == 0:
                update = _damaged(fuzz, update)
        elif number % FLAG_EVERY == FLAG_EVERY // 2:
            must = FIRST_ASKING + number
            update = message(0, must, questions()[number % len(questions())])
        update["update_id"] = number
        yield must, update


def _damaged(fuzz: Fuzz, update: dict[str, Any]) -> dict[str, Any]:
    """The same words in the same chat, in a message or a changed one with whatever else one can be made of."""
    kept = update["message"]
    while True:
        made = fuzz.update()
        kind = next((name for name in ("message", "edited_message") if isinstance(made.get(name), dict)), None)
        if kind is not None:
            body = copy.deepcopy(made[kind])
            body["chat"] = {"id": kept["chat"]["id"], "type": "private"}
            body["text"] = kept["text"]
            return {"update_id": 0, kind: body}


async def _until_done(url: str, count: int, bot: BotProcess) -> dict[str, int]:
    """The inbox by state once every update is done with, or when nothing has happened for two minutes."""
    states, changed = Counter[str](), time.monotonic()
    async with Database(url) as database:
        while bot.alive and time.monotonic() - changed < 120:
            async with database.read() as connection:
                found = await connection.execute(text("SELECT state, count(*) FROM inbox GROUP BY state"))
                before, states = states, Counter({str(state): int(many) for state, many in found})
            changed = changed if states == before else time.monotonic()
            if states["done"] + states["set_aside"] >= count:
                break
            await asyncio.sleep(0.5)
    return dict(states)
