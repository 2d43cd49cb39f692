"""A whole conversation, with everything that can go wrong in it, leaves no word of it in the log."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.logged import logged
from tests.talking import TOKEN, running_bot

#: Telegram id, name and words of somebody who must not be found in the log.
CHAT, NAME = 7_351_924_680, "Quillfeather"
WORDS = ("zanzibarisch", "marzipanally", "my throat is closing")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    with logged(secrets=(TOKEN,)) as stream:
        yield stream


async def test_no_word_of_it(log: io.StringIO, tmp_path: Path) -> None:
    user = {"id": CHAT, "is_bot": False, "first_name": NAME, "username": NAME.lower()}
    async with running_bot(tmp_path) as place:
        talk = place.talk(CHAT)
        await talk.say("/start", user=user)
        await talk.say(f"is a sore arm normal {WORDS[0]}?", user=user)
        await talk.say(f"{WORDS[2]} {WORDS[1]}", user=user)
        await place.call("POST", "/sandbox/faults", {"method": "sendMessage", "kind": "400", "chat_id": CHAT})
        await talk.say(f"{WORDS[0]} {WORDS[1]}?", user=user)
        await place.call(
            "POST", "/sandbox/faults", {"method": "sendMessage", "kind": "502", "times": 2, "chat_id": CHAT}
        )
        await talk.say(f"how long until it works {WORDS[1]}", user=user)
        async with place.house.database.write() as connection:
            await connection.exec_driver_sql("ALTER TABLE people RENAME TO gone")
        await talk.say(f"{WORDS[2]} {WORDS[0]}", user=user)
        async with place.house.database.write() as connection:
            await connection.exec_driver_sql("ALTER TABLE gone RENAME TO people")
        await talk.say("/about", user=user)
    text = log.getvalue()
    assert "update_failed" in text
    assert "update_set_aside" in text
    for private in (*WORDS, NAME, NAME.lower(), str(CHAT), TOKEN):
        assert private not in text, private
