"""What people do reaches the bot as Telegram would pass it on."""

from __future__ import annotations

import json

import pytest

from tests.sandbox.conftest import CARE, TOKEN, Town


async def test_a_very_long_text_arrives_in_pieces(town: Town) -> None:
    words = " ".join(f"word{number}" for number in range(12_000))
    assert len(words) > 100_000
    said = await town.say(7, words)
    updates = await town.result("getUpdates")
    texts = [update["message"]["text"] for update in updates]
    assert all(len(text) <= 4096 for text in texts)
    assert " ".join(texts) == words
    assert said["message_id"] == len(texts) == len(said["update_ids"])
    await town.say(7, "💉" * 5000)
    texts = [
        update["message"]["text"] for update in await town.result("getUpdates", offset=updates[-1]["update_id"] + 1)
    ]
    assert [len(text) for text in texts] == [2048, 2048, 904]


@pytest.mark.parametrize("text", ["👍", "\u202eabc", "\u200b\u200b", "<b>&", "*_`[", "a\0b", "שלום", "x\ud83dy"])
async def test_odd_texts_arrive(town: Town, text: str) -> None:
    body = json.dumps({"text": text})
    answer = await town.http.post("/sandbox/chats/7/messages", content=body)
    assert answer.status_code == 200
    [update] = await town.result("getUpdates")
    assert isinstance(update["message"]["text"], str)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("chats/7/messages", b'{"text": "  \\n "}', 400),
        ("chats/7/messages", b'{"text": 5}', 400),
        ("chats/7/messages", b'{"text": "x", "user": 5}', 400),
        ("chats/7/messages", b'{"text": "x", "edit_message_id": 1}', 404),
        ("chats/7/messages", b'{"text": "x", "reply_to_message_id": 1}', 404),
        ("chats/7/messages", b"not json", 400),
        ("chats/7/messages", b"[]", 400),
        ("chats/0/messages", b'{"text": "x"}', 400),
        ("chats/seven/messages", b'{"text": "x"}', 400),
        ("chats/7/callbacks", b"{}", 400),
        ("chats/7/migrate", b"{}", 400),
        ("clock", b'{"advance": -1}', 400),
        ("clock", b'{"advance": "1"}', 400),
        ("clock", b'{"advance": 1e300}', 400),
        ("faults", b'{"kind": "earthquake"}', 400),
        ("faults", b'{"kind": "429", "colour": 1}', 400),
        ("faults", b'{"kind": "429", "times": "many"}', 400),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(town: Town, path: str, body: bytes, status: int) -> None:
    answer = await town.http.post(f"/sandbox/{path}", content=body)
    assert answer.status_code == status
    assert len(answer.json()["error"]) > 5
    assert await town.result("getUpdates") == []


