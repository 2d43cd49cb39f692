"""Reading a time of day as people type it: "9", "9am", "half past 8", "21:30", "noon".

Invariant: an hour that could be morning or evening is never settled silently: 7 to 12 come back as assumed, 1 to
6 as a choice.
"""

from __future__ import annotations

import re
from datetime import time

from bot.plans.reading import Choose, Read, Reading, Refused, digits_for_words, one_of, tidy

_NAMED = {"noon": "12 pm", "midday": "12 pm", "mid-day": "12 pm", "midnight": "12 am"}
_PARTS = {
    "breakfast": time(8), "morning": time(9), "lunchtime": time(12, 30), "lunch": time(12, 30), "afternoon": time(14),
    "dinner": time(18), "teatime": time(17), "evening": time(19), "bedtime": time(21), "night": time(21),
}  # fmt: skip
_OCLOCK = r"(?:o'? ?clock|h\b|uhr\b|hrs?\b|hours?\b)"
_HALF_OF_DAY = (
    r"(?P<half>[ap]\.? ?m\b\.?|in the (?:morning|afternoon|evening)|at night"
    r"|(?:this |every )?(?:morning|afternoon|evening))"
)
_CLOCK = re.compile(
    r"(?<![\d:.])(?P<hour>\d{1,2})(?:(?: ?[:.h] ?| uhr | )(?P<minute>\d{2})(?::\d{2})?(?!\d)|(?![\d:]))"
    rf" ?{_OCLOCK}? ?{_HALF_OF_DAY}?"
)
_RUN_TOGETHER = re.compile(rf"(?<!\d)(?P<hour>[0-2]?\d)(?P<minute>[0-5]\d)(?!\d) ?{_OCLOCK}? ?{_HALF_OF_DAY}?")
_SPOKEN = re.compile(
    r"(?P<count>half|a quarter|quarter|\d{1,2})(?: minutes?| mins?)? ?(?P<side>past|after|to|before|till|)"
    rf" (?P<hour>\d{{1,2}})(?![\d:.]) ?{_OCLOCK}? ?{_HALF_OF_DAY}?"
)


def read_time(text: str) -> Reading[time]:
    """The local time of day a text says, to the minute."""
    tidied = tidy(text)
    if isinstance(tidied, Refused):
        return tidied
    words = digits_for_words(tidied)
    for name, clock in _NAMED.items():
        words = re.sub(rf"\b(?:12 )?{name}\b", clock, words)
    spoken = _SPOKEN.search(words)
    if spoken is not None and (spoken["count"] == "half" or spoken["side"]):
        return _spoken(spoken)
    hits = list(_CLOCK.finditer(words)) or list(_RUN_TOGETHER.finditer(words))
    if not hits:
        part = next((at for word, at in _PARTS.items() if re.search(rf"\b{word}\b", words)), None)
        return Read(part, assumed=True) if part is not None else Refused("not_understood")
    readings = [_resolve(hit["hour"], int(hit["minute"] or 0), hit["half"]) for hit in hits]
    if len(readings) == 1:
        return readings[0]
    options = [option for reading in readings for option in _options(reading)]
    return one_of(options, "which") if options else readings[0]


def _options(reading: Reading[time]) -> tuple[time, ...]:
    match reading:
        case Read(value):
            return (value,)
        case Choose(options):
            return options
        case _:
            return ()


def _spoken(hit: re.Match[str]) -> Reading[time]:
    count = {"half": 30}.get(hit["count"]) or (15 if "quarter" in hit["count"] else int(hit["count"]))
    hour = int(hit["hour"])
    if not 0 < count < 60 or hour > 24:
        return Refused("no_such_time")
    if hit["side"] in ("to", "before", "till"):
        return _resolve(str((hour - 1) % 12 or 12 if hour <= 12 else hour - 1), 60 - count, hit["half"])
    return _resolve(str(hour), count, hit["half"])


def _resolve(hour_text: str, minute: int, half: str | None) -> Reading[time]:
    hour = int(hour_text)
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        return Refused("no_such_time")
    if hour in (0, 24) or hour > 12:
        return Read(time(hour % 24, minute))
    if half is not None:
        morning = "morning" in half or half.replace(".", "").replace(" ", "") == "am"
        if "night" in half and (hour == 12 or hour < 5):
            morning = True
        return Read(time(hour % 12 + (0 if morning else 12), minute))
    if len(hour_text) == 2 and hour_text.startswith("0"):
        return Read(time(hour, minute))
    if hour >= 7:
        return Read(time(hour, minute), assumed=True)
    return Choose((time(hour, minute), time(hour + 12, minute)), "morning_or_evening")
