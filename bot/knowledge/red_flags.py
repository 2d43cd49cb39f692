"""The shape of content/<lang>/red_flags.yaml: the danger signs, how people say them, and what is shown for each.

Invariant: every sign has a level, a card that exists for that level and at least one way of saying it that parses; a
mistake in any pattern is reported at its own line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from bot.knowledge.entries import EntryId, Shape, Words
from bot.knowledge.red_flag_examples import KINDS
from bot.knowledge.sign_pattern import PatternError, parse

SignId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,31}$")]
Group = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
EmergencyCard = Literal["allergy", "other", "self_harm"]
UrgentCard = Literal["general", "nerves", "potassium", "infection", "rash"]
CARDS: Mapping[str, frozenset[str]] = {
    "emergency": frozenset({"allergy", "other", "self_harm"}),
    "urgent": frozenset({"general", "nerves", "potassium", "infection", "rash"}),
}
_Place = tuple[str | int, ...]


class Sign(Shape):
    """One danger sign.

    `says` are the ways of saying it; `hints` are weaker ones, which count when the sentence also says who and when.
    `unless` are ways of saying something else with the same words (an idiom, another sense): where one of those covers
    the same words there is no sign. `needs` must stand somewhere in the message too.
    """

    id: SignId
    title: Words
    level: Literal["emergency", "urgent"]
    card: EmergencyCard | UrgentCard
    entry: EntryId
    says: tuple[Words, ...] = ()
    hints: tuple[Words, ...] = ()
    unless: tuple[Words, ...] = ()
    needs: tuple[Words, ...] = ()
    certain: bool = Field(False, description="Said so plainly that the learned part may not lower it to the check.")
    in_loading: bool = Field(False, description="During a loading phase `needs` is taken as said.")
    examples: tuple[Words, ...] = ()
    not_examples: tuple[Words, ...] = ()

    @model_validator(mode="after")
    def _card_fits_level(self) -> Sign:
        if not (self.says or self.hints):
            raise ValueError("needs at least one way of saying it, under `says` or `hints`")
        if self.card not in CARDS[self.level]:
            raise ValueError(f"the {self.level} cards are {', '.join(sorted(CARDS[self.level]))}, not {self.card!r}")
        return self


class Reading(Shape):
    """A number from a device or a laboratory.

    Within a few words of one of `names`, a number from `low` up to and including `high` is a sign, `unless` the message
    says why it would be so (a run, a device without a finger in it).
    """

    id: SignId
    title: Words
    level: Literal["emergency", "urgent"]
    card: EmergencyCard | UrgentCard
    entry: EntryId
    kind: Literal["number", "pair"] = Field("number", description="A pair is a blood pressure such as 74/41.")
    names: tuple[Words, ...] = Field(min_length=1)
    unless: tuple[Words, ...] = ()
    low: float
    high: float

    @model_validator(mode="after")
    def _makes_sense(self) -> Reading:
        if self.card not in CARDS[self.level]:
            raise ValueError(f"the {self.level} cards are {', '.join(sorted(CARDS[self.level]))}, not {self.card!r}")
        if self.low > self.high:
            raise ValueError(f"low ({self.low:g}) must not be above high ({self.high:g})")
        return self


class Shown(Shape):
    """What is shown for a kind of message that the learned part recognises."""

    title: Words
    card: EmergencyCard | UrgentCard
    entry: EntryId


class Cues(Shape):
    """Words that change what a sign means. Each is a pattern; README in the file itself says what each does."""

    denial: tuple[Words, ...] = ()
    not_denial: tuple[Words, ...] = ()
    denial_after: tuple[Words, ...] = ()
    contrast: tuple[Words, ...] = ()
    new_subject: tuple[Words, ...] = ()
    recent: tuple[Words, ...] = ()
    present: tuple[Words, ...] = ()
    remote: tuple[Words, ...] = ()
    hypothetical: tuple[Words, ...] = ()
    not_hypothetical: tuple[Words, ...] = ()
    question: tuple[Words, ...] = ()
    person: tuple[Words, ...] = ()
    family_history: tuple[Words, ...] = ()
    quoted: tuple[Words, ...] = ()
    joking: tuple[Words, ...] = ()
    all_clear: tuple[Words, ...] = ()


class RedFlags(Shape):
    """The signs of one language and the cues that change their meaning."""

    common: frozenset[Words] = Field(frozenset(), description="Short words by which the language is recognised.")
    words: Mapping[Group, tuple[Words, ...]] = Field(default_factory=dict)
    rewrites: Mapping[Words, Words] = Field(default_factory=dict)
    signs: tuple[Sign, ...] = ()
    readings: tuple[Reading, ...] = ()
    cues: Cues = Cues()
    kinds: Mapping[Literal["emergency", "urgent"], Mapping[str, Shown]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _everything_parses(self) -> RedFlags:
        errors = [_error(place, problem) for place, problem in self._problems()]
        if errors:
            raise ValidationError.from_exception_data("red flags", errors)
        return self

    def _problems(self) -> Iterator[tuple[_Place, str]]:
        for place, pattern in self._patterns():
            try:
                parse(pattern, self.words)
            except PatternError as error:
                yield place, str(error)
        for level, kinds in self.kinds.items():
            for kind, shown in kinds.items():
                if kind not in KINDS[level]:
                    yield ("kinds", level, kind), f"{kind!r} is no kind of {level}: {', '.join(KINDS[level])}"
                if shown.card not in CARDS[level]:
                    yield ("kinds", level, kind), f"{shown.card!r} is no {level} card"
        seen: set[str] = set()
        ids = [("signs", i, sign.id) for i, sign in enumerate(self.signs)]
        ids += [("readings", i, reading.id) for i, reading in enumerate(self.readings)]
        for field, number, name in ids:
            if name in seen:
                yield (field, number, "id"), f"the id {name!r} stands twice"
            seen.add(name)

    def _patterns(self) -> Iterator[tuple[_Place, str]]:
        for name, ways in self.words.items():
            for i, way in enumerate(ways):
                yield ("words", name, i), way
        for number, sign in enumerate(self.signs):
            for field in ("says", "hints", "unless", "needs"):
                for i, way in enumerate(getattr(sign, field)):
                    yield ("signs", number, field, i), way
        for number, reading in enumerate(self.readings):
            for field in ("names", "unless"):
                for i, way in enumerate(getattr(reading, field)):
                    yield ("readings", number, field, i), way
        for field in type(self.cues).model_fields:
            for i, way in enumerate(getattr(self.cues, field)):
                yield ("cues", field, i), way


def _error(place: _Place, problem: str) -> InitErrorDetails:
    return InitErrorDetails(
        type=PydanticCustomError("red_flag", "{problem}", {"problem": problem}), loc=place, input=None
    )
