"""Emergency numbers by country: content/emergency.yaml.

Invariant: there is always a number to show. A person whose country is unknown is shown the fallback line, which names
several countries, and never a number guessed from their language.
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
    """All countries, and what to say when the country is not known."""

    fallback: Dialled
    fallback_line: Words
    crisis_fallback: Words
    countries: dict[Country, CountryNumbers] = Field(min_length=1)

    def number(self, country: str | None, override: str | None = None) -> str:
        """The number to dial, or the fallback line (several countries' numbers) when the country is unknown."""
        if override:
            return override
        known = self.countries.get(country or "")
        return known.emergency if known else self.fallback_line

    def advice(self, country: str | None) -> str | None:
        """Where to get same-day advice by phone, if the country has such a line."""
        known = self.countries.get(country or "")
        return known.advice if known else None

    def crisis(self, country: str | None) -> str:
        """Who to call or text in a mental-health crisis."""
        known = self.countries.get(country or "")
        return (known.crisis if known else None) or self.crisis_fallback
