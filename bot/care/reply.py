"""What the bot wants to say, free of Telegram.

Invariant: a Reply holds only reviewed words: an entry, a message from messages.yaml, or something the patient gave. It
is plain text; making it safe for Telegram is the renderer's work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True)
class Action:
    """What a button does: a short kind and its arguments, which together must fit Telegram's 64 bytes."""

    kind: str
    args: tuple[str, ...] = ()


@dataclass(frozen=True)
class Button:
    """One button under a message."""

    label: str
    action: Action


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True)
class Reply:
    """One message to one person. `title` is shown bold above the text; `urgent` replies are never shortened."""

    text: str
    title: str | None = None
    buttons: Rows = ()
    urgent: bool = False

    def with_buttons(self, *rows: tuple[Button, ...]) -> Reply:
        """The same reply with more rows of buttons below it."""
        return replace(self, buttons=self.buttons + rows)

    @property
    def plain(self) -> str:
        """Title and text as one plain string."""
        return f"{self.title}\n\n{self.text}" if self.title else self.text


def button(label: str, kind: str, *args: str) -> Button:
    """A button that does `kind` with `args`."""
    return Button(label, Action(kind, args))


ROOM: Final = 38
"""Characters of buttons that a row shows on a narrow phone; Telegram cuts off the rest."""


def in_rows(buttons: list[Button], width: int) -> Rows:
    """Lay buttons out in order, at most `width` to a row, and fewer where the words would be cut off."""
    rows: list[tuple[Button, ...]] = []
    for one in buttons:
        row = (*rows[-1], one) if rows else ()
        if 0 < len(row) <= width and all(len(each.label) <= ROOM // len(row) - 1 for each in row):
            rows[-1] = row
        else:
            rows.append((one,))
    return tuple(rows)
