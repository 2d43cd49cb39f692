"""Scripted trouble: the refusals, silences and lost answers a bot must live through.

Invariant: a fault is used up in the order it was scripted and says truly whether the call still took effect; the kinds
that begin with `deliver_then` do the work first and then lose the answer, the case no client can tell from a failure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.sandbox.errors import ApiError, too_many_requests

_REFUSALS = {
    "400": "Bad Request: scripted fault",
    "401": "Unauthorized",
    "403": "Forbidden: bot was blocked by the user",
    "429": "",
    "500": "Internal Server Error",
    "502": "Bad Gateway",
    "503": "Service Unavailable",
    "504": "Gateway Timeout",
}
_LOST = ("hang", "drop")
KINDS = (
    *_REFUSALS, *_LOST, "latency", "deliver_then_drop", "deliver_then_hang", "deliver_then_500", "deliver_then_502",
)  # fmt: skip


@dataclass(slots=True)
class Fault:
    """One scripted fault. `times` None means until it is cleared; `skip` lets so many matching calls pass first."""

    method: str
    kind: str
    times: int | None = 1
    skip: int = 0
    retry_after: int = 1
    chat_id: int | None = None
    seconds: float = 0.0
    description: str = ""

    @property
    def delivers(self) -> bool:
        """Whether the call takes effect all the same."""
        return self.kind == "latency" or self.kind.startswith("deliver_then_")

    @property
    def ending(self) -> str:
        """How the caller is answered: "drop", "hang", "latency" or a status."""
        return self.kind.removeprefix("deliver_then_")

    def refusal(self) -> ApiError | None:
        """The error to answer with, or None when there is no answer or a normal one."""
        if self.ending == "429":
            return too_many_requests(self.retry_after)
        if self.ending in _REFUSALS:
            return ApiError(int(self.ending), self.description or _REFUSALS[self.ending])
        return None

    def shown(self) -> dict[str, Any]:
        """As the sandbox lists it."""
        return {name: getattr(self, name) for name in self.__slots__}


def read_fault(raw: object) -> Fault:
    """A fault from its JSON form. Raises ValueError with a plain sentence when it is none."""
    if not isinstance(raw, dict):
        raise ValueError("a fault is an object with at least a kind")
    unknown = set(raw) - set(Fault.__slots__)
    if unknown:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}; it has {', '.join(Fault.__slots__)}")
    fault = Fault(str(raw.get("method", "*")), str(raw.get("kind", "")))
    if fault.kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    try:
        fault.times = None if raw.get("times", 1) is None else int(raw.get("times", 1))
        fault.skip = int(raw.get("skip", 0))
        fault.retry_after = int(raw.get("retry_after", 1))
        fault.chat_id = None if raw.get("chat_id") is None else int(raw["chat_id"])
        fault.seconds = float(raw.get("seconds", 0))
    except (TypeError, ValueError):
        raise ValueError("times, skip, retry_after, chat_id and seconds are numbers") from None
    fault.description = str(raw.get("description", ""))
    return fault


class Faults:
    """The faults still to come, in the order they were scripted."""

    def __init__(self) -> None:
        self.script: list[Fault] = []

    def take(self, method: str, chat_id: int) -> Fault | None:
        """The fault this call meets, if any; `method` in lower case.

        `*` is every method but getUpdates, so that a bot which polls does not use up what was meant for its messages.
        A call that one fault lets pass (`skip`) may still meet a later one.
        """
        for fault in self.script:
            wanted = fault.method.lower()
            if (wanted != method) if wanted != "*" else (method == "getupdates"):
                continue
            if fault.chat_id is not None and fault.chat_id != chat_id:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.script.remove(fault)
            return fault
        return None
