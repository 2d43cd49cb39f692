"""What the bot wants to say, free of Telegram.

Invariant: a Reply holds only reviewed words: an entry, a message from messages.yaml, or something the patient gave. It
is plain text; making it safe for Telegram is the renderer's work.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


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


def in_rows(buttons: list[Button], width: int) -> Rows:
    """Lay buttons out, `width` to a row."""
    return tuple(tuple(buttons[i : i + width]) for i in range(0, len(buttons), width))
