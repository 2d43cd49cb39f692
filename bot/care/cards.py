"""The cards shown for danger signs.

Invariant: the first line says whom to call. No question, link or greeting stands above it.
"""

from __future__ import annotations

from bot.care.reader import Reader
from bot.care.reply import Reply, button
from bot.care.screening import failed
from bot.understanding.verdict import Verdict

EMERGENCY_CARDS = ("allergy", "other", "self_harm")
URGENT_CARDS = ("general", "nerves", "potassium", "infection", "rash")


def emergency_card(reader: Reader, kind: str = "other", watching: str | None = None) -> Reply:
    """Call now. `watching` is the truthful last line about who sees the alert; by default that nobody does.

    An unknown kind is shown the general emergency card rather than none.
    """
    card = kind if kind in EMERGENCY_CARDS else "other"
    body = reader.say(f"card.emergency.{card}")
    first, _, rest = body.partition("\n")
    return Reply(f"{rest.strip()}\n\n{watching or reader.say('card.nobody_watching')}", title=first, urgent=True)


def urgent_card(reader: Reader, kind: str = "general", watching: str | None = None) -> Reply:
    """Get seen today, and when to call the emergency number after all."""
    card = kind if kind in URGENT_CARDS else "general"
    line = reader.numbers.advice(reader.country)
    advice = reader.say("error.advice_line", advice=line) if line else ""
    body = reader.say(f"card.urgent.{card}", advice=advice)
    parts = [body, reader.say("card.urgent.worse"), watching or reader.say("card.nobody_watching")]
    return Reply("\n\n".join(parts), title=reader.say("card.urgent.title"), urgent=True)


def check_card(reader: Reader, sign: str | None, entry: str | None) -> Reply:
    """The number first, then whether it is happening now. The buttons remember the sign and the entry."""
    args = (sign or "", entry or "")
    return Reply(
        reader.say("card.check.ask"),
        title=reader.say("card.check.title"),
        buttons=(
            (button(reader.say("card.check.yes_now"), "now", *args),),
            (button(reader.say("card.check.no_now"), "notnow", *args),),
        ),
        urgent=True,
    )


def failsafe_card(reader: Reader, watching: str | None = None) -> Reply:
    """Shown when the screen itself failed: the emergency card, with the reason last."""
    card = emergency_card(reader, "other", watching)
    return Reply(f"{card.text}\n\n{reader.say('card.failsafe')}", card.title, card.buttons, urgent=True)


def card_for(reader: Reader, verdict: Verdict, watching: str | None = None) -> Reply:
    """The card for an emergency or same-day verdict, in the language the sign was written in.

    `watching` is the truthful line about who sees the alert.
    """
    spoken = reader.speaking(verdict.language)
    if failed(verdict):
        return failsafe_card(spoken, watching)
    if verdict.level == "emergency":
        return emergency_card(spoken, verdict.card, watching)
    return urgent_card(spoken, verdict.card, watching)
