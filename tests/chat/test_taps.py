"""One tap, one answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.limits import Limits
from bot.clock import FixedClock
from bot.records import people
from bot.records.database import Database
from tests.chat.telegram_making import way_in
from tests.talking import running_bot


async def test_a_tap_that_shares_words_is_not_also_called_an_old_one(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as place:
        patient = place.talk()
        await patient.say("my throat feels tight since the jab")
        [told] = await patient.say("zzz wibble zzz")
        await patient.press(told, "Share my words")
        await patient.becomes(told["message_id"], "From now on")
        await patient.say("/about")  # of one chat the next update is handled when the tap is done with
        calls = await place.call("GET", "/sandbox/transcript")
        assert [call["params"].get("text") for call in calls if call["method"] == "answerCallbackQuery"] == [None]
        async with place.house.database.read() as connection:
            person = await people.find(connection, patient.chat)
        assert person is not None
        assert person.share_text


async def test_a_tap_too_many_is_let_go_but_its_button_does_not_spin_on(
    sqlite_database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with way_in(sqlite_database, clock) as way:
        monkeypatch.setattr(Limits, "judge", lambda *_seen: "quiet")
        way.people.press(7, {"message_id": 5, "data": "e:alcohol"})
        async with way.running():
            await way.until(lambda: "answerCallbackQuery" in [call.method for call in way.sandbox.transcript.calls])
        assert way.heard(7) == []
