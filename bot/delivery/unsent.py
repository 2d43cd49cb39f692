"""The proof, as an exception's cause, that a call never left this machine."""

from __future__ import annotations


class NotSentError(Exception):
    """Raised before a byte of the call was written; `outcome.judge` takes it as proof."""
