"""From what was understood to the words of a reply.

Invariant: the reply is a reviewed entry, a message, or numbers the patient wrote; a dose answer past its review date is
withheld.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.care.moments import calendar_day
from bot.care.reader import Reader
from bot.care.reply import Button, Reply, Rows, button, in_rows
from bot.clock import Clock
from bot.knowledge.entries import Entry
from bot.understanding.units import Conversion, figure

CHOICES = 3


class Candidate(Protocol):
    """An entry that may be meant, and how likely it is."""

    @property
    def entry(self) -> str: ...
    @property
    def p(self) -> float: ...


class Answering:
    """Writes answers, choices and honest refusals for a reader."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def entry(self, reader: Reader, entry_id: str) -> Reply | None:
        """The entry's answer with its buttons, or None when there is no such entry (an old button)."""
        entry = reader.content.entry(entry_id)
        if entry is None:
            return None
        if self._withheld(entry):
            return Reply(reader.say("answer.overdue"), title=entry.title)
        row = [button(reader.say("answer.more"), "more", entry.id)] if entry.more else []
        row.append(button(reader.say("answer.sources"), "src", entry.id))
        also = [found for other in entry.see_also if (found := reader.content.entry(other)) is not None]
        thumbs = (
            button(reader.say("answer.helpful"), "thumb", entry.id, "1"),
            button(reader.say("answer.not_helpful"), "thumb", entry.id, "0"),
        )
        return Reply(
            reader.fill(entry.answer),
            title=entry.title,
            buttons=(tuple(row), *in_rows([button(other.title, "e", other.id) for other in also], 2), thumbs),
        )

    def more(self, reader: Reader, entry_id: str) -> Reply | None:
        """The second layer of an entry."""
        entry = reader.content.entry(entry_id)
        if entry is None or entry.more is None:
            return None
        if self._withheld(entry):
            return Reply(reader.say("answer.overdue"), title=entry.title)
        return Reply(reader.fill(entry.more), title=entry.title, buttons=((_sources(reader, entry),),))

    def sources(self, reader: Reader, entry_id: str) -> Reply | None:
        """Where an entry's claims come from, when they were last checked, and whether a clinician approved it."""
        entry = reader.content.entry(entry_id)
        if entry is None:
            return None
        lines = [
            reader.say("answer.source_line", title=source.title, checked=calendar_day(source.checked, reader.sentences))
            + f"\n{source.url}"
            for source in entry.sources
        ]
        if entry.review is None or entry.review.status == "draft":
            lines.append(reader.say("answer.draft"))
        return Reply("\n\n".join(lines), title=f"{reader.say('answer.sources')}: {entry.title}")

    def choices(self, reader: Reader, candidates: Sequence[Candidate], both: bool = False) -> Reply:
        """Up to three buttons and a way to say that none of them is meant."""
        found = [entry for one in candidates[:CHOICES] if (entry := reader.content.entry(one.entry)) is not None]
        rows = tuple((button(entry.title, "e", entry.id),) for entry in found)
        none = (button(reader.say("choose.none_of_these"), "none"),)
        return Reply(reader.say("choose.both" if both else "choose.ask"), buttons=(*rows, none))

    def unknown(self, reader: Reader, misses: int) -> Reply:
        """I do not know. After a second miss in a row: whom to ask instead, and every topic, never the same again."""
        if misses < 2:
            return Reply(
                reader.say("unknown.first"), buttons=((button(reader.say("unknown.topics_button"), "topics"),),)
            )
        return Reply(reader.say("unknown.again"), buttons=topic_rows(reader))

    def smalltalk(self, reader: Reader, kind: str) -> Reply:
        """A friendly line that leads back to what the bot is for."""
        key = f"smalltalk.{kind}"
        text = reader.say(key if key in reader.content.messages else "smalltalk.other")
        rows = ((button(reader.say("unknown.topics_button"), "topics"),),) if kind == "greeting" else ()
        return Reply(text, buttons=rows)

    def units(self, reader: Reader, asked: Conversion) -> Reply:
        """A conversion the patient asked for: exact, in both units; or why it is refused."""
        if asked.from_amount is None or asked.to_amount is None:
            return Reply(reader.say("units.iu" if asked.kind == "refuse_iu" else "units.ml"))
        return Reply(
            reader.say(
                "units.convert",
                from_amount=figure(asked.from_amount),
                from_unit=reader.say(f"units.{asked.from_unit}"),
                to_amount=figure(asked.to_amount),
                to_unit=reader.say(f"units.{asked.to_unit}"),
            )
        )

    def _withheld(self, entry: Entry) -> bool:
        return entry.dose and entry.overdue(self._clock.now().date())


def topic_rows(reader: Reader) -> Rows:
    """All topics as buttons, two to a row."""
    return in_rows([button(topic.title, "topic", topic.name) for topic in reader.content.topics], 2)


def _sources(reader: Reader, entry: Entry) -> Button:
    return button(reader.say("answer.sources"), "src", entry.id)
