"""Greetings, thanks and goodbyes.

Invariant: small talk is only what is left when every word of a message belongs to it; a greeting in front of a question
never hides the question.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.understanding.normalise import normalise

_FIRST_NAMED = ("how_are_you", "thanks", "goodbye", "greeting", "other")
"""When several kinds are said at once, which is answered."""
_AROUND = ("greeting", "how_are_you", "thanks", "goodbye")
"""Kinds that may stand around a question. Not "other": the no of "no better" is no small talk."""
_ONLY_BEFORE = ("greeting", "how_are_you")


class SmallTalk:
    """Knows the ways of saying nothing in particular."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        self._kinds: dict[tuple[str, ...], str] = {}
        self._signs: dict[str, str] = {}
        for kind, ways in phrases.items():
            for way in ways:
                words = tuple(normalise(way).split())
                if words:
                    self._kinds.setdefault(words, kind)
                else:
                    self._signs.setdefault(way.strip(), kind)
        self._all = frozenset(phrases)
        self._longest = max(map(len, self._kinds), default=0)

    def kind(self, text: str, prepared: str) -> str | None:
        """The kind of small talk a whole message is, or None when it is anything else."""
        said, rest = self._taken(prepared.split(), self._all)
        if rest:
            return None
        if not said:
            return next((kind for sign, kind in self._signs.items() if sign in text), None)
        return min(said, key=lambda kind: _FIRST_NAMED.index(kind) if kind in _FIRST_NAMED else len(_FIRST_NAMED))

    def kind_of(self, way: str) -> str:
        """The kind one of the content's own ways of saying it belongs to."""
        return self._kinds[tuple(normalise(way).split())]

    def without(self, prepared: str) -> str:
        """The message without greetings before it and thanks around it; all of it when nothing else is there."""
        _, rest = self._taken(prepared.split(), _AROUND)
        return " ".join(rest) or prepared

    def _taken(self, words: list[str], kinds: Collection[str]) -> tuple[list[str], list[str]]:
        """Kinds taken off both ends, longest phrases first, and the words that stay between them."""
        said: list[str] = []
        while words:
            for length in range(min(self._longest, len(words)), 0, -1):
                before, after = self._kinds.get(tuple(words[:length])), self._kinds.get(tuple(words[-length:]))
                if before is not None and before in kinds:
                    said.append(before)
                    words = words[length:]
                    break
                if after is not None and after in kinds and after not in _ONLY_BEFORE:
                    said.append(after)
                    words = words[:-length]
                    break
            else:
                break
        return said, words