async def test_another_sites_page_cannot_use_the_door(town: Town) -> None:
    body = {"text": "x"}
    refused = await town.http.post("/sandbox/chats/7/messages", json=body, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403
    taken = await town.http.post("/sandbox/chats/7/messages", json=body, headers={"Origin": town.url})
    assert taken.status_code == 200


async def test_forged_and_stale_buttons_are_passed_on(town: Town) -> None:
    await town.say(7, "/start")
    await town.say(8, "/start")
    sent = await town.result("sendMessage", chat_id=7, text="x")
    await town.press(8, sent["message_id"] + 40, "forged")
    await town.press(7, sent["message_id"], "y" * 200)
    stale, forged = [
        update["callback_query"] for update in await town.result("getUpdates") if "callback_query" in update
    ]
    assert stale["message"] == {"chat": {"id": 8, "type": "private", "first_name": "Sam"}, "message_id": 42, "date": 0}
    assert forged["message"]["text"] == "x"
    assert len({stale["id"], forged["id"]}) == 2


async def test_people_have_names_and_groups_have_members(town: Town) -> None:
    await town.say(7, "hi", user={"first_name": "Amina", "language_code": "sw", "id": 99})
    await town.say(CARE, "hello")
    await town.say(CARE, "hello", user={"id": 55, "first_name": "Ben"})
    patient, nurse, other = [update["message"] for update in await town.result("getUpdates")]
    assert patient["from"] == {"id": 7, "is_bot": False, "first_name": "Amina", "language_code": "sw"}
    assert patient["chat"] == {"id": 7, "type": "private", "first_name": "Amina"}
    assert nurse["chat"] == {"id": CARE, "type": "group", "title": "Care team"}
    assert nurse["from"]["first_name"] == "Robin"
    assert other["from"] == {"id": 55, "is_bot": False, "first_name": "Ben"}


async def test_the_list_of_messages_shows_edits_and_what_is_newer(town: Town) -> None:
    first = await town.say(7, "one")
    await town.say(7, "two", edit_message_id=first["message_id"])
    sent = await town.result("sendMessage", chat_id=7, text="x")
    [one, x] = await town.messages(7)
    assert (one["text"], "edit_date" in one) == ("two", True)
    assert await town.messages(7, first["message_id"]) == [x] == [sent]
    assert await town.messages(7, who="bot") == [sent]
    assert await town.messages(99) == []


async def test_the_clock_only_moves_forward(town: Town) -> None:
    before = (await town.http.get("/sandbox/clock")).json()["timestamp"]
    after = (await town.http.post("/sandbox/clock", json={"advance": 7 * 86400})).json()["timestamp"]
    assert 7 * 86400 <= after - before < 7 * 86400 + 60
    said = await town.say(7, "later")
    assert said["messages"][0]["date"] >= int(after)


async def test_events_tell_the_page_what_happens(town: Town) -> None:
    seen: list[str] = []
    async with town.http.stream("GET", "/sandbox/events") as stream:
        lines = stream.aiter_lines()
        async for line in lines:
            if line == "event: hello":
                break
        await town.say(7, "hi")
        await town.result("sendChatAction", chat_id=7, action="typing")
        sent = await town.result("sendMessage", chat_id=7, text="x")
        await town.result("editMessageText", chat_id=7, message_id=sent["message_id"], text="y")
        await town.result("deleteMessage", chat_id=7, message_id=sent["message_id"])
        query = (await town.press(7, 1, "y"))["callback_query_id"]
        await town.result("answerCallbackQuery", callback_query_id=query, text="ok")
        await town.http.post("/sandbox/clock", json={"advance": 60})
        async for line in lines:
            if line.startswith("event: "):
                seen.append(line.removeprefix("event: "))
            if len(seen) == 7:
                break
    assert seen == ["message", "action", "message", "edit", "delete", "answer", "clock"]


async def test_the_transcript_says_what_was_asked_and_how_it_ended(town: Town) -> None:
    await town.say(7, "/start")
    await town.fault(method="sendMessage", kind="deliver_then_502")
    await town.call("sendMessage", chat_id=7, text="a")
    await town.call("sendMessage", chat_id=7, text="")
    await town.call("sendMessage", chat_id=8, text="c")
    sent = await town.result("sendMessage", chat_id=7, text="d")
    calls = (await town.http.get("/sandbox/transcript", params={"method": "sendMessage", "chat_id": 7})).json()
    assert [(call["status"], call["effective"], call["fault"]) for call in calls] == [
        (502, True, "deliver_then_502"),
        (400, False, None),
        (200, True, None),
    ]
    assert calls[1]["description"] == "Bad Request: message text is empty"
    assert calls[2]["message_id"] == sent["message_id"]
    assert calls[0]["params"] == {"chat_id": 7, "text": "a"}
    stats = (await town.http.get("/sandbox/stats")).json()
    assert stats["calls"] == {"sendMessage 502": 1, "sendMessage 400": 2, "sendMessage 200": 1}


async def test_faults_are_used_up_in_order(town: Town) -> None:
    await town.say(7, "/start")
    await town.say(8, "/start")
    script = [
        {"method": "sendMessage", "kind": "500", "chat_id": 8},
        {"method": "*", "kind": "429", "times": 2, "skip": 1, "retry_after": 9},
        {"kind": "403", "description": "Forbidden: user is deactivated"},
    ]
    await town.http.post("/sandbox/faults", json={"script": script})
    await town.result("getUpdates")
    outcomes = []
    for chat in (7, 7, 8, 7, 7, 7):
        outcomes.append((await town.call("sendMessage", chat_id=chat, text="x")).status_code)
    assert outcomes == [403, 429, 500, 429, 200, 200]
    await town.fault(kind="502", times=None)
    listed = (await town.http.get("/sandbox/faults")).json()
    assert [fault["kind"] for fault in listed] == ["502"]
    assert (await town.call("getMe")).status_code == 502
    assert (await town.http.delete("/sandbox/faults")).json() == []
    assert (await town.call("getMe")).status_code == 200


async def test_many_chats_are_opened_at_once(town: Town) -> None:
    answer = await town.http.post("/sandbox/chats", json={"first": 1000, "count": 500, "ids": [5]})
    assert answer.json()["chats"] == 502
    await town.result("sendMessage", chat_id=1499, text="x")
    listed = (await town.http.get("/sandbox/chats")).json()
    assert listed[0]["id"] == CARE


async def test_files_come_back_whole(town: Town) -> None:
    await town.say(7, "/start")
    files = {"document": ("a.html", b"<script>", "text/html")}
    answer = await town.http.post(f"/bot{TOKEN}/sendDocument", data={"chat_id": "7"}, files=files)
    document = answer.json()["result"]["document"]
    shown = await town.http.get(f"/sandbox/files/{document['file_id']}")
    assert shown.content == b"<script>"
    assert shown.headers["content-type"] == "application/octet-stream"
    assert (await town.http.get("/sandbox/files/none")).status_code == 404
