"""A sign's name in words, the same for the care team and for the person it is about.

Invariant: what a person's message was taken for is never said as an id while the content has words for it.
"""

from __future__ import annotations

from bot.care.reader import Reader


def sign_words(reader: Reader, sign: str, level: str) -> str:
    """The sign's title in the red flags; what the learned part of the screen calls it at this `level`; the bot's own
    name for it."""
    flags = reader.content.red_flags
    if flags is not None:
        titles = {one.id: one.title for one in flags.signs} | {one.id: one.title for one in flags.readings}
        if sign in titles:
            return titles[sign]
        for _, kinds in sorted(flags.kinds.items(), key=lambda found: found[0] != level):
            if sign in kinds:
                return kinds[sign].title
    key = f"care_team.sign_{sign}"
    known = key in reader.content.messages
    return reader.say(key) if known else reader.say("care_team.sign_unknown", sign=sign.replace("_", " "))
