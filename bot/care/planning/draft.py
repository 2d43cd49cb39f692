"""The answers of a set-up so far, and the plan they make.

Invariant: answers are the patient's own; a draft that lacks one makes no plan. An answer that no longer fits an earlier
one is dropped, so that it is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal, get_args

from bot.care.planning import codes
from bot.plans.cadence import Cadence, OnWeekdays, next_date
from bot.plans.loading_reading import LoadingEnd
from bot.plans.occurrence import next_occurrence
from bot.plans.plan import AfterInjections, Loading, Plan, UntilDate

Step = Literal[
    "who", "label", "product", "product_name", "dose", "dose_check", "place", "zone", "phase", "often", "first",
    "last", "ends", "then", "count", "at", "confirm",
]  # fmt: skip
ORDER: tuple[Step, ...] = get_args(Step)
PRODUCTS = ("hydroxocobalamin", "cyanocobalamin", "methylcobalamin", "unsure")


@dataclass(frozen=True)
class Draft:
    """Answers by step, as codes (names as the person wrote them)."""

    answers: Mapping[str, str] = field(default_factory=dict)

    def get(self, step: Step) -> str | None:
        return self.answers.get(step)

    def answered(self, step: Step, code: str) -> Draft:
        """The draft with this answer, and without those it makes meaningless."""
        answers = dict(self.answers)
        changed = answers.get(step) != code
        answers[step] = code
        if changed:
            for other in _DEPENDS.get(step, ()):
                answers.pop(other, None)
        return replace(self, answers=answers).consistent()

    def without(self, step: Step) -> Draft:
        return replace(self, answers={key: code for key, code in self.answers.items() if key != step})

    def consistent(self) -> Draft:
        """Without an end of the loading phase that comes before its start."""
        ends, start = self.ends, self.start
        if isinstance(ends, UntilDate) and start is not None and ends.last < start:
            return self.without("ends")
        return self

    def applies(self, step: Step) -> bool:
        """Whether this step is to be asked, given the other answers."""
        match step:
            case "label":
                return self.get("who") == "other"
            case "product_name":
                return self.get("product") == "other"
            case "dose_check":
                return self.get("dose") is not None and codes.dose_of(self.answers["dose"]).unusual
            case "last":
                return self.get("first") == "last"
            case "ends" | "then":
                return self.loads
            case "count":
                return any(cadence is not None and not isinstance(cadence, OnWeekdays) for cadence in self._cadences())
            case _:
                return True

    def next_unanswered(self) -> Step:
        """The first step that still needs an answer; "confirm" when none does."""
        return next((step for step in ORDER if self.applies(step) and self.get(step) is None), "confirm")

    @property
    def loads(self) -> bool:
        return self.get("phase") == "loading"

    @property
    def often(self) -> Cadence | None:
        """How often in the phase the person is in now."""
        return codes.cadence_of(self.answers["often"]) if "often" in self.answers else None

    @property
    def then(self) -> Cadence | None:
        """How often after loading; None when the clinic has not said."""
        code = self.get("then") if self.loads else None
        return codes.cadence_of(code) if code not in (None, "none") else None

    @property
    def ends(self) -> LoadingEnd | None:
        return codes.ends_of(self.answers["ends"]) if self.loads and "ends" in self.answers else None

    @property
    def zone(self) -> str | None:
        return codes.zone_of(self.answers["zone"]) if "zone" in self.answers else None

    @property
    def last_given(self) -> date | None:
        """The last injection before this plan, where the person named it."""
        return codes.day_of(self.answers["last"]) if "last" in self.answers else None

    @property
    def start(self) -> date | None:
        """The first planned date: as given, or following the last injection at the prescribed interval."""
        first = self.get("first")
        if first is None:
            return None
        if first != "last":
            return codes.day_of(first)
        if self.last_given is None or self.often is None:
            return None
        return next_date(self.often, self.last_given, self.last_given)

    def _cadences(self) -> tuple[Cadence | None, Cadence | None]:
        return self.often, self.then

    def plan(self) -> Plan:
        """The plan these answers make. Raises KeyError or ValueError while one is missing."""
        often, start = self.often, self.start
        if often is None or start is None or self.next_unanswered() != "confirm":
            raise ValueError(f"not answered yet: {self.next_unanswered()}")
        ends, last = self.ends, self.last_given
        off_days = isinstance(often, OnWeekdays) and start.weekday() not in often.days
        return Plan(
            label=self.get("label") if self.get("who") == "other" else None,
            product=self.answers["product_name"] if self.get("product") == "other" else self.answers["product"],
            dose=codes.dose_of(self.answers["dose"]),
            place="home" if self.answers["place"] == "home" else "clinic",
            zone=codes.zone_of(self.answers["zone"]),
            at=codes.time_of(self.answers["at"]),
            phase="loading" if self.loads else "maintenance",
            loading=Loading(often, ends) if self.loads and ends is not None else None,
            maintenance=self.then if self.loads else often,
            count_from="fixed" if self.get("count") in ("fixed", "unsure") else "actual",
            anchor=last if last is not None and self.get("first") == "last" else start,
            last_given=last,
            settled=last,
            once=start if off_days else None,
        )


_DEPENDS: Mapping[Step, tuple[Step, ...]] = {
    "who": ("label",),
    "product": ("product_name",),
    "dose": ("dose_check",),
    "phase": ("often", "ends", "then", "count"),
}


def draft_of(plan: Plan, now: datetime) -> Draft:
    """The answers that make this plan anew from its next date on: what a change of the plan starts from."""
    upcoming = next_occurrence(plan, now)
    phase = upcoming.phase if upcoming else plan.phase
    often = plan.cadence if phase == plan.phase else plan.maintenance
    answers = {
        "who": "other" if plan.label else "me",
        "product": plan.product,
        "dose": codes.dose_code(plan.dose),
        "place": plan.place,
        "zone": codes.zone_code(plan.zone),
        "phase": phase,
        "often": codes.cadence_code(often or plan.cadence),
        "first": (upcoming.local_date if upcoming else now.date()).isoformat(),
        "count": plan.count_from,
        "at": codes.time_code(plan.at),
    }
    if plan.label:
        answers["label"] = plan.label
    if plan.product not in PRODUCTS:
        answers |= {"product": "other", "product_name": plan.product}
    if plan.dose.unusual:
        answers["dose_check"] = "yes"
    if phase == "loading" and plan.loading is not None:
        answers["ends"] = codes.ends_code(_remaining(plan.loading.ends, plan.given))
        answers["then"] = codes.cadence_code(plan.maintenance) if plan.maintenance else "none"
    return Draft(answers).consistent()


def _remaining(ends: LoadingEnd, given: int) -> LoadingEnd:
    return AfterInjections(max(1, ends.count - given)) if isinstance(ends, AfterInjections) else ends
