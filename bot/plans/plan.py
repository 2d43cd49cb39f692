"""The plan: a prescription as the patient gives it, and how far along it is.

Invariant: a Plan never changes; every step makes a new one with a higher revision. Its dates are local dates of its own
zone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time
from typing import Literal, TypedDict, Unpack, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.plans.cadence import Cadence
from bot.plans.dose import Dose

Place = Literal["clinic", "home"]
CountFrom = Literal["actual", "fixed"]
Phase = Literal["loading", "maintenance"]
Status = Literal["active", "paused", "ended"]

MOST_INJECTIONS = 400
"""The longest loading phase that is counted: one a day for more than a year."""


@dataclass(frozen=True)
class AfterInjections:
    """The loading phase ends when this many injections of it were recorded."""

    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_INJECTIONS:
            raise ValueError(f"a loading phase has 1 to {MOST_INJECTIONS} injections")


@dataclass(frozen=True)
class UntilDate:
    """The loading phase ends after this local date."""

    last: date


@dataclass(frozen=True)
class Open:
    """The loading phase ends when the clinic says so."""


@dataclass(frozen=True)
class Loading:
    """The phase with more injections at the start."""

    cadence: Cadence
    ends: AfterInjections | UntilDate | Open


class PlanChanges(TypedDict, total=False):
    """What a person may change about a running plan without starting it afresh."""

    label: str | None
    product: str
    dose: Dose
    place: Place
    zone: str
    at: time
    count_from: CountFrom


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One person's injections of one product.

    label       whom it is for: None is the person who writes, else a name such as "Mum"
    zone, at    IANA zone and local time of the reminder
    count_from  "actual": the next date counts from the last injection; "fixed": the dates stay where they are
    anchor      a local date the series of the present phase counts from
    given       injections recorded in the present phase
    last_given  local date of the latest injection recorded in any phase
    settled     every planned date up to this one is done with (recorded, skipped or let go)
    once        the next date when the person moved it off the series

    Raises ValueError for a plan that cannot be: no phase, an unknown zone, a time with seconds, a loading phase that
    ends before it begins.
    """

    product: str
    dose: Dose
    zone: str
    at: time
    anchor: date
    phase: Phase
    loading: Loading | None = None
    maintenance: Cadence | None = None
    label: str | None = None
    place: Place = "clinic"
    count_from: CountFrom = "actual"
    given: int = 0
    last_given: date | None = None
    settled: date | None = None
    once: date | None = None
    status: Status = "active"
    revision: int = 1

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"no time zone is called {self.zone!r}") from None
        if self.at.tzinfo is not None or self.at.second or self.at.microsecond:
            raise ValueError("the time of a plan is a local hour and minute")
        words = {self.place: Place, self.count_from: CountFrom, self.phase: Phase, self.status: Status}
        for word, choices in words.items():
            if word not in get_args(choices):
                raise ValueError(f"{word!r} is none of {get_args(choices)}")
        if (self.loading if self.phase == "loading" else self.maintenance) is None:
            raise ValueError(f"the plan has no {self.phase} phase to be in")
        if self.phase == "loading" and self.loads_until is not None and self.loads_until < self.anchor:
            raise ValueError("the loading phase ends before it begins")

    @property
    def cadence(self) -> Cadence:
        """How often, in the present phase."""
        cadence = self.loading.cadence if self.phase == "loading" and self.loading is not None else self.maintenance
        if cadence is None:
            raise ValueError(f"the plan has no {self.phase} phase to be in")
        return cadence

    @property
    def loads_until(self) -> date | None:
        """The last day of the loading phase, where the clinic gave one."""
        return self.loading.ends.last if self.loading and isinstance(self.loading.ends, UntilDate) else None

    def revised(self, **changes: Unpack[PlanChanges]) -> Plan:
        """The plan with these changes and the next revision. Dates already settled stay settled."""
        return replace(self, **changes, revision=self.revision + 1)


def first_phase(loading: Loading | None) -> Phase:
    """The phase a new plan starts in."""
    return "maintenance" if loading is None else "loading"
