"""A danger button when the database is gone: the card first, then the try again."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NoReturn

from sqlalchemy.exc import OperationalError

from bot.records import people
from tests.talking import running_bot


async def test_the_card_is_shown_although_nothing_can_be_written_down(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as place:
        talk = place.talk()
        [hello] = await talk.say("hello")
        async with place.house.database.write() as connection:
            person = await people.arrive(connection, talk.chat, place.clock.now())
        after = place.house.caring.after_injection
        tries = []

        async def gone(*args: object) -> NoReturn:
            tries.append(args)
            raise OperationalError("BEGIN", None, sqlite3.OperationalError("disk I/O error"))

        object.__setattr__(after, "answer", gone)
        await talk.forge(hello["message_id"], "felt:1:unwell")
        card = await talk.hears("Nobody has seen this. Call ", hello["message_id"])
        assert card["text"].startswith("Call ")
        object.__delattr__(after, "answer")
        assert tries[0][0] == person or getattr(tries[0][0], "id", None) == person.id
        # tried again, now that it can be: there is no such question, and the person is told so
        await talk.hears("older message", card["message_id"])
