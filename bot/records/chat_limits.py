"""How often one chat may be written to, read off the outbox itself: there is no second book that could disagree.

Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from bot.records.tables import outbox

_PRIVATE_GAP = timedelta(seconds=1)
_SKEW = timedelta(seconds=5)
_GROUP_WINDOW = timedelta(seconds=60)
_GROUP_MESSAGES = 20


def chat_is_free(database_now: datetime) -> ColumnElement[bool]:
    """Nothing of the row's chat is held, nothing left in the last second, for a group fewer than twenty in a minute."""
    other = outbox.alias("other")
    same_chat = other.c.chat_id == outbox.c.chat_id
    # what is well in the future was written before the database's clock was put back, and says nothing
    until_now = other.c.started_at <= database_now + _SKEW
    held = exists().where(same_chat, other.c.state.in_(("claimed", "sending"))).correlate(outbox)
    just_now = exists().where(same_chat, until_now, other.c.started_at > database_now - _PRIVATE_GAP).correlate(outbox)
    in_a_minute = (
        select(func.count())
        .where(same_chat, until_now, other.c.started_at > database_now - _GROUP_WINDOW)
        .correlate(outbox)
        .scalar_subquery()
    )
    return and_(~held, ~just_now, or_(outbox.c.chat_id > 0, in_a_minute < _GROUP_MESSAGES))
