"""What happens with a danger sign after its card: the seam between the chat and the escalation.

Invariant: whoever implements this tells the truth about who is watching.
"""

from __future__ import annotations

from typing import Protocol

from bot.care.reader import Reader
from bot.records.people import Person
from bot.understanding.verdict import Circumstances, Verdict


class Escalation(Protocol):
    """Raises alerts and knows what the person has just gone through."""

    async def circumstances(self, person: Person) -> Circumstances:
        """Hours since the last recorded injection, and whether a loading phase is under way."""
        ...

    async def raise_alert(self, person: Person, reader: Reader, verdict: Verdict, text: str | None) -> str:
        """Write the alert down and return the line the patient reads about who sees it."""
        ...


class Unwatched:
    """Used where no care team is configured and no plans are kept: says that nobody is watching."""

    async def circumstances(self, person: Person) -> Circumstances:
        return Circumstances()

    async def raise_alert(self, person: Person, reader: Reader, verdict: Verdict, text: str | None) -> str:
        return reader.say("card.nobody_watching")
