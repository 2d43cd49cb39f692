"""The shape of content/<lang>/check_ins.yaml: when the bot asks after an injection, what can be answered, what follows.

Invariant: every answer a person can press exists, one of them leads to the emergency card, and a kind of question is
asked once after an injection.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from bot.knowledge.entries import EntryId, Shape
from bot.knowledge.red_flags import CARDS, EmergencyCard, SignId, UrgentCard

Kind = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,16}$")]
AnswerId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,23}$")]
Level = Literal["emergency", "urgent"]


class Quiet(Shape):
    """From when until when nobody is disturbed, local time."""

    starts: time = Field(alias="from")
    ends: time = Field(alias="until")

    @field_validator("starts", "ends")
    @classmethod
    def _whole_minutes(cls, value: time) -> time:
        if value.second or value.microsecond or value.tzinfo is not None:
            raise ValueError("must be an hour and a minute such as 21:00")
        return value

    def holds(self, at: time) -> bool:
        """Whether this time of day is quiet."""
        if self.starts <= self.ends:
            return self.starts <= at < self.ends
        return at >= self.starts or at < self.ends


class Moment(Shape):
    """One question.

    `injections`: after every injection, or only after the first few (`first_injections`). `disturbs`: asked in quiet
    hours too. After a first injection that gets no answer it is asked once more `repeat_after_minutes` later, and is
    on the care team's list `list_after_minutes` after the first asking.
    """

    kind: Kind
    after_minutes: int = Field(ge=1)
    valid_minutes: int = Field(ge=10, description="How long after its time it is still worth asking.")
    injections: Literal["every", "first"] = "every"
    disturbs: bool = False
    repeat_after_minutes: int | None = Field(None, ge=1)
    list_after_minutes: int | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _listed_after_repeat(self) -> Moment:
        if self.list_after_minutes is not None and self.list_after_minutes <= (self.repeat_after_minutes or 0):
            raise ValueError("list_after_minutes must be later than repeat_after_minutes")
        return self


class Soon(Shape):
    """What an answer means when it comes soon after the injection."""

    within_minutes: int = Field(ge=1)
    level: Level
    card: EmergencyCard | UrgentCard


class Answer(Shape):
    """One answer: how bad it is (`score`, for the trend), what is shown, and whether it asks on."""

    id: AnswerId
    score: int = Field(ge=0, le=10)
    level: Level | None = None
    card: EmergencyCard | UrgentCard | None = None
    sign: SignId | None = None
    soon: Soon | None = None
    entry: EntryId | None = Field(None, description="The entry offered below the thanks.")
    asks: tuple[AnswerId, ...] = Field((), description="Answers of the question that follows.")

    @model_validator(mode="after")
    def _card_fits_level(self) -> Answer:
        if self.level is not None and (self.card not in CARDS[self.level] or self.sign is None):
            raise ValueError(f"{self.id}: a level needs its sign and one of its cards")
        if self.soon is not None and (self.soon.card not in CARDS[self.soon.level] or self.level is None):
            raise ValueError(f"{self.id}: `soon` needs a level above it and one of its own level's cards")
        return self


class Trend(Shape):
    """Worse answers in a row: each of the last `rises` answers scored higher than the one before it."""

    rises: int = Field(ge=1)
    within_days: int = Field(ge=1)
    card: UrgentCard = "general"


class CheckIns(Shape):
    """All of it."""

    quiet: Quiet
    first_injections: int = Field(ge=0)
    moments: tuple[Moment, ...] = Field(min_length=1)
    answers: tuple[Answer, ...] = Field(min_length=2)
    trend: Trend

    @model_validator(mode="after")
    def _everything_exists(self) -> CheckIns:
        problems = list(self._problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        ids = [answer.id for answer in self.answers]
        kinds = [moment.kind for moment in self.moments]
        yield from (f"the answer {name!r} stands twice" for name in sorted({n for n in ids if ids.count(n) > 1}))
        yield from (f"the moment {name!r} stands twice" for name in sorted({n for n in kinds if kinds.count(n) > 1}))
        for answer in self.answers:
            yield from (f"{answer.id} asks for {name!r}, which is no answer" for name in answer.asks if name not in ids)
        if not any(answer.level == "emergency" for answer in self.first_answers):
            yield "one of the first answers must lead to the emergency card"

    @property
    def first_answers(self) -> tuple[Answer, ...]:
        """The answers shown first: those no other answer leads to."""
        later = {name for answer in self.answers for name in answer.asks}
        return tuple(answer for answer in self.answers if answer.id not in later)

    def answer(self, answer_id: str) -> Answer | None:
        return next((answer for answer in self.answers if answer.id == answer_id), None)

    def moment(self, kind: str) -> Moment | None:
        return next((moment for moment in self.moments if moment.kind == kind), None)
