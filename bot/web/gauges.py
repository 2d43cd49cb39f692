"""The database's figures in Prometheus' form.

Invariant: one scrape is one short read of the database; when it cannot be read, the scrape still gives this process's
own counters, and `b12bot_database_up` says 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.records.figures import Figures

_ACKNOWLEDGED = (30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0)


class _Snapshot(Collector):
    def __init__(self, figures: Figures | None) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        found = self._figures
        yield _gauge("b12bot_database_up", "1 when the database answered this scrape.", 0.0 if found is None else 1.0)
        if found is None:
            return
        yield _by("b12bot_deliveries", "Messages in the outbox, by state.", "state", found.deliveries)
        yield _gauge("b12bot_delivery_lag_seconds", "How late the longest waiting due message is.", found.lag_seconds)
        yield _by("b12bot_inbox", "Updates in the inbox, by state.", "state", found.inbox)
        yield _gauge("b12bot_inbox_age_seconds", "Age of the longest waiting update.", found.inbox_age_seconds)
        ticks = GaugeMetricFamily(
            "b12bot_tick_age_seconds", "Seconds since a tick finished.", labels=["process", "tick"]
        )
        for beat in found.ticks:
            ticks.add_metric([beat.process, beat.tick], max(0.0, beat.age_seconds))
        yield ticks
        yield _gauge("b12bot_open_alerts", "Alerts nobody has closed.", found.open_alerts)
        yield _gauge(
            "b12bot_oldest_open_alert_seconds", "Age of the oldest alert nobody has.", found.oldest_open_alert_seconds
        )
        yield _histogram(found)
        yield _gauge("b12bot_people", "People known.", found.people)
        yield _gauge("b12bot_people_unreachable", "People who block the bot.", found.unreachable)
        yield _gauge("b12bot_clock_skew_seconds", "Database clock minus machine clock.", found.clock_skew_seconds)
        yield _gauge("b12bot_quiet_seconds", "How long Telegram still wants no messages.", found.quiet_seconds)
        unsure = CounterMetricFamily("b12bot_deliveries_unsure", "Messages whose fate nobody can know.")
        unsure.add_metric([], found.deliveries.get("unsure", 0))
        yield unsure


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _by(name: str, text: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _histogram(found: Figures) -> HistogramMetricFamily:
    waits = found.acknowledged_seconds
    buckets = [(f"{bound:g}", float(sum(wait <= bound for wait in waits))) for bound in _ACKNOWLEDGED]
    return HistogramMetricFamily(
        "b12bot_acknowledgement_seconds",
        "Seconds from an alert opened to somebody having it (alerts still kept).",
        buckets=[*buckets, ("+Inf", float(len(waits)))],
        sum_value=sum(waits),
    )


def exposition(counters: CollectorRegistry, figures: Figures | None) -> bytes:
    """The text Prometheus reads: this process's counters, then the database's figures."""
    snapshot = CollectorRegistry()
    snapshot.register(_Snapshot(figures))
    return generate_latest(counters) + generate_latest(snapshot)
