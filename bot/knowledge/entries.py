"""The shape of an FAQ file.

Invariant: an entry that loaded has an id, a title, phrasings and an answer, and an entry that says a clinician approved
it names that clinician and the day.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

EntryId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Shape(BaseModel):
    """Base of everything read from content: unknown fields are typing errors, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Shape):
    """Where a claim comes from, and when somebody last looked."""

    title: Words
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    checked: date


class Review(Shape):
    """Who stands behind the words. `due` is the last day the words may be shown without a new look."""

    status: Literal["draft", "approved"]
    by: str | None = None
    on: date | None = None
    due: date

    @model_validator(mode="after")
    def _approved_by_somebody(self) -> Review:
        if self.status == "approved" and not (self.by and self.on):
            raise ValueError("approved needs the clinician's name (by) and the day (on)")
        return self


class Entry(Shape):
    """One question people ask and its reviewed answer."""

    id: EntryId
    title: Words
    phrasings: tuple[Words, ...] = Field(min_length=1)
    answer: Words
    keywords: tuple[Words, ...] = ()
    more: Words | None = None
    see_also: tuple[EntryId, ...] = ()
    dose: bool = Field(False, description="States a dose or an interval: withheld when its review is overdue.")
    sources: tuple[Source, ...] = ()
    review: Review | None = None

    def overdue(self, today: date) -> bool:
        """True when the words may no longer be shown as they stand."""
        return self.review is not None and self.review.due < today


class FaqFile(Shape):
    """content/<lang>/faq/<topic>.yaml"""

    topic: Words
    entries: tuple[Entry, ...] = Field(min_length=1)
