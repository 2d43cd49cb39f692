"""What is known about the update being handled, handed from the screen to the handlers behind it.

Invariant: a context lives for one update; nothing in it is read by another.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from telegram import Update
from telegram.ext import BaseHandler, CallbackContext, ExtBot

from bot.chat.visit import Visit
from bot.understanding.verdict import NOTHING, Verdict

Bare: TypeAlias = dict[Any, Any]


class Context(CallbackContext[ExtBot[None], Bare, Bare, Bare]):
    """PTB's context with the visit and the screen's verdict."""

    visit: Visit | None = None
    verdict: Verdict = NOTHING


Handler: TypeAlias = BaseHandler[Update, Context, Any]
