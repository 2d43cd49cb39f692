"""Which exceptions say that the database cannot be used just now.

Invariant: what passes (a server that is gone, a full disk, a lock held too long) is told from what never will (a
statement of ours that is wrong), so that only the first is waited out.
"""

from __future__ import annotations

from typing import Final

from asyncpg.exceptions import InterfaceError, PostgresError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.records.database import DatabaseGoneError

#: Everything a transaction may raise by itself; for `except` clauses of callers that hand the work back either way.
DATABASE_TROUBLE: Final = (SQLAlchemyError, PostgresError, InterfaceError, OSError)

_OURS = (IntegrityError, ProgrammingError, DataError, NotSupportedError)


def passing(error: BaseException) -> bool:
    """True when the same work may well succeed later: the trouble is the database's, not the statement's."""
    if isinstance(error, DBAPIError):
        return not isinstance(error, _OURS)
    return isinstance(error, (DatabaseGoneError, PoolTimeoutError, PostgresError, InterfaceError))
