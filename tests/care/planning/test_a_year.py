"""A year, its days hour by hour, on both databases: every reminder of the story exactly once, and not one besides."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

from bot.delivery.claim import Claimer
from bot.delivery.sending import Sender
from bot.plans.cadence import Every
from bot.plans.plan import AfterInjections, Loading
from bot.records import outbox
from bot.records.outbox import Delivery
from tests.care.planning.story import LOADING, Scene, a_year
from tests.care.planning.test_recording import GB, Ward, ward
from tests.plans.making import plan

__all__ = ["ward"]

HOUR = timedelta(hours=1)
FIRST = date(2026, 5, 5)


class Post:
    """Delivers at once and remembers what."""

    def __init__(self) -> None:
        self.sent: list[Delivery] = []

    async def send(self, delivery: Delivery) -> int | None:
        self.sent.append(delivery)
        return len(self.sent)


async def deliver(ward: Ward, sender: Sender, post: Post) -> list[Delivery]:
    """Plan ahead, send what is due and let go of what is over; what was sent."""
    await ward.plan_quietly()
    before, now = len(post.sent), ward.clock.now()
    while await waits(ward, now):
        await sender.run()
        await asyncio.sleep(0.02)  # one chat gets one message a second, by the database's own clock
    return post.sent[before:]


async def waits(ward: Ward, now: datetime) -> bool:
    async with ward.database.read() as connection:
        return await outbox.due(connection, now)


async def answer(ward: Ward, scene: Scene) -> None:
    slot, p = scene.day.isoformat(), ward.planning
    match scene.answer:
        case "nothing":
            return
        case "later":
            await p.moving.later(ward.person, GB, ward.plan_id, slot, "hour", 55)
        case "left out":
            await p.moving.leave_out(ward.person, GB, ward.plan_id, slot, "away")
        case "moved two days on":
            to = (scene.day + timedelta(days=2)).isoformat()
            await p.moving.move(ward.person, GB, ward.plan_id, slot, to)
        case "had on the planned day":
            await ward.had(scene.day)
        case "paused until after it":
            await p.changing.press(ward.person, GB, ward.plan_id, "pause")
        case "done, undone and done":
            found = await ward.had(scene.day)
            await ward.undo(found)
            await ward.had(scene.day)
        case _:
            before = len(await ward.announced())
            await ward.had(scene.at.date(), scene.day)
            assert len(await ward.announced()) - before == scene.switches


async def test_every_reminder_of_a_year_once_and_none_besides(ward: Ward) -> None:
    made = plan(
        loading=Loading(Every(2, "days"), AfterInjections(LOADING)), maintenance=Every(8, "weeks"),
        at=time(9), anchor=FIRST, place="home",
    )  # fmt: skip
    await ward.begin(made)
    story = a_year(FIRST)
    waiting = {(scene.kind, scene.day): scene for scene in story}
    post = Post()
    sender = Sender(ward.database, ward.clock, post, Claimer(ward.database, ward.clock, rate=1000.0))
    sent: list[tuple[str, date | None, datetime]] = []
    paused_at: datetime | None = None
    while ward.clock.now() < story[-1].at + timedelta(days=20):
        for row in [one for one in await deliver(ward, sender, post) if one.kind != "announcement"]:
            sent.append((row.kind, row.local_date, ward.clock.now()))
            scene = waiting.get((row.kind, row.local_date or FIRST))
            assert scene is not None, f"nobody expects {row.dedupe_key} at {ward.clock.now()}"
            await answer(ward, scene)
            if scene.answer == "paused until after it":
                paused_at = ward.clock.now()
        if paused_at is not None and ward.clock.now() - paused_at > timedelta(days=10):
            paused_at = None
            await ward.planning.changing.press(ward.person, GB, ward.plan_id, "resume")
        ward.clock.advance(HOUR if 7 <= ward.clock.now().hour < 13 else timedelta(hours=18))
    expected = [(scene.kind, scene.day, scene.at.astimezone(UTC)) for scene in story]
    assert sent == expected
    assert max(Counter((kind, day) for kind, day, _ in sent).values()) == 1
    kept = await ward.kept()
    assert kept.plan.phase == "maintenance"
    assert story[-1].day - story[9].day > timedelta(days=365)
