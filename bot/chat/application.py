"""The python-telegram-bot application: every handler, in the order that matters.

Invariant: the screen stands in a group of its own before all others, save the care team's, whose handlers take nothing
of a patient's; the last handlers catch what no other took. The application has no updater: updates come from the inbox,
one at a time for each chat.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from telegram.ext import Application, ApplicationBuilder, ContextTypes, ExtBot

from bot.chat import entries, questions, safety, screening, standing, unsupported, welcome
from bot.chat.context import Context
from bot.chat.failures import Failures
from bot.chat.services import Services

Telegram: TypeAlias = Application[ExtBot[None], Context, Any, Any, Any, None]

CARE_TEAM_GROUP = -20
SCREEN_GROUP = -10
BESIDE_GROUP = -5


def build(bot: ExtBot[None], services: Services, failures: Failures) -> Telegram:
    """Put the handlers together. Order matters: features before questions, questions before the catch-alls."""
    application: Telegram = (
        ApplicationBuilder().bot(bot).updater(None).job_queue(None).context_types(ContextTypes(context=Context)).build()
    )
    for room in services.before_screen:
        application.add_handlers(room(services), group=CARE_TEAM_GROUP)
    application.add_handlers(screening.handlers(services), group=SCREEN_GROUP)
    for room in services.after_screen:
        application.add_handlers(room(services), group=BESIDE_GROUP)
    rooms = (welcome.handlers, safety.handlers, standing.handlers, entries.handlers, *services.features)
    for room in (*rooms, questions.handlers, unsupported.handlers):
        application.add_handlers(room(services))
    application.add_error_handler(failures.note)
    return application
