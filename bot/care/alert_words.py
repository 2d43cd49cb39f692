"""What the care team reads about an alert.

Invariant: a code, never a name; a patient's words only where the alert holds them, which it does only when the patient
agreed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from bot.care.moments import clock_time, day_and_time
from bot.care.reader import Reader
from bot.care.reply import Reply, Rows, button
from bot.care.sign_words import sign_words
from bot.records.alerts import Alert

Source = Literal["text", "button", "check_in", "trend", "silence"]
SHOWN_IN_LIST = 15
#: Characters of a patient's words that fit on a card beside everything else, whatever alphabet or emoji they are.
WORDS_ON_CARD = 1500


class AlertWords:
    """Words for the care team, in the installation's own language and the clinic's own zone."""

    def __init__(self, team: Reader, zone: str) -> None:
        self._team = team
        self._zone = zone

    def say(self, key: str, **values: object) -> str:
        """A message of the `care_team` section."""
        return self._team.say(f"care_team.{key}", **values)

    def card(self, alert: Alert, code: str, above: str | None = None) -> Reply:
        """The alert with its state and the buttons that fit it; `above` says why it comes again."""
        context = alert.context
        body = self.say(
            "card",
            sign=sign_words(self._team, alert.sign, alert.level),
            source=self.say(f"source_{context.get('source', 'text')}"),
            when=day_and_time(alert.opened_at, self._zone, self._team.content.language),
            phase=self.say(f"phase_{context.get('phase') or 'none'}"),
            injection=self._injection(context.get("injection")),
            words=self._words(alert),
            told=self.say(f"told_{alert.level}"),
        )
        parts = [above, body, self.state(alert), self.say("how")]
        title = self.say(f"title_{alert.level}", id=alert.id, code=code)
        return Reply("\n\n".join(filter(None, parts)), title=title, buttons=self._buttons(alert), urgent=True)

    def again(self, alert: Alert, code: str, key: Literal["again", "next_contact", "remind"], now: datetime) -> Reply:
        """The alert once more, with the reason above it."""
        minutes = int((now - alert.opened_at).total_seconds() // 60)
        return self.card(alert, code, self.say(key, minutes=minutes))

    def wrote(self, alert: Alert, code: str, words: str | None, *, same_sign: bool = False) -> Reply:
        """The patient wrote something while the alert is open; `words` None when they do not share them."""
        if words is None:
            return Reply(self.say("wrote_hidden", code=code, id=alert.id))
        return Reply(words, title=self.say("wrote_sign" if same_sign else "wrote", code=code, id=alert.id))

    def ask_done(self, alert: Alert, code: str) -> Reply:
        """Somebody has it, and for a day nobody wrote."""
        return Reply(self.say("ask_done", id=alert.id, code=code), buttons=self._buttons(alert))

    def note(self, key: Literal["closed_itself", "not_delivered"], alert: Alert, code: str) -> Reply:
        """A line about an alert."""
        return Reply(self.say(key, id=alert.id, code=code))

    def listing(self, found: Sequence[Alert], codes: Mapping[int, str]) -> Reply:
        """The open alerts, those nobody has first, with a button to show each. `codes` by person id."""
        if not found:
            return Reply(self.say("list_none"))
        ranks = {"emergency": 0, "urgent": 1, "list": 2}
        ordered = sorted(found, key=lambda a: (a.state != "open", ranks.get(a.level, 1), a.id))
        shown = ordered[:SHOWN_IN_LIST]
        lines = [self._line(alert, codes.get(alert.person_id, "?")) for alert in shown]
        if len(found) > len(shown):
            lines.append(self.say("list_more", count=len(found) - len(shown)))
        rows = [(button(self.say("show", id=alert.id), "alert_show", str(alert.id)),) for alert in shown]
        paired = tuple(sum(rows[i : i + 3], ()) for i in range(0, len(rows), 3))
        return Reply("\n".join(lines), title=self.say("list_title"), buttons=paired)

    def state(self, alert: Alert) -> str:
        """Who has it, since when; or who closed it."""
        by = alert.acknowledged_by or self.say("somebody")
        if alert.closed_at is not None:
            ended = alert.context.get("ended", "called")
            return self.say(f"state_{ended}", by=alert.context.get("ended_by") or by, time=self._time(alert.closed_at))
        if alert.acknowledged_at is not None:
            return self.say("state_seen", by=by, time=self._time(alert.acknowledged_at))
        return self.say("state_open")

    def _line(self, alert: Alert, code: str) -> str:
        when = day_and_time(alert.opened_at, self._zone, self._team.content.language)
        sign = sign_words(self._team, alert.sign, alert.level)
        return self.say(
            "list_line", mark=self.say(f"mark_{alert.level}"), id=alert.id, code=code, sign=sign, when=when,
            state=self.state(alert),
        )  # fmt: skip

    def _buttons(self, alert: Alert) -> Rows:
        number = str(alert.id)
        closing = (
            button(self.say("called"), "alert_called", number),
            button(self.say("false_alarm"), "alert_false", number),
        )
        if alert.state == "open":
            return ((button(self.say("have"), "alert_have", number),), closing)
        return (closing,) if alert.state == "acknowledged" else ()

    def _words(self, alert: Alert) -> str:
        if alert.text is not None:
            cut = len(alert.text) > WORDS_ON_CARD
            return self.say("words", words=f"{alert.text[:WORDS_ON_CARD]} …" if cut else alert.text)
        return self.say("no_words" if alert.context.get("source") == "text" else "no_text")

    def _injection(self, given: object) -> str:
        if not isinstance(given, Mapping):
            return self.say("injection_none")
        days, rest = divmod(int(given["minutes"]), 1440)
        hours, minutes = divmod(rest, 60)
        key = "injection_days" if days else "injection_hours" if hours else "injection_minutes"
        return self.say(key, days=days, hours=hours, minutes=minutes, count=given["count"])

    def _time(self, at: datetime) -> str:
        return clock_time(at, self._zone)
