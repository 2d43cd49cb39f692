"""The shape of content/<lang>/red_flags.yaml: the danger signs, how people say them, and what is shown for each.

Invariant: every sign has a level and a card.
"""

from __future__ import annotations

from bot.knowledge.entries import Shape


class RedFlags(Shape):
    """The signs of one language and the cues that change their meaning."""
