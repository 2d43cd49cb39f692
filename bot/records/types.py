"""Column types the whole schema shares: moments that know their zone, and personal text that can be encrypted.

Invariant: a moment is stored in UTC to the microsecond and a naive datetime never reaches the database; a personal
column holds plain text only when the Database was given no keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import BigInteger, ColumnElement, Dialect, Double, Integer, String, Text, literal, literal_column
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]

#: Row ids: 64 bits everywhere; SQLite only counts up by itself on a column called INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ENCRYPTED = "fernet:"
_KEYRING = "_b12_keyring"
_WORD = re.compile(r"[a-z_]+")


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime, given back in UTC.

    PostgreSQL: timestamptz. SQLite: whole microseconds since 1970, so that it orders, compares and indexes.

    Raises ValueError when a naive datetime is bound.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r} cannot be stored; use bot.clock")
        return value.astimezone(UTC) if dialect.name == "postgresql" else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else _EPOCH + timedelta(microseconds=value)


class State(String):
    """One of a few words for where a row stands.

    A comparison with such words spells them out in the statement instead of passing them as parameters: only then can
    either database tell that an index over the rows in that state will do. Raises TypeError for anything but words of
    the schema's own kind, so nothing a person wrote can get into a statement this way.
    """

    class comparator_factory(String.Comparator[str]):  # noqa: N801 - SQLAlchemy's name
        """Spells out what it compares with."""

        def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
            return super().operate(op, *map(_spelled_out, other), **kwargs)


def _spelled_out(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_spelled_out(one) for one in value]
    if not isinstance(value, str):
        return value
    if not _WORD.fullmatch(value):
        raise TypeError(f"{value!r} is no state")
    return literal_column(f"'{value}'", String())


class db_now(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function it is
    """The database's own clock plus some seconds; the only clock leases are counted with.

    It moves on inside a transaction. Microseconds on PostgreSQL, milliseconds on SQLite. The seconds are a parameter,
    so that a statement with them is compiled once.
    """

    name = "db_now"
    type = UTCDateTime()
    inherit_cache = True

    def __init__(self, plus: float = 0.0) -> None:
        super().__init__(literal(float(plus), Double()))


@compiles(db_now, "postgresql")
def _now_on_postgresql(element: db_now, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(clock_timestamp() + {compiler.process(element.clause_expr, **kw)} * interval '1 second')"


@compiles(db_now, "sqlite")
def _now_on_sqlite(element: db_now, compiler: SQLCompiler, **kw: Any) -> str:
    # unixepoch('subsec') needs SQLite 3.42 and Debian 12 ships 3.40; 2440587.5 is the Julian day of 1970-01-01
    plus = compiler.process(element.clause_expr, **kw)
    return f"(CAST(((julianday('now') - 2440587.5) * 86400 + {plus}) * 1000.0 AS INTEGER) * 1000)"


class KeyMissingError(Exception):
    """A personal column holds encrypted text that none of the given keys opens."""


class Keyring:
    """Encrypts and opens personal text with Fernet.

    The newest key writes; every key reads, so keys can be changed while the bot is in use.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None

    def seal(self, text: str) -> str:
        if self._fernet is None:
            return text
        return _ENCRYPTED + self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, stored: str) -> str:
        """Text from before encryption is given back as it is. Raises KeyMissingError when no key fits."""
        if not stored.startswith(_ENCRYPTED):
            return stored
        if self._fernet is None:
            raise KeyMissingError("the database holds encrypted text and ENCRYPTION_KEYS is not set")
        try:
            return self._fernet.decrypt(stored.removeprefix(_ENCRYPTED)).decode()
        except InvalidToken as error:
            raise KeyMissingError("none of ENCRYPTION_KEYS opens this text") from error


_PLAIN = Keyring(())


def attach_keyring(dialect: Dialect, keyring: Keyring) -> None:
    """Hand a Database's keys to its own dialect object, which is all that a column type gets to see."""
    setattr(dialect, _KEYRING, keyring)


def _keyring_of(dialect: Dialect) -> Keyring:
    keyring = getattr(dialect, _KEYRING, _PLAIN)
    return keyring if isinstance(keyring, Keyring) else _PLAIN


class Personal(TypeDecorator[str]):
    """Text about a person: encrypted when the Database was given keys, else plain. SQL cannot search or compare it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _keyring_of(dialect).seal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _keyring_of(dialect).open(value)


class PersonalJson(TypeDecorator[Any]):
    """A JSON value about a person, stored as text; encrypted like Personal."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return _keyring_of(dialect).seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else json.loads(_keyring_of(dialect).open(value))
