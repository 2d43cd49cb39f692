"""Plans for tests, and hypothesis strategies that make all kinds of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from hypothesis import strategies as st

from bot.plans.cadence import Cadence, Every, OnWeekdays
from bot.plans.dose import Dose
from bot.plans.plan import AfterInjections, Loading, Open, Plan, UntilDate, first_phase

ODD_ZONES = (
    "Europe/London", "Europe/Berlin", "America/New_York", "Africa/Cairo", "Asia/Beirut", "America/Sao_Paulo",
    "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "Pacific/Chatham", "America/Scoresbysund",
    "America/Nuuk", "Antarctica/Troll", "Africa/Casablanca", "Asia/Gaza", "America/Asuncion", "Pacific/Kiritimati",
    "America/Havana", "Asia/Tehran", "Europe/Chisinau", "America/St_Johns", "Pacific/Kwajalein", "UTC",
)  # fmt: skip
ZONES = sorted(available_timezones() - {"localtime", "Factory"})


def plan(**changes: Any) -> Plan:
    """1 mg at the clinic every 8 weeks at nine in London, from Monday 4 May 2026."""
    values: dict[str, Any] = {
        "product": "hydroxocobalamin",
        "dose": Dose(Decimal(1), "mg", "1 mg"),
        "zone": "Europe/London",
        "at": time(9),
        "anchor": date(2026, 5, 4),
        "maintenance": Every(8, "weeks"),
    }
    values |= changes
    return Plan(**({"phase": first_phase(values.get("loading"))} | values))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


zones = st.sampled_from(ODD_ZONES) | st.sampled_from(ZONES)
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
days = st.dates(date(2009, 1, 1), date(2037, 12, 31))
intervals = (
    st.builds(Every, st.integers(1, 120), st.just("days"))
    | st.builds(Every, st.integers(1, 26), st.just("weeks"))
    | st.builds(Every, st.integers(1, 12), st.just("months"))
)
weekdays = st.builds(lambda chosen: OnWeekdays(tuple(chosen)), st.sets(st.integers(0, 6), min_size=1))
cadences: st.SearchStrategy[Cadence] = intervals | weekdays


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan a person could set up, before anything was recorded."""
    anchor = draw(days)
    loading = maintenance = None
    if draw(st.booleans()):
        ends = draw(
            st.builds(AfterInjections, st.integers(1, 12))
            | st.just(Open())
            | st.builds(UntilDate, st.integers(0, 90).map(lambda later: anchor + timedelta(days=later)))
        )
        often = st.builds(Every, st.integers(1, 10), st.just("days")) | weekdays
        loading = Loading(draw(often), ends)
    if loading is None or draw(st.booleans()):
        maintenance = draw(cadences)
    return plan(
        label=draw(st.none() | st.just("Mum")),
        dose=Dose(Decimal(draw(st.integers(1, 5000))), "microgram", draw(st.text(max_size=8))),
        place=draw(st.sampled_from(["clinic", "home"])),
        zone=draw(zones),
        at=draw(times),
        count_from=draw(st.sampled_from(["actual", "fixed"])),
        anchor=anchor,
        loading=loading,
        maintenance=maintenance,
    )
