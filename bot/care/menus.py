"""Standing texts: welcome, help, topics, side effects, about.

Invariant: every menu has a way on or a way back, and names the emergency number wherever somebody unwell might land.
"""

from __future__ import annotations

from bot import __version__
from bot.care.answering import topic_rows
from bot.care.moments import calendar_day
from bot.care.reader import Reader
from bot.care.reply import Reply, button, in_rows

COUNTRIES_FIRST = ("GB", "US", "IE", "CA", "AU", "NZ", "IN", "ZA", "NG", "DE", "FR", "ES")


def welcome(reader: Reader) -> list[Reply]:
    """What the bot is and is not, privacy in three lines, then the first choice."""
    return [
        Reply(f"{reader.say('start.hello')}\n\n{reader.say('start.draft')}"),
        Reply(reader.say("start.privacy"), title=reader.say("start.privacy_title")),
    ]


def choose_language(reader: Reader, languages: list[tuple[str, str]]) -> Reply:
    """One button a language; `languages` are (code, its own name)."""
    return Reply(
        reader.say("start.choose_language"),
        buttons=in_rows([button(name, "lang", code) for code, name in languages], 2),
    )


def choose_country(reader: Reader, everything: bool = False) -> Reply:
    """The commonest countries first; `everything` shows all of them."""
    known = reader.numbers.countries
    codes = [code for code in COUNTRIES_FIRST if code in known]
    if everything:
        codes = sorted(known, key=lambda code: known[code].name)
    rows = list(in_rows([button(known[code].name, "country", code) for code in codes], 3 if everything else 2))
    if not everything:
        rows.append((button(reader.say("start.more_countries"), "countries"),))
    rows.append((button(reader.say("start.other_country"), "country", "??"),))
    return Reply(reader.say("start.choose_country"), buttons=tuple(rows))


def country_saved(reader: Reader) -> Reply:
    """The number that will be shown from now on."""
    known = reader.numbers.countries.get(reader.country or "")
    if known is None:
        return Reply(reader.say("start.country_other"))
    return Reply(reader.say("start.country_saved", country=known.name))


def ask_to_share(reader: Reader) -> Reply:
    """May an alert show the person's own words?"""
    return Reply(
        reader.say("start.share_ask"),
        buttons=(
            (button(reader.say("start.share_yes"), "share", "1"),),
            (button(reader.say("start.share_no"), "share", "0"),),
        ),
    )


def ready(reader: Reader) -> Reply:
    """The end of the welcome: what to do next."""
    return Reply(
        reader.say("start.ready"),
        buttons=(
            (
                button(reader.say("start.menu_topics"), "topics"),
                button(reader.say("start.menu_side_effects"), "effects"),
            ),
            (button(reader.say("start.menu_remind"), "remind"),),
        ),
    )


def help_text(reader: Reader, commands: tuple[str, ...]) -> Reply:
    """How to ask, and every command with one line."""
    lines = "\n".join(f"/{name} – {reader.say(f'commands.{name}')}" for name in commands)
    return Reply(reader.say("help.text", commands=lines))


def topics(reader: Reader) -> Reply:
    """All topics as buttons."""
    return Reply(reader.say("topics.title"), buttons=topic_rows(reader))


def topic(reader: Reader, name: str) -> Reply | None:
    """The questions of one topic, or None when there is no such topic."""
    found = next((topic for topic in reader.content.topics if topic.name == name), None)
    if found is None:
        return None
    rows = in_rows([button(entry.title, "e", entry.id) for entry in found.entries], 2)
    return Reply(
        reader.say("topics.pick", topic=found.title), buttons=(*rows, (button(reader.say("topics.back"), "topics"),))
    )


def side_effects(reader: Reader) -> Reply:
    """Common effects, the same-day list, the emergency list, and the button for people who have one now."""
    return Reply(
        reader.say("side_effects.text"),
        title=reader.say("side_effects.title"),
        buttons=(
            (button(reader.say("side_effects.now_button"), "now"),),
            (button(reader.say("side_effects.read_more"), "topic", "side_effects"),),
        ),
    )


def about(reader: Reader) -> Reply:
    """Review status, sources, version: the truth about who stands behind the words."""
    entries = reader.content.entries
    approved = sum(1 for entry in entries if entry.review is not None and entry.review.status == "approved")
    checked = max((source.checked for entry in entries for source in entry.sources), default=None)
    return Reply(
        reader.say(
            "about.text",
            version=__version__,
            approved=approved,
            total=len(entries),
            checked=calendar_day(checked, reader.sentences) if checked else reader.say("about.never"),
        )
    )
