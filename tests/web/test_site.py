"""Health and figures: true, and without a person, a chat or a word in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bot.care.contacts import Contacts
from bot.care.health import TICKS, Health
from bot.clock import FixedClock, SystemClock
from bot.metrics import Metrics
from bot.records import alerts, chats, heartbeats, inbox, outbox, people
from bot.records.database import Database
from bot.records.inbox import NewUpdate, Urgency
from bot.web.app import Site
from bot.web.serving import serving
from tests.chat.inboxing import message
from tests.records.making import new_delivery

CARE = -4242


@asynccontextmanager
async def site(database: Database, clock: FixedClock, token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    metrics = Metrics()
    metrics.received.labels("message").inc(3)
    shown = Site(Health(database, clock, Contacts((CARE,), None, "UTC")), metrics, database, clock, metrics_token=token)
    async with (
        serving(shown.app(), "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http,
    ):
        yield http


async def tick_all(database: Database) -> None:
    async with database.write() as connection:
        for tick in TICKS:
            await heartbeats.beat(connection, "host:1", tick)


async def failing(http: httpx.AsyncClient) -> list[str]:
    answer = await http.get("/readyz")
    found = [name for name, check in answer.json()["checks"].items() if not check["ok"]]
    assert answer.status_code == (503 if found else 200)
    assert answer.json()["ok"] is not bool(found)
    return found


async def test_alive_and_ready(database: Database, clock: FixedClock) -> None:
    async with site(database, clock) as http:
        assert (await http.get("/healthz")).json()["ok"] is True
        assert await failing(http) == [f"tick {tick}" for tick in TICKS]
        await tick_all(database)
        assert await failing(http) == []


async def test_what_makes_it_not_ready(database: Database, clock: FixedClock) -> None:
    await tick_all(database)
    async with site(database, clock) as http:
        async with database.write() as connection:
            await inbox.write(connection, [NewUpdate(1, 7, Urgency.NORMAL, message(1))], clock.now())
        assert await failing(http) == []
        clock.advance(timedelta(seconds=61))
        assert await failing(http) == ["inbox"]
        async with database.write() as connection:
            await inbox.claim(connection, limit=1, token="t", lease_seconds=60)
            await inbox.done(connection, [1], "t", clock.now())
            await chats.lose(connection, CARE, "Forbidden: bot was kicked", clock.now())
        assert await failing(http) == ["care team"]
        async with database.write() as connection:
            await chats.migrate(connection, CARE, -100, clock.now())
        assert await failing(http) == []
        async with database.write() as connection:
            await heartbeats.drop_silent(connection, -1)
            await heartbeats.beat(connection, "host:1", "plan")
        assert await failing(http) == ["tick dispatch", "tick reap"]


async def test_a_database_that_is_gone(sqlite_database: Database, clock: FixedClock) -> None:
    async with sqlite_database.write() as connection:
        await connection.exec_driver_sql("DROP TABLE heartbeats")
    async with site(sqlite_database, clock) as http:
        assert await failing(http) == ["database"]
        assert (await http.get("/healthz")).status_code == 200
        text = (await http.get("/metrics")).text
        assert "b12bot_database_up 0.0" in text
        assert 'b12bot_updates_received_total{kind="message"} 3.0' in text


async def test_the_figures(database: Database, clock: FixedClock) -> None:
    now = clock.now()
    async with database.write() as connection:
        person = await people.arrive(connection, 987654321, now)
        late = [new_delivery(f"k{n}", not_before=now - timedelta(seconds=30), payload={"text": "secret words"})
                for n in range(3)]  # fmt: skip
        await outbox.add(connection, late, now)
        await inbox.write(connection, [NewUpdate(1, 987654321, Urgency.NORMAL, message(1, text="secret words"))], now)
        for wait in (45, 400):
            alert = await alerts.open_alert(
                connection, person_id=person.id, level="urgent", sign="rash", context={}, text="secret words",
                next_step_at=None, now=now,
            )  # fmt: skip
            await alerts.acknowledge(connection, alert.id, "Nurse Secret", now + timedelta(seconds=wait))
        await alerts.open_alert(
            connection, person_id=person.id, level="emergency", sign="throat", context={}, text=None,
            next_step_at=None, now=now,
        )  # fmt: skip
    await tick_all(database)
    clock.advance(timedelta(seconds=10))
    async with site(database, clock) as http:
        answer = await http.get("/metrics")
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert answer.headers["content-type"].startswith("text/plain")
    assert found["b12bot_database_up",] == 1
    assert found["b12bot_deliveries", ("state", "pending")] == 3
    assert found["b12bot_delivery_lag_seconds",] == 40
    assert found["b12bot_inbox", ("state", "waiting")] == 1
    assert found["b12bot_inbox_age_seconds",] == 10
    assert found["b12bot_open_alerts",] == 3
    assert found["b12bot_oldest_open_alert_seconds",] == 10
    assert found["b12bot_acknowledgement_seconds_bucket", ("le", "60")] == 1
    assert found["b12bot_acknowledgement_seconds_count",] == 2
    assert found["b12bot_acknowledgement_seconds_sum",] == 445
    assert found["b12bot_people",] == 1
    assert found["b12bot_tick_age_seconds", ("process", "host:1"), ("tick", "plan")] < 60
    skew = found["b12bot_clock_skew_seconds",]
    assert abs(skew) < 5
    for private in ("secret", "Secret", "987654321", person.code):
        assert private not in answer.text


async def test_figures_behind_a_token(sqlite_database: Database, clock: FixedClock) -> None:
    async with site(sqlite_database, clock, token="scrape-me") as http:
        assert (await http.get("/metrics")).status_code == 401
        assert (await http.get("/metrics", headers={"Authorization": "Bearer other"})).status_code == 401
        assert (await http.get("/metrics", headers={"Authorization": "Bearer scrape-me"})).status_code == 200


async def test_the_machine_clock_is_near_the_databases(database: Database) -> None:
    from bot.records import figures

    async with database.read() as connection:
        found = await figures.read(connection, SystemClock().now(), SystemClock().now())
    assert abs(found.clock_skew_seconds) < 5
