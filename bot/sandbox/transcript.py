"""What the bot asked and how it was answered.

Invariant: every Bot API call stands here once, in the order received, until newer ones push it out.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.bell import Bell

_CALLS_KEPT = 20_000


@dataclass(slots=True)
class Call:
    """One Bot API call. `status` 0 means it got no answer; `effective` whether it took effect."""

    seq: int
    at: datetime
    method: str
    params: dict[str, Any]
    status: int = 0
    effective: bool = False
    description: str = ""
    fault: str = ""
    message_id: int | None = None

    def shown(self) -> dict[str, Any]:
        """As the sandbox lists it; the time is the demo's."""
        return {
            "seq": self.seq, "at": self.at.isoformat(), "method": self.method, "params": self.params,
            "status": self.status, "ok": self.status == 200, "effective": self.effective,
            "description": self.description,
            "fault": self.fault or None, "message_id": self.message_id,
        }  # fmt: skip


class Transcript:
    """The last calls, and how many there were of each kind."""

    def __init__(self) -> None:
        self.calls: deque[Call] = deque(maxlen=_CALLS_KEPT)
        self.totals: Counter[str] = Counter()
        self.bell = Bell()
        self._seq = 0

    def begin(self, method: str, params: dict[str, Any], at: datetime) -> Call:
        """Write down a call that was just received."""
        self._seq += 1
        call = Call(self._seq, at, method, params)
        self.calls.append(call)
        self.bell.ring()
        return call

    def end(self, call: Call) -> None:
        """Write down how it ended."""
        self.totals[f"{call.method} {call.status}"] += 1
        self.bell.ring()

    def since(self, after: int = 0, method: str = "", chat_id: str = "") -> list[Call]:
        """Finished and unfinished calls newer than `after`, of one method and chat when they are named."""
        found = []
        for call in reversed(self.calls):
            if call.seq <= after:
                break
            if method and call.method.lower() != method.lower():
                continue
            if chat_id and str(call.params.get("chat_id")) != chat_id:
                continue
            found.append(call)
        return found[::-1]
