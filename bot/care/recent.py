"""Results of pure functions of a text, kept for a while: the same few questions come all day.

Invariant: a text is kept as a keyed hash only, and only in memory; what is kept of the result holds no word of it. What
was computed once is what would be computed again, so remembering changes nothing but the time it takes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

_LONGEST: Final = 300
"""Characters; longer texts are told once and never again."""

V = TypeVar("V")


class Recent(Generic[V]):
    """The last `most` results, by text and whatever else they depend on."""

    def __init__(self, most: int = 1024) -> None:
        self._most = most
        self._salt = secrets.token_bytes(16)
        self._kept: OrderedDict[Hashable, V] = OrderedDict()

    def of(self, text: str, rest: Hashable, compute: Callable[[], V], keep: Callable[[V], bool]) -> V:
        """What `compute()` gives, or gave before for this text and `rest`; kept if `keep` says so."""
        if len(text) > _LONGEST:
            return compute()
        hashed = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=16)
        key = (hashed.digest(), rest)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        found = compute()
        if keep(found):
            self._kept[key] = found
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found
