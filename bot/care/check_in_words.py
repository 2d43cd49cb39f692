"""The words of the questions after an injection, and what an answer means.

Invariant: below every question and every answer stands the way to say that it is dangerous now.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.care.cards import emergency_card, urgent_card
from bot.care.reader import Reader
from bot.care.reply import Button, Reply, Rows, button
from bot.knowledge.check_ins import Answer, CheckIns
from bot.records.check_ins import CheckIn
from bot.records.injections import Injection
from bot.understanding.verdict import Level, Verdict


def question(rules: CheckIns, reader: Reader, asked: CheckIn, label: str | None) -> Reply:
    """How do you feel? `label` says about whom, where the plan is for somebody else."""
    rows = tuple((_answer_button(reader, asked, answer.id),) for answer in rules.first_answers)
    return Reply(reader.say(f"check_in.ask_{asked.kind}"), title=_about(reader, label), buttons=rows)


def _about(reader: Reader, label: str | None) -> str:
    return reader.say("check_in.about_you") if label is None else reader.say("check_in.about", label=label)


def question_again(rules: CheckIns, reader: Reader, asked: CheckIn, label: str | None, *, listed: bool) -> Reply:
    """The same once more; `listed` when silence will be noted for the care team."""
    first = question(rules, reader, asked, label)
    lines = [reader.say("check_in.again")] + ([reader.say("check_in.again_clinic")] if listed else [])
    return Reply(f"{' '.join(lines)}\n\n{first.text}", title=first.title, buttons=first.buttons)


def answered(rules: CheckIns, reader: Reader, asked: CheckIn, given: Answer, said: str, *, carded: bool) -> Reply:
    """What the question's message turns into. `said` is the message's key; `carded` when a card follows."""
    you_said = reader.say("check_in.you_said", answer=reader.say(f"check_in.answer_{given.id}"))
    lines = [you_said, reader.say(f"check_in.{said}")]
    rows: list[tuple[Button, ...]] = []
    if given.asks:
        lines.append(reader.say(f"check_in.ask_{given.id}"))
        rows += [(_answer_button(reader, asked, name),) for name in given.asks]
    entry = reader.content.entry(given.entry) if given.entry is not None else None
    if entry is not None and not carded:
        rows.append((button(entry.title, "e", entry.id),))
    dangerous = [answer for answer in rules.first_answers if answer.level == "emergency"]
    rows += [(_answer_button(reader, asked, answer.id),) for answer in dangerous]
    found: Rows = tuple(rows)
    return Reply("\n\n".join(lines), buttons=found)


def meaning(given: Answer, injection: Injection | None, now: datetime) -> Verdict | None:
    """What an answer means; more when it comes soon after the injection, or when nobody knows how soon."""
    level: Level | None = given.level
    card = given.card
    soon = given.soon
    if soon is not None and (injection is None or now - injection.at <= timedelta(minutes=soon.within_minutes)):
        level, card = soon.level, soon.card
    return None if level is None else Verdict(level, sign=given.sign, card=card or "other")


def card(reader: Reader, verdict: Verdict, watching: str) -> Reply:
    """The card of a dangerous answer."""
    if verdict.level == "emergency":
        return emergency_card(reader, verdict.card, watching)
    return urgent_card(reader, verdict.card, watching)


def _answer_button(reader: Reader, asked: CheckIn, answer_id: str) -> Button:
    return button(reader.say(f"check_in.answer_{answer_id}"), "felt", str(asked.id), answer_id)
