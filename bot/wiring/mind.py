"""What the bot knows and how it understands, built without any chat, database or network.

Invariant: the command line, the demo and the running bot answer with the same Mind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.care.answering import Answering
from bot.care.asking import Asking
from bot.care.reader import Clinic, Readers
from bot.care.screening import SafeScreen
from bot.clock import Clock
from bot.knowledge.content import Library
from bot.knowledge.loading import load_library
from bot.settings import CONTENT_DIR, Settings
from bot.understanding.encoder import Encoder
from bot.understanding.impression import Reader as RedFlagReader
from bot.understanding.screen import RedFlagScreen
from bot.understanding.understand import Understanding


@dataclass(frozen=True)
class Mind:
    """What the bot knows and how it understands, without any chat: enough to answer a text."""

    library: Library
    encoder: Encoder | None
    understandings: Mapping[str, Understanding]
    screen: SafeScreen
    readers: Readers
    answering: Answering
    asking: Asking
    cards: Mapping[str, str]
    """Sign id → emergency card."""


def build_mind(settings: Settings, clock: Clock, *, content: Path | None = None) -> Mind:
    """Load the content and build everything that turns a text into an answer.

    `content` is a folder to use instead of the configured one. Raises ContentError for content that does not load.
    """
    library = load_library(content or settings.content_dir, CONTENT_DIR, settings.default_language)
    encoder = Encoder.load()
    own = {code: found for code, found in library.contents.items() if not found.borrowed}
    understandings = {code: Understanding(found, encoder) for code, found in own.items()}
    flags = {code: found.red_flags for code, found in library.contents.items() if found.red_flags is not None}
    screen = SafeScreen(
        RedFlagScreen(flags, RedFlagReader.load(tokens=encoder.tokens if encoder else None)) if flags else None
    )
    readers = Readers(library, Clinic(settings.clinic_name, settings.clinic_phone, settings.emergency_number))
    answering = Answering(clock)
    asking = Asking(screen, understandings, answering, library.default)
    signs = [sign for found in flags.values() for sign in found.signs if sign.level == "emergency"]
    cards = {sign.id: sign.card for sign in signs}
    for found in flags.values():
        cards |= {kind: shown.card for kind, shown in found.kinds.get("emergency", {}).items()}
    return Mind(library, encoder, understandings, screen, readers, answering, asking, cards)
