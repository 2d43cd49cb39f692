"""Buttons in Telegram's 64 bytes.

Invariant: what was encoded decodes to the same action; anything else (forged, stale, from another version) decodes to
None and is answered kindly. Nothing is kept in memory, so buttons outlive restarts.
"""

from __future__ import annotations

import re

from bot.care.reply import Action

LIMIT = 64
_KIND = re.compile(r"[a-z_]{1,16}")
_ARG = re.compile(r"[A-Za-z0-9_.?+-]{0,40}")


def encode(action: Action) -> str:
    """The action as callback data. Raises ValueError when it would not fit or could not be read back."""
    if not _KIND.fullmatch(action.kind) or not all(_ARG.fullmatch(arg) for arg in action.args):
        raise ValueError(f"{action} has characters that callback data does not carry")
    data = ":".join((action.kind, *action.args))
    if len(data.encode()) > LIMIT:
        raise ValueError(f"{action} is longer than {LIMIT} bytes")
    return data


def decode(data: str | None) -> Action | None:
    """The action in callback data, or None when it is not one of ours."""
    if not data or len(data.encode("utf-8", "replace")) > LIMIT:
        return None
    kind, *args = data.split(":")
    if not _KIND.fullmatch(kind) or not all(_ARG.fullmatch(arg) for arg in args):
        return None
    return Action(kind, tuple(args))


def pattern(*kinds: str) -> re.Pattern[str]:
    """Matches the callback data of these kinds and no other."""
    return re.compile(rf"^(?:{'|'.join(map(re.escape, kinds))})(?::|$)")
