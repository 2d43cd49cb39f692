"""Updates, a screen and a handler to test the way in with."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

from bot.chat.drain import Outcome
from bot.records.inbox import TakenUpdate
from bot.understanding.verdict import NOTHING, UNKNOWN, Circumstances, Verdict

DANGER = "my throat is closing"


class KeywordScreen:
    """Emergency for DANGER, raises for `boom`, nothing for all else."""

    def assess(self, text: str, circumstances: Circumstances = UNKNOWN) -> Verdict:
        if "boom" in text:
            raise RuntimeError(text)
        return Verdict("emergency", "throat", "allergy", "emergency_other") if DANGER in text else NOTHING


def message(update_id: int, chat_id: int = 7, text: str = "hello", **changes: Any) -> dict[str, Any]:
    """An update as Telegram sends it: a text message in a private chat."""
    body = {
        "message_id": update_id,
        "date": 1777881600,
        "chat": {"id": chat_id, "type": "private", "first_name": "Sam"},
        "from": {"id": chat_id, "is_bot": False, "first_name": "Sam", "language_code": "en"},
        "text": text,
    }
    return {"update_id": update_id, "message": body | changes}


class Recorder:
    """A handler that keeps what it was given, in the order it began and ended."""

    def __init__(self) -> None:
        self.begun: list[TakenUpdate] = []
        self.ended: list[int] = []
        self.apologies: list[tuple[int, str]] = []
        self.script: dict[int, list[Outcome]] = {}
        self.gate: dict[int, asyncio.Event] = {}
        self.most_at_once: dict[int, int] = defaultdict(int)
        self._now: dict[int, int] = defaultdict(int)
        self.bell = asyncio.Event()

    async def handle(self, taken: TakenUpdate) -> Outcome:
        self.begun.append(taken)
        self._now[taken.chat_id] += 1
        self.most_at_once[taken.chat_id] = max(self.most_at_once[taken.chat_id], self._now[taken.chat_id])
        self.bell.set()
        try:
            if taken.chat_id in self.gate:
                await self.gate[taken.chat_id].wait()
            else:
                await asyncio.sleep(0)
        finally:
            self._now[taken.chat_id] -= 1
        self.ended.append(taken.update_id)
        script = self.script.get(taken.update_id)
        self.bell.set()
        return script.pop(0) if script else "done"

    async def apologise(self, taken: TakenUpdate, error_id: str) -> None:
        self.apologies.append((taken.update_id, error_id))
        self.bell.set()

    async def until(self, condition: Any) -> None:
        """Wait until `condition()` holds, looked at whenever something happens here."""
        async with asyncio.timeout(20):
            while not condition():
                self.bell.clear()
                await self.bell.wait()
