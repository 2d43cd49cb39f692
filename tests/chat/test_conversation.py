"""The patient's chat from end to end: every command, button and kind of message, over real HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.commands import SHOWN
from tests.talking import CARE, Place, Talk, labels, running_bot


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with running_bot(tmp_path) as place:
        yield place


@pytest.fixture
def talk(place: Place) -> Talk:
    return place.talk()


async def settle(talk: Talk, country: str = "United Kingdom") -> None:
    """Go through the welcome."""
    hello = await talk.say("/start", 3)
    choice = hello[-1]
    if not any(label == country for label in labels(choice)):
        await talk.press(choice, "English")
        choice = await talk.becomes(choice["message_id"], "country")
    before = await talk.last_id()
    await talk.press(choice, country)
    asked = (await talk.heard(before))[-1]
    before = await talk.last_id()
    await talk.press(asked, "No")
    await talk.heard(before)


async def test_the_welcome_ends_with_the_right_number(talk: Talk) -> None:
    await settle(talk)
    card = (await talk.say("/urgent"))[0]["text"]
    assert card.startswith("Call 999 now.")


async def test_an_unknown_country_is_shown_several_numbers(talk: Talk) -> None:
    card = (await talk.say("/urgent"))[0]["text"]
    assert all(number in card.splitlines()[0] for number in ("999", "911", "112", "000", "111"))


async def test_a_red_flag_gets_its_card_first_and_alone(talk: Talk) -> None:
    await settle(talk)
    answer = await talk.say("my throat feels tight since the jab")
    assert answer[0]["text"].startswith("Call 999 now.")
    assert len([m for m in await talk.messages(answer[0]["message_id"]) if m["from"]["is_bot"]]) == 0


@pytest.mark.parametrize(
    "how", [{"caption": "my tongue is swelling up", "photo": True}, {"text": "/help I cannot breathe"}]
)
async def test_captions_and_words_behind_commands_are_screened(talk: Talk, how: dict[str, object]) -> None:
    assert "now" in (await talk.send(how))[0]["text"].splitlines()[0]


async def test_an_edited_message_is_screened_again(talk: Talk) -> None:
    await talk.say("hello there")
    mine = [m for m in await talk.messages() if not m["from"]["is_bot"]][-1]["message_id"]
    answer = await talk.send({"text": "my lips are swelling and I cannot breathe", "edit_message_id": mine})
    assert answer[0]["text"].startswith("Call ")


async def test_a_question_is_answered_with_more_sources_and_thumbs(talk: Talk) -> None:
    entry = shown = (await talk.say("how much b12 is in one shot usually"))[0]
    if "None of these" in labels(entry):
        before = await talk.last_id()
        await talk.press(entry, "Usual doses")
        shown = (await talk.heard(before))[0]
    assert shown["text"].startswith("Usual doses")
    before = await talk.last_id()
    await talk.press(shown, "More")
    assert (await talk.heard(before))[0]["text"].startswith("Usual doses")
    before = await talk.last_id()
    await talk.press(shown, "Sources")
    assert "draft" in (await talk.heard(before))[0]["text"]


async def test_gibberish_is_refused_and_twice_in_a_row_leads_to_the_topics(talk: Talk) -> None:
    first = (await talk.say("zxqv blorp fnord"))[0]
    assert "do not know" in first["text"]
    second = (await talk.say("wibble kwyjibo plugh"))[0]
    assert "0123 456" in second["text"]
    assert "Dose and schedule" in labels(second)


async def test_topics_can_be_browsed_and_left_again(talk: Talk) -> None:
    menu = (await talk.say("/topics"))[0]
    await talk.press(menu, "Dose and schedule")
    inside = await talk.becomes(menu["message_id"], "Dose and schedule")
    assert "Usual doses" in labels(inside)
    await talk.press(inside, "‹ All topics")
    await talk.becomes(menu["message_id"], "What would you like")


async def test_side_effects_leads_to_the_card(talk: Talk) -> None:
    page = (await talk.say("/sideeffects"))[0]
    assert "trouble breathing" in page["text"]
    before = await talk.last_id()
    await talk.press(page, "⚠️")
    which = (await talk.heard(before))[0]
    before = await talk.last_id()
    await talk.press(which, "Breathing")
    assert (await talk.heard(before))[0]["text"].startswith("Call ")


@pytest.mark.parametrize("command", sorted(SHOWN))
async def test_every_command_in_the_menu_answers(talk: Talk, command: str) -> None:
    answer = (await talk.say(f"/{command}"))[0]
    assert answer["text"]
    assert "do not know that command" not in answer["text"]
    assert "went wrong" not in answer["text"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"voice": True}, "voice"),
        ({"photo": True}, "pictures"),
        ({"text": "😀😀"}, "any words"),
        ({"text": "\u200b\u200b \u202e"}, ""),
        ({"text": "<b>hi</b> & <script>alert(1)</script> *x* _y_ [a](b)"}, ""),
        ({"text": "x" * 4096}, ""),
        ({"text": "/nosuchcommand at all"}, "do not know that command"),
        ({"text": "שלום, כמה זריקות"}, ""),
    ],
)
async def test_odd_messages_get_a_polite_answer(talk: Talk, body: dict[str, object], words: str) -> None:
    answer = (await talk.send(body))[0]["text"]
    assert words in answer
    assert "Traceback" not in answer
    assert "went wrong" not in answer


async def test_a_hundred_kilobytes_are_answered(talk: Talk) -> None:
    answers = await talk.send({"text": "how long until it works " * 4200})
    assert answers
    assert (await talk.say("/help"))[0]["text"]


@pytest.mark.parametrize(
    "data",
    ["zz:1", "e:", "e:nosuch", "topic:x", "lang:xx", "country:QQ", "::::", "e:" + "a" * 40, "thumb", "\x00", "more"],
)
async def test_forged_and_stale_buttons_change_nothing(talk: Talk, data: str) -> None:
    menu = (await talk.say("/topics"))[0]
    await talk.forge(menu["message_id"], data)
    await talk.post("/sandbox/chats/77/messages", {"text": "/help"})
    assert (await talk.hears("Just type"))["text"]
    assert not [m for m in await talk.messages() if "went wrong" in m.get("text", "")]


async def test_groups_are_told_once_called_and_the_care_team_is_left_alone(place: Place) -> None:
    group = place.talk(-4242)
    before = await group.last_id()
    await group.post("/sandbox/chats/-4242/messages", {"text": "just chatting"})
    await group.post("/sandbox/chats/-4242/messages", {"text": "/help"})
    answer = await group.heard(before)
    assert "private chats" in answer[0]["text"]
    assert len(answer) == 1
    care = place.talk(CARE)
    await care.post(f"/sandbox/chats/{CARE}/messages", {"text": "good morning all"})
    await place.talk(5).say("/help")
    assert not [m for m in await care.messages() if m["from"]["is_bot"]]


async def test_whoever_sets_it_up_is_told_the_groups_number(tmp_path: Path) -> None:
    async with running_bot(tmp_path, care_team_chat_id=None) as place:
        group = place.talk(-4242)
        await group.post("/sandbox/chats/-4242/messages", {"text": "/alerts"})
        assert "-4242" in (await group.hears("CARE_TEAM_CHAT_ID"))["text"]


async def test_unknown_update_kinds_do_not_hurt(talk: Talk) -> None:
    await talk.post(
        "/sandbox/chats/77/messages",
        {"update_raw": {"poll": {"id": "1", "question": "?", "options": [], "total_voter_count": 0}}},
    )
    assert (await talk.say("/help"))[0]["text"]
