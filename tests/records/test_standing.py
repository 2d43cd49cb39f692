from bot.records import migrate
from bot.records.standing import HEAD, is_current


def test_head_is_the_newest_migration() -> None:
    assert migrate.head() == HEAD


async def test_a_migrated_database_is_current_and_one_taken_back_is_not(database_url: str) -> None:
    assert await is_current(database_url)
    await migrate.downgrade(database_url)
    assert not await is_current(database_url)
    await migrate.upgrade(database_url)
    assert await is_current(database_url)
