"""When the questions after an injection are asked. Pure.

Invariant: nothing is asked in the person's quiet hours save by a moment that disturbs, nothing before its time, and
nothing that has lost its point because the injection was recorded late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.care.moments import local
from bot.knowledge.check_ins import CheckIns, Moment, Quiet
from bot.plans.occurrence import local_instant

#: An injection recorded after its first question was due: the person is asked this much later, not in the same breath.
_BREATH = timedelta(minutes=1)


@dataclass(frozen=True)
class Asking:
    """One question to come. `again_at` is when it is repeated once if there is no answer, None when it is not."""

    kind: str
    due_at: datetime
    expires_at: datetime
    again_at: datetime | None = None


def askings(rules: CheckIns, injected_at: datetime, number: int, now: datetime, zone: str) -> list[Asking]:
    """The questions after the `number`th recorded injection (the first is 1), in order."""
    found = []
    for moment in rules.moments:
        if moment.injections == "first" and number > rules.first_injections:
            continue
        asking = _asking(moment, rules.quiet, injected_at, number, now, zone)
        if asking is not None:
            found.append(asking)
    return sorted(found, key=lambda one: one.due_at)


def _asking(
    moment: Moment, quiet: Quiet, injected_at: datetime, number: int, now: datetime, zone: str
) -> Asking | None:  # fmt: skip
    meant = injected_at + timedelta(minutes=moment.after_minutes)
    valid = timedelta(minutes=moment.valid_minutes)
    if meant + valid <= now:
        return None
    due_at = meant if meant > now else now + _BREATH
    if not moment.disturbs:
        due_at = after_quiet(due_at, quiet, zone)
    again = timedelta(minutes=moment.repeat_after_minutes) if moment.repeat_after_minutes and number == 1 else None
    return Asking(moment.kind, due_at, due_at + valid, None if again is None else due_at + again)


def after_quiet(at: datetime, quiet: Quiet, zone: str) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into."""
    here = local(at, zone)
    if not quiet.holds(here.time()):
        return at
    day = here.date()
    if here.time() >= quiet.ends:
        day += timedelta(days=1)
    return max(at, local_instant(day, quiet.ends, zone)[1])
