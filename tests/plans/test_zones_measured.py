"""A slice of the measurement of all zones: twenty years of every cadence in the two oddest kinds of zone."""

from __future__ import annotations

import pytest

from benchmarks.zones import distinct_zones, watch


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Apia"])
def test_twenty_years_without_a_double_or_a_miss(zone: str) -> None:
    changes, (ours, cron, weeks, months) = watch(zone)
    assert changes
    assert ours.looked_at > 30_000
    assert (ours.doubled, ours.missed, ours.elsewhere, ours.where) == (0, 0, 0, [])
    assert cron.doubled > 0
    assert weeks.missed > 0
    assert months.missed > 0


def test_zones_are_told_apart_by_their_rules() -> None:
    zones = distinct_zones()
    assert 300 < len(zones) < sum(map(len, zones.values()))
    assert "Europe/Berlin" in zones["Arctic/Longyearbyen"]  # the same clock, byte for byte
