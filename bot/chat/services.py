"""Everything a chat handler may use, built in wiring and closed over by the handlers.

Invariant: no handler builds a service, and none reaches for a global.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from telegram import Update

from bot.care.answering import Answering
from bot.care.asking import Asking
from bot.care.learning import Learning
from bot.care.reader import Readers
from bot.care.screening import SafeScreen
from bot.care.watching import Escalation
from bot.chat.context import Context, Handler
from bot.chat.visit import Visitors
from bot.clock import Clock
from bot.knowledge.content import Library
from bot.metrics import Metrics
from bot.records.database import Database
from bot.settings import Settings

#: Takes a text if it is meant for it (an answer in a wizard, a nurse's reply) and says whether it did.
TextRoute: TypeAlias = Callable[[Update, Context], Awaitable[bool]]
#: A feature's handlers, made from the services.
Feature: TypeAlias = "Callable[[Services], list[Handler]]"


@dataclass(frozen=True)
class Services:
    """The chat's view of the house."""

    settings: Settings
    clock: Clock
    database: Database
    library: Library
    readers: Readers
    visitors: Visitors
    screen: SafeScreen
    asking: Asking
    answering: Answering
    escalation: Escalation
    learning: Learning
    card_of: Callable[[str], str]
    text_routes: tuple[TextRoute, ...] = ()
    features: tuple[Feature, ...] = field(default=())
    #: For chats that are no patient's: they stand before the screen, and end what they handle.
    before_screen: tuple[Feature, ...] = field(default=())
    #: For what happens beside the answer: they stand right behind the screen.
    after_screen: tuple[Feature, ...] = field(default=())
    metrics: Metrics = field(default_factory=Metrics)
