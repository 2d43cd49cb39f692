"""What a patient is told about an alert, step by step.

Invariant: never more than is known. Nobody has seen it until somebody pressed a button or wrote back; and every line
says not to wait.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.care.hours import StaffedHours
from bot.care.moments import clock_time, local, weekday
from bot.care.reader import Reader
from bot.care.reply import Reply, button
from bot.records.alerts import Alert


def sent(reader: Reader, level: str, hours: StaffedHours | None, zone: str, now: datetime) -> str:
    """The line on the card: sent, nobody has seen it; if the clinic is closed, until when in the patient's `zone`."""
    if hours is not None and not hours.open_at(now):
        opening = hours.next_opening(now)
        if opening is not None:
            return reader.say(f"alert.closed_{_kind(level)}", opens=_opens(reader, opening, zone, now))
    return reader.say(f"alert.sent_{_kind(level)}")


def unreachable(reader: Reader, level: str) -> str:
    """The line on the card when Telegram says that no contact can be written to."""
    return reader.say(f"alert.unreachable_{_kind(level)}")


def sent_again(reader: Reader, alert: Alert, zone: str) -> str:
    """The line on the card when the same sign goes to the alert that is there."""
    if alert.acknowledged_at is None:
        return reader.say("alert.again_unseen")
    return reader.say("alert.again_seen", time=clock_time(alert.acknowledged_at, zone))


def seen(reader: Reader, at: datetime, zone: str) -> Reply:
    """Somebody has it."""
    return Reply(reader.say("alert.seen", time=clock_time(at, zone)), urgent=True)


def nobody(reader: Reader, level: str) -> Reply:
    """All contacts were tried and nobody has it."""
    return Reply(reader.say(f"alert.nobody_{_kind(level)}"), urgent=True)


def closed(reader: Reader, at: datetime, zone: str) -> Reply:
    """The clinic closed it. The same words for a call and for a false alarm: neither says that all is well."""
    return Reply(reader.say("alert.closed", time=clock_time(at, zone)), urgent=True)


def closed_by_itself(reader: Reader) -> Reply:
    """Nobody wrote for a day, days after it was seen."""
    return Reply(reader.say("alert.closed_by_itself"), urgent=True)


def from_clinic(reader: Reader, words: str, *, corrected: bool) -> Reply:
    """A nurse's words, marked as such."""
    title = reader.say("alert.correction_title" if corrected else "alert.reply_title")
    return Reply(f"{words}\n\n{reader.say('alert.reply_hint')}", title=title, urgent=True)


def passed_on(reader: Reader, alert: Alert, zone: str, *, shared: bool) -> Reply:
    """A message went to the alert's thread: with its words when the patient shares them, else only that they wrote."""
    key: Literal["passed", "only_that"] = "passed" if shared else "only_that"
    if alert.acknowledged_at is None:
        text = reader.say(f"alert.{key}_unseen")
    else:
        text = reader.say(f"alert.{key}_seen", time=clock_time(alert.acknowledged_at, zone))
    return Reply(text, buttons=() if shared else ((button(reader.say("alert.share_from_now"), "share_now"),),))


def _opens(reader: Reader, opening: datetime, zone: str, now: datetime) -> str:
    time = clock_time(opening, zone)
    if local(opening, zone).date() == local(now, zone).date():
        return reader.say("alert.opens_today", time=time)
    return reader.say("alert.opens_on", day=weekday(opening, zone, reader.content.language), time=time)


def _kind(level: str) -> str:
    return "emergency" if level == "emergency" else "urgent"
