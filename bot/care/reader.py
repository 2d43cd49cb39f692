"""Who is being spoken to, as far as wording needs to know.

Invariant: a Reader carries no personal data beyond language and country.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.knowledge.content import Content, Library
from bot.knowledge.emergency import EmergencyNumbers


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
    def number(self) -> str:
        """What to dial in an emergency."""
        known = self.clinic.emergency_override or self.numbers.number(self.country)
        return known or self.content.messages.text("card.number_unknown")

    @property
    def phone(self) -> str:
        """' (0123 456)' after the clinic's name, or nothing when no number is known."""
        return self.content.messages.text("error.phone", phone=self.clinic.phone) if self.clinic.phone else ""

    def say(self, key: str, **values: object) -> str:
        """A message in the reader's language, with the numbers and the clinic always available to it."""
        common: dict[str, object] = {
            "number": self.number,
            "crisis": self.numbers.crisis(self.country) or self.content.messages.text("card.crisis_unknown"),
            "clinic": self.clinic.name,
            "phone": self.phone,
        }
        return self.content.messages.text(key, **(common | values))

    def fill(self, text: str) -> str:
        """An entry's text with its emergency number filled in."""
        return text.replace("{emergency_number}", self.number)


class Readers:
    """Makes Readers from what is known about a person."""

    def __init__(self, library: Library, clinic: Clinic) -> None:
        self._library = library
        self._clinic = clinic

    def reader(self, language: str | None = None, country: str | None = None) -> Reader:
        """A reader for a language code and an ISO country, either of them unknown."""
        content = self._library.content(language)
        return Reader(content, self._library.emergency, self._clinic, country, self._library)
