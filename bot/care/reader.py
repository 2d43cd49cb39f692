"""Who is being spoken to, as far as wording needs to know.

Invariant: a Reader carries no personal data beyond language and country.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.knowledge.content import Content, Library
from bot.knowledge.emergency import EmergencyNumbers
from bot.knowledge.messages import Messages


@dataclass(frozen=True)
class Clinic:
    """The clinic as patients know it."""

    name: str
    phone: str | None = None
    emergency_override: str | None = None


@dataclass(frozen=True)
class Reader:
    """Language and country of the person who will read a reply; the words and numbers that follow from them."""

    content: Content
    numbers: EmergencyNumbers
    clinic: Clinic
    country: str | None = None
    library: Library | None = None

    def speaking(self, language: str | None) -> Reader:
        """The same reader in another language, if its words are known: a card comes in the language of the message."""
        if language is None or self.library is None or language not in self.library.contents:
            return self
        return replace(self, content=self.library.content(language))

    @property
    def sentences(self) -> str:
        """The language of everything but the cards, for dates and figures among them."""
        return self._answering.language

    @property
    def _answering(self) -> Content:
        """The content the answers come from: the default language's where this one has only cards."""
        return self.library.content(None) if self.content.borrowed and self.library is not None else self.content

    def say(self, key: str, **values: object) -> str:
        """A message in the reader's language, with the numbers and the clinic always available to it.

        What is filled in is in the language of the sentence it stands in, also where that had to be another one.
        """
        words = self.content.messages.speaker(key)
        common: dict[str, object] = {
            "number": self._number(words),
            "crisis": self.numbers.crisis(self.country) or words.text("card.crisis_unknown"),
            "clinic": self.clinic.name,
            "phone": words.text("error.phone", phone=self.clinic.phone) if self.clinic.phone else "",
        }
        return words.text(key, **(common | values))

    def fill(self, text: str) -> str:
        """An entry's text with its emergency number filled in."""
        return text.replace("{emergency_number}", self._number(self._answering.messages))

    def _number(self, words: Messages) -> str:
        """What to dial in an emergency."""
        known = self.clinic.emergency_override or self.numbers.number(self.country)
        return known or words.text("card.number_unknown")


class Readers:
    """Makes Readers from what is known about a person."""

    def __init__(self, library: Library, clinic: Clinic) -> None:
        self._library = library
        self._clinic = clinic

    def reader(self, language: str | None = None, country: str | None = None) -> Reader:
        """A reader for a language code and an ISO country, either of them unknown."""
        content = self._library.content(language)
        return Reader(content, self._library.emergency, self._clinic, country, self._library)
