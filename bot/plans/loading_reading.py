"""Reading when the loading phase ends: "6 injections", "2 weeks", "until 3 May", "until my clinic says".

Invariant: an end that is not known stays open; the bot never ends a loading phase by a figure of its own.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.plans.cadence import months_later
from bot.plans.date_reading import DateWindow, read_date
from bot.plans.plan import MOST_INJECTIONS, AfterInjections, Open, UntilDate
from bot.plans.reading import Choose, Read, Reading, Refused, digits_for_words, tidy

LoadingEnd = AfterInjections | UntilDate | Open

_OPEN = re.compile(
    r"\b(?:clinic|doctor|nurse|gp|they|specialist|hospital|tell|told|says?|open|not sure|unsure|unknown|no end|"
    r"don'?t know|dunno|no idea|better|improv\w*)\b"
)
_COUNTED = re.compile(
    r"\b(\d{1,3}) ?(?:(?:more|daily|weekly|monthly|vitamin|b12) )*"
    r"(?:x\b|times|injections?|shots?|jabs?|doses?|ampoules?)"
)
_LASTING = re.compile(r"\b(\d{1,3}|an?) ?(days?|weeks?|wks?|fortnights?|months?)\b")
_LONGEST = DateWindow(back=0, ahead=732)


def read_loading_end(
    text: str, today: date, first: date, *, country: str | None = None, language: str = "en"
) -> Reading[LoadingEnd]:
    """When the loading phase that starts on `first` ends; "2 weeks" are fourteen days, the first of them included."""
    tidied = tidy(text)
    if isinstance(tidied, Refused):
        return tidied
    words = digits_for_words(tidied)
    counted, lasting, alone = _COUNTED.search(words), _LASTING.search(words), re.fullmatch(r"(\d{1,3})", words)
    if hit := counted or alone:
        count = int(hit[1])
        if not 1 <= count <= MOST_INJECTIONS:
            return Refused("zero" if count == 0 else "too_big")
        return Read(AfterInjections(count), assumed=counted is None)
    if lasting is not None:
        return _for(first, 1 if lasting[1].startswith("a") else int(lasting[1]), lasting[2])
    match read_date(text, today, _LONGEST, country=country, language=language):
        case Read(day, assumed):
            return Read(UntilDate(day), assumed) if day >= first else Refused("date_past")
        case Choose(days, question):
            later = tuple(UntilDate(day) for day in days if day >= first)
            return Choose(later, question) if later else Refused("date_past")
        case refused:
            return Read(Open()) if _OPEN.search(words) else refused


def _for(first: date, count: int, unit: str) -> Reading[LoadingEnd]:
    if count == 0:
        return Refused("zero")
    if unit.startswith("month"):
        return Read(UntilDate(months_later(first, count) - timedelta(days=1)))
    days = {"d": 1, "w": 7, "f": 14}[unit[0]]
    return Read(UntilDate(first + timedelta(days=count * days - 1)))
