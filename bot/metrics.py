"""What is counted while the bot works, for /metrics.

Invariant: labels come from short fixed lists (kinds, levels, actions), never from a person, a chat or a text. What can
be read from the database (deliveries, lag, ticks, acknowledgement) is read when it is asked for, in bot/web/gauges.py.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metrics:
    """One set of counters with a registry of its own, so that two bots in one process share nothing."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = Counter(
            "b12bot_updates_received", "Updates written to the inbox.", ["kind"], registry=self.registry
        )
        self.handled = Counter(
            "b12bot_updates_handled", "Updates handled, by how it ended.", ["outcome"], registry=self.registry
        )
        self.latency = Histogram(
            "b12bot_update_seconds",
            "Seconds from an update written down to its handler finished.",
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.levels = Counter("b12bot_screen_levels", "Texts screened, by level.", ["level"], registry=self.registry)
        self.actions = Counter(
            "b12bot_answers", "Questions, by what became of them.", ["action"], registry=self.registry
        )
        self.limited = Counter(
            "b12bot_limited", "Updates that were not answered one by one.", ["reason"], registry=self.registry
        )
        self.last_cards = Counter(
            "b12bot_last_resort", "Cards and apologies shown because something broke.", ["kind"], registry=self.registry
        )
        self.poll_errors = Counter(
            "b12bot_poll_errors", "getUpdates calls that failed, by kind.", ["kind"], registry=self.registry
        )
        self.webhook_refused = Counter(
            "b12bot_webhook_refused", "Webhook calls refused, by reason.", ["reason"], registry=self.registry
        )
