"""A plan as one JSON object, for one column of the database.

Invariant: `from_json(to_json(plan)) == plan`, through JSON text and back as well, and an object names its version so
that old rows stay readable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal, DecimalException
from typing import Any, TypeAlias

from bot.plans.cadence import Cadence, Every, OnWeekdays
from bot.plans.dose import Dose
from bot.plans.plan import AfterInjections, Loading, Open, Plan, UntilDate

VERSION = 1

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]


class PlanFormatError(ValueError):
    """This is not a plan this program can read."""


def to_json(plan: Plan) -> JsonObject:
    """The plan as a JSON object."""
    return {
        "v": VERSION,
        "label": plan.label,
        "product": plan.product,
        "dose": {"amount": str(plan.dose.amount), "unit": plan.dose.unit, "text": plan.dose.text},
        "place": plan.place,
        "zone": plan.zone,
        "at": plan.at.strftime("%H:%M"),
        "count_from": plan.count_from,
        "loading": _loading_out(plan.loading) if plan.loading else None,
        "maintenance": _cadence_out(plan.maintenance) if plan.maintenance else None,
        "anchor": plan.anchor.isoformat(),
        "phase": plan.phase,
        "given": plan.given,
        "last_given": _day_out(plan.last_given),
        "settled": _day_out(plan.settled),
        "once": _day_out(plan.once),
        "status": plan.status,
        "revision": plan.revision,
    }


def from_json(stored: JsonObject) -> Plan:
    """Read a plan written by `to_json`. Raises PlanFormatError for anything else."""
    data: Any = stored
    try:
        if data["v"] != VERSION:
            raise PlanFormatError(f"plan version {data['v']!r} is not known")
        loading, maintenance, dose = data["loading"], data["maintenance"], data["dose"]
        return Plan(
            label=data["label"],
            product=data["product"],
            dose=Dose(Decimal(dose["amount"]), dose["unit"], dose["text"]),
            place=data["place"],
            zone=data["zone"],
            at=time.fromisoformat(data["at"]),
            count_from=data["count_from"],
            loading=Loading(_cadence_in(loading["cadence"]), _ends_in(loading["ends"])) if loading else None,
            maintenance=_cadence_in(maintenance) if maintenance else None,
            anchor=date.fromisoformat(data["anchor"]),
            phase=data["phase"],
            given=data["given"],
            last_given=_day_in(data["last_given"]),
            settled=_day_in(data["settled"]),
            once=_day_in(data["once"]),
            status=data["status"],
            revision=data["revision"],
        )
    except (KeyError, TypeError, ValueError, DecimalException) as error:
        if isinstance(error, PlanFormatError):
            raise
        raise PlanFormatError(f"not a stored plan: {type(error).__name__}") from error


def _day_out(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day_in(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


def _loading_out(loading: Loading) -> Json:
    return {"cadence": _cadence_out(loading.cadence), "ends": _ends_out(loading.ends)}


def _cadence_out(cadence: Cadence) -> Json:
    if isinstance(cadence, Every):
        return {"every": cadence.count, "unit": cadence.unit}
    return {"weekdays": list(cadence.days)}


def _cadence_in(data: dict[str, object]) -> Cadence:
    match data:
        case {"every": int(count), "unit": "days" | "weeks" | "months" as unit}:
            return Every(count, unit)
        case {"weekdays": list(days)}:
            return OnWeekdays(tuple(days))
    raise PlanFormatError("a cadence is neither an interval nor weekdays")


def _ends_out(ends: AfterInjections | UntilDate | Open) -> Json:
    match ends:
        case AfterInjections(count):
            return {"after": count}
        case UntilDate(last):
            return {"until": last.isoformat()}
        case _:
            return "open"


def _ends_in(data: object) -> AfterInjections | UntilDate | Open:
    match data:
        case "open":
            return Open()
        case {"after": int(count)}:
            return AfterInjections(count)
        case {"until": str(day)}:
            return UntilDate(date.fromisoformat(day))
    raise PlanFormatError("a loading phase has no known end")
