"""Everything the bot knows in one language, and all languages together.

Invariant: these are values. Once loaded they never change; a new version of the content is a new Library.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import Field

from bot.knowledge.check_ins import CheckIns
from bot.knowledge.emergency import EmergencyNumbers
from bot.knowledge.entries import Entry, Shape, Words
from bot.knowledge.messages import Messages
from bot.knowledge.red_flags import RedFlags


class Matching(Shape):
    """content/<lang>/matching.yaml: what the matcher may be told by an editor."""

    domain_words: tuple[Words, ...] = ()
    answer_at: float = Field(
        0.80, gt=0, le=1, description="Answer directly from this probability of the first being right."
    )
    choose_at: float = Field(
        0.35, gt=0, le=1, description="Offer buttons from this probability of one of three being right."
    )
    topic_at: float = Field(
        0.50, ge=0, le=1, description="Say nothing below this probability of being on topic at all."
    )
    smalltalk: Mapping[Words, tuple[Words, ...]] = Field(
        default_factory=dict, description="Kind of small talk (greeting, thanks, goodbye) → ways of saying it."
    )


@dataclass(frozen=True)
class Topic:
    """A group of entries as the menus show it. `name` is the file's stem and is stable."""

    name: str
    title: str
    entries: tuple[Entry, ...]


class Content:
    """One language's knowledge. `borrowed`: its entries are the default language's, only cards and signs its own."""

    def __init__(
        self,
        language: str,
        topics: tuple[Topic, ...],
        messages: Messages,
        negatives: tuple[str, ...],
        matching: Matching,
        red_flags: RedFlags | None,
        check_ins: CheckIns | None = None,
        *,
        borrowed: bool = False,
    ) -> None:
        self.language = language
        self.topics = topics
        self.messages = messages
        self.negatives = negatives
        self.matching = matching
        self.red_flags = red_flags
        self.check_ins = check_ins
        self.borrowed = borrowed
        self._by_id = {entry.id: entry for topic in topics for entry in topic.entries}

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._by_id.values())

    def entry(self, entry_id: str) -> Entry | None:
        return self._by_id.get(entry_id)

    def topic_of(self, entry_id: str) -> Topic | None:
        """The topic an entry is listed under."""
        return next((topic for topic in self.topics if any(e.id == entry_id for e in topic.entries)), None)


@dataclass(frozen=True)
class Library:
    """All languages and the emergency numbers."""

    contents: Mapping[str, Content]
    emergency: EmergencyNumbers
    default: str = "en"

    def content(self, language: str | None) -> Content:
        """The content of a language, or the default language's when there is none."""
        return self.contents.get(language or self.default) or self.contents[self.default]

    def languages(self) -> Iterator[str]:
        """Language codes, the default first."""
        yield self.default
        yield from sorted(code for code in self.contents if code != self.default)
