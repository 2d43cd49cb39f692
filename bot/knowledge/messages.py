"""The words of buttons, menus and errors: content/<lang>/messages.yaml.

Invariant: a message is asked for by key and filled with named values; a missing key or value is an error of ours that
tests find, and at run time falls back to English rather than to silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_FIELD = re.compile(r"\{([a-z_]+)\}")


class MissingMessageError(KeyError):
    """No language has this key."""


class Messages:
    """All messages of one language, with another language behind it for keys it lacks."""

    def __init__(self, language: str, texts: Mapping[str, str], fallback: Messages | None = None) -> None:
        self.language = language
        self._texts = dict(texts)
        self._fallback = fallback

    def __contains__(self, key: str) -> bool:
        return key in self._texts or (self._fallback is not None and key in self._fallback)

    def speaker(self, key: str) -> Messages:
        """The language a key is said in: this one, or the one behind it that has the key."""
        if key in self._texts or self._fallback is None:
            return self
        return self._fallback.speaker(key)

    def keys(self) -> frozenset[str]:
        """Keys this language itself has."""
        return frozenset(self._texts)

    def own(self) -> Iterator[tuple[str, str]]:
        """This language's own texts, key by key."""
        return iter(sorted(self._texts.items()))

    def text(self, key: str, **values: object) -> str:
        """The message with its {fields} filled in.

        Values are put in as they are: escaping for Telegram is the renderer's work. A field for which no value is given
        stays as written, so a wrong name shows in tests instead of raising at a patient. Raises MissingMessageError.
        """
        found = self._texts.get(key)
        if found is None:
            if self._fallback is None:
                raise MissingMessageError(key)
            return self._fallback.text(key, **values)
        return _FIELD.sub(lambda match: str(values[match[1]]) if match[1] in values else match[0], found)


def fields(text: str) -> frozenset[str]:
    """The names in {braces}."""
    return frozenset(_FIELD.findall(text))


def flatten(tree: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Turn nested sections into dotted keys. Raises ValueError naming the key of anything that is not text."""
    flat: dict[str, str] = {}
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{name}."))
        elif isinstance(value, str):
            flat[name] = value.strip("\n")
        else:
            raise ValueError(f"{name} must be text")
    return flat
