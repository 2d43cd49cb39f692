"""Emergency numbers by country: content/emergency.yaml.

Invariant: a number is never guessed. Whose country is unknown is shown a line that names several countries' numbers
(messages.yaml, card.number_unknown).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from bot.knowledge.entries import Shape, Source, Words

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Dialled = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9 ]*$")]


class CountryNumbers(Shape):
    """What to dial in one country: for an ambulance, for same-day advice and in a mental-health crisis."""

    name: Words
    emergency: Dialled
    advice: Words | None = None
    crisis: Words | None = None
    poison: Words | None = None
    source: Source


class EmergencyNumbers(Shape):
    """All countries."""

    countries: dict[Country, CountryNumbers] = Field(min_length=1)

    def number(self, country: str | None) -> str | None:
        """The number to dial for an ambulance; None when the country is unknown."""
        known = self.countries.get(country or "")
        return known.emergency if known else None

    def advice(self, country: str | None) -> str | None:
        """Where to get same-day advice by phone, if the country has such a line."""
        known = self.countries.get(country or "")
        return known.advice if known else None

    def crisis(self, country: str | None) -> str | None:
        """Who to call or text in a mental-health crisis, if the country has a known line."""
        known = self.countries.get(country or "")
        return known.crisis if known else None
