"""Changing a plan from a button: find it, make sure it is the tapper's own, change it, and answer.

Invariant: a change is decided from what is stored, inside the transaction that stores it. When another change came
between, it is decided anew, so two taps at once count as one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from bot.care.planning import keeping
from bot.care.planning.codes import row_number
from bot.care.planning.keeping import Kept
from bot.care.planning.reminding import Render
from bot.care.planning.steps import Scene
from bot.care.reader import Reader
from bot.care.reply import Reply
from bot.clock import Clock
from bot.plans.plan_json import PlanFormatError
from bot.records.database import Connection, Database
from bot.records.injections import Injection
from bot.records.people import Person
from bot.records.stale import StaleError

_TRIES: Final = 5


class CheckIns(Protocol):
    """The questions after an injection (bot.care.check_ins)."""

    async def schedule_check_ins(self, connection: Connection, person: Person, injection: Injection) -> int:
        """Plan them, in the transaction that records the injection. Doing it twice plans them once."""
        ...

    async def cancel_check_ins(self, connection: Connection, injection_id: int) -> int:
        """Ask nothing more about an injection that is about to be removed."""
        ...


@dataclass(frozen=True)
class Tapped:
    """What becomes of a tap.

    reply   the tapped message turns into this
    note    or only a short note is shown
    closed  other messages about the same injection that lose their buttons, by message id
    """

    reply: Reply | None = None
    note: str | None = None
    closed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Desk:
    """What every change of a plan needs."""

    database: Database
    clock: Clock
    check_ins: CheckIns
    render: Render

    def scene(self, kept: Kept, reader: Reader) -> Scene:
        """Whom the answer talks to, and when."""
        return Scene(reader, self.clock.now(), kept.plan.zone)

    async def change(
        self,
        person: Person,
        reader: Reader,
        plan_id: str,
        step: Callable[[Connection, Kept], Awaitable[Tapped]],
    ) -> Tapped:
        """Run one step on a plan of the person's, in one write transaction."""
        number = row_number(plan_id)
        if number is None:
            return Tapped(note=reader.say("button.old"))
        for _ in range(_TRIES):
            try:
                async with self.database.write() as connection:
                    found = await keeping.find(connection, person, number)
                    if isinstance(found, Kept):
                        return await step(connection, found)
                    return Tapped(note=reader.say("button.not_yours" if found == "not_yours" else "button.old"))
            except StaleError:
                continue
            except PlanFormatError:
                break
        return Tapped(note=reader.say("plan.busy"))
