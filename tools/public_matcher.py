"""The product's matcher for a runner of public data sets: `run.py tools/public_matcher.py:Matcher`.

Invariant: it adds nothing to the matcher the bot uses.
"""

from bot.understanding.matcher import Matcher

__all__ = ["Matcher"]
