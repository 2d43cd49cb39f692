"""What Telegram refuses, the sandbox refuses, in the same words; and a refused call changes nothing."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bot.clock import TravelClock
from bot.sandbox.server import create_app, serve
from tests.sandbox.conftest import CARE, TOKEN, Town

BUTTON = {"text": "Yes", "callback_data": "y"}


def keyboard(*buttons: object) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


TEXTS: list[tuple[dict[str, Any], str]] = [
    ({"text": "x" * 4097}, "message is too long"),
    ({"text": "💉" * 2049}, "message is too long"),
    ({"text": "é" * 20000}, "text is too long"),
    ({"text": ""}, "message text is empty"),
    ({}, "message text is empty"),
    ({"text": " \n\u200b\u2800"}, "text must be non-empty"),
    ({"text": "\ud83d"}, "strings must be encoded in UTF-8"),
    (
        {"text": "<x>", "parse_mode": "HTML"},
        'can\'t parse entities: Unsupported start tag "x" at byte offset 0',
    ),
    ({"text": "x", "parse_mode": "Word"}, "unsupported parse_mode"),
    ({"text": "x", "chat_id": ""}, "chat_id is empty"),
    ({"text": "x", "chat_id": "@nobody"}, "chat not found"),
    ({"text": "x", "chat_id": 99}, "chat not found"),
    ({"text": "x", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
]
MARKUPS: list[tuple[object, str]] = [
    ("{", "can't parse reply keyboard markup JSON object"),
    ("[]", "object expected as reply markup"),
    (keyboard({"text": "a", "callback_data": "x" * 65}), "BUTTON_DATA_INVALID"),
    (keyboard({"text": "a", "callback_data": "é" * 33}), "BUTTON_DATA_INVALID"),
    (keyboard({"text": " ", "callback_data": "a"}), "inline keyboard button text must be non-empty"),
    (
        keyboard({"text": "a"}),
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (keyboard({"text": "a", "url": "no way"}), "inline keyboard button URL 'no way' is invalid: Wrong HTTP URL"),
    (keyboard(*[BUTTON] * 101), "reply markup is too long"),
    ({"inline_keyboard": [BUTTON]}, 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'),
    ({"keyboard": [[1]]}, "can't parse keyboard button: KeyboardButton must be a String or an Object"),
]
BAD = TEXTS + [({"text": "x", "reply_markup": markup}, reason) for markup, reason in MARKUPS]


@pytest.mark.parametrize(("params", "reason"), BAD)
async def test_a_bad_message_is_refused_and_leaves_no_trace(town: Town, params: dict[str, Any], reason: str) -> None:
    await town.say(7, "/start")
    assert await town.refusal("sendMessage", **{"chat_id": 7, **params}) == (400, f"Bad Request: {reason}")
    assert len(await town.messages(7)) == 1


async def test_the_limits_themselves_are_allowed(town: Town) -> None:
    await town.say(7, "/start")
    for text in ("x" * 4096, "💉" * 2048, "<b>" + "&lt;" * 4096 + "</b>"):
        sent = await town.result("sendMessage", chat_id=7, text=text, parse_mode="HTML")
        assert len(sent["text"].encode("utf-16-le")) // 2 == 4096
    buttons = keyboard({"text": "a", "callback_data": "é" * 32}, {"text": "b", "url": "https://www.nhs.uk"})
    await town.result("sendMessage", chat_id=7, text="x", reply_markup=buttons)


async def test_photos_and_captions_are_checked(town: Town) -> None:
    await town.say(7, "/start")
    assert await town.refusal("sendPhoto", chat_id=7) == (400, "Bad Request: there is no photo in the request")
    wrong = "Bad Request: wrong file identifier/HTTP URL specified"
    assert await town.refusal("sendPhoto", chat_id=7, photo="https://example.org/x.png") == (400, wrong)
    for body, reason in (
        (b"not a picture", "Bad Request: IMAGE_PROCESS_FAILED"),
        (b"", "Bad Request: file must be non-empty"),
    ):
        answer = await town.http.post(f"/bot{TOKEN}/sendPhoto", data={"chat_id": "7"}, files={"photo": ("x.png", body)})
        assert answer.json()["description"] == reason
    files = {"document": ("a.txt", b"x")}
    answer = await town.http.post(
        f"/bot{TOKEN}/sendDocument", data={"chat_id": "7", "caption": "x" * 1025}, files=files
    )
    assert answer.json()["description"] == "Bad Request: message caption is too long"
    named = {"file_a": ("a.txt", b"x")}
    answer = await town.http.post(
        f"/bot{TOKEN}/sendDocument", data={"chat_id": "7", "document": "attach://file_a"}, files=named
    )
    assert answer.json()["result"]["document"]["file_name"] == "a.txt"


async def test_edits_are_refused_like_telegrams(town: Town) -> None:
    asked = await town.say(7, "/start")
    sent = await town.result(
        "sendMessage", chat_id=7, text="<b>x</b>", parse_mode="HTML", reply_markup=keyboard(BUTTON)
    )
    mine = {"chat_id": 7, "message_id": sent["message_id"]}
    same = (
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as "
        "a current content and reply markup of the message"
    )
    again = {**mine, "text": "<b>x</b>", "parse_mode": "HTML", "reply_markup": keyboard(BUTTON)}
    assert await town.refusal("editMessageText", **again) == (400, same)
    assert await town.refusal("editMessageReplyMarkup", **mine, reply_markup=keyboard(BUTTON)) == (400, same)
    for number, reason in ((99, "message to edit not found"), (asked["message_id"], "message can't be edited")):
        assert await town.refusal("editMessageText", chat_id=7, message_id=number, text="y") == (
            400,
            f"Bad Request: {reason}",
        )
    no_caption = "Bad Request: there is no caption in the message to edit"
    assert await town.refusal("editMessageCaption", **mine, caption="y") == (400, no_caption)
    assert await town.refusal("editMessageText", chat_id=7, text="y") == (
        400,
        "Bad Request: message identifier is not specified",
    )
    changed = await town.result("editMessageReplyMarkup", **mine)
    assert "reply_markup" not in changed
    assert changed["entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    assert (await town.result("editMessageText", **mine, text="x"))["text"] == "x"
    located = await town.result("sendLocation", chat_id=7, latitude=1, longitude=2)
    no_text = (400, "Bad Request: there is no text in the message to edit")
    assert await town.refusal("editMessageText", chat_id=7, message_id=located["message_id"], text="y") == no_text


async def test_old_messages_cannot_be_deleted(town: Town) -> None:
    await town.say(7, "/start")
    sent = await town.result("sendMessage", chat_id=7, text="x")
    await town.http.post("/sandbox/clock", json={"advance": 48 * 3600 + 1})
    mine = {"chat_id": 7, "message_id": sent["message_id"]}
    assert await town.refusal("deleteMessage", **mine) == (400, "Bad Request: message can't be deleted for everyone")
    new = await town.result("sendMessage", chat_id=7, text="y")
    assert new["date"] - sent["date"] >= 48 * 3600
    await town.result("deleteMessages", chat_id=7, message_ids=[new["message_id"], sent["message_id"], 99])
    assert [message["text"] for message in await town.messages(7)] == ["/start", "x"]
    gone = (400, "Bad Request: message to delete not found")
    assert await town.refusal("deleteMessage", chat_id=7, message_id=new["message_id"]) == gone


async def test_a_pressed_button_is_answered_once_it_is_known(town: Town) -> None:
    await town.say(7, "/start")
    query = (await town.press(7, 1, "anything"))["callback_query_id"]
    old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await town.refusal("answerCallbackQuery", callback_query_id="1") == (400, old)
    assert await town.refusal("answerCallbackQuery", callback_query_id=query, text="x" * 201) == (
        400,
        "Bad Request: MESSAGE_TOO_LONG",
    )
    await town.result("answerCallbackQuery", callback_query_id=query, text="Thanks", show_alert=True)
    answer = (await town.http.get(f"/sandbox/callbacks/{query}")).json()
    assert (answer["answered"], answer["text"], answer["show_alert"]) == (True, "Thanks", True)


async def test_who_cannot_be_written_to(town: Town) -> None:
    await town.say(7, "/start")
    await town.http.post("/sandbox/chats/7/block")
    assert await town.refusal("sendMessage", chat_id=7, text="x") == (403, "Forbidden: bot was blocked by the user")
    refused = await town.http.post("/sandbox/chats/7/messages", json={"text": "hi"})
    assert refused.status_code == 409
    await town.http.post("/sandbox/chats/7/unblock")
    await town.result("sendMessage", chat_id=7, text="x")
    await town.http.post(f"/sandbox/chats/{CARE}/block")
    kicked = "Forbidden: bot was kicked from the group chat"
    assert await town.refusal("sendMessage", chat_id=CARE, text="x") == (403, kicked)
    await town.http.post(f"/sandbox/chats/{CARE}/unblock")
    moved = (await town.http.post(f"/sandbox/chats/{CARE}/migrate", json={"to": -1001234567890})).json()
    assert moved["migrate_to_chat_id"] == -1001234567890
    answer = (await town.call("sendMessage", chat_id=CARE, text="x")).json()
    assert answer == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": -1001234567890},
    }
    assert (await town.http.get("/sandbox/info")).json()["care_chat_id"] == -1001234567890


@pytest.mark.parametrize(
    ("commands", "reason"),
    [
        ([{"command": "Help!", "description": "x"}], "Bad Request: BOT_COMMAND_INVALID"),
        ([{"command": "x" * 33, "description": "x"}], "Bad Request: BOT_COMMAND_INVALID"),
        ([{"command": "help", "description": " "}], "Bad Request: command description must be non-empty"),
        (
            [{"command": "help", "description": "x" * 257}],
            "Bad Request: command description length must not exceed 256",
        ),
        ([{"command": "help", "description": "x"}] * 101, "Bad Request: BOT_COMMANDS_TOO_MUCH"),
    ],
)
async def test_bad_commands_are_refused(town: Town, commands: list[dict[str, str]], reason: str) -> None:
    assert await town.refusal("setMyCommands", commands=commands) == (400, reason)


async def test_the_narrowest_list_of_commands_is_seen(town: Town) -> None:
    async def put(name: str, scope: dict[str, Any] | None = None, language: str = "") -> None:
        commands = [{"command": name, "description": "x"}]
        await town.result(
            "setMyCommands", commands=commands, language_code=language, **({"scope": scope} if scope else {})
        )

    async def seen(chat: int, language: str) -> str:
        found = (await town.http.get(f"/sandbox/chats/{chat}/commands", params={"language": language})).json()[
            "commands"
        ]
        return str(found[0]["command"]) if found else ""

    assert await seen(7, "en") == ""
    await put("a")
    await put("b", language="de")
    assert [await seen(7, "en"), await seen(7, "de"), await seen(CARE, "de")] == ["a", "b", "b"]
    await put("c", {"type": "all_private_chats"})
    assert [await seen(7, "en"), await seen(7, "de"), await seen(CARE, "en")] == ["c", "c", "a"]
    await put("d", {"type": "chat", "chat_id": CARE})
    assert [await seen(7, "en"), await seen(CARE, "en")] == ["c", "d"]


async def test_every_way_of_sending_parameters(town: Town) -> None:
    await town.say(7, "/start")
    path = f"/bot{TOKEN}/sendMessage"
    markup = json.dumps(keyboard(BUTTON))
    for answer in (
        await town.http.get(path, params={"chat_id": 7, "text": "hé", "reply_markup": markup}),
        await town.http.post(path, data={"chat_id": "7", "text": "hé", "reply_markup": markup}),
        await town.http.post(path, json={"chat_id": 7, "text": "hé", "reply_markup": keyboard(BUTTON)}),
        await town.http.post(path, json={"chat_id": "7", "text": "hé", "reply_markup": markup}),
        await town.http.post(path, data={"chat_id": "7", "text": "hé", "reply_markup": markup}, files={"x": b"y"}),
        await town.http.post(
            f"/bot{TOKEN}/SENDMESSAGE", params={"chat_id": 7, "reply_markup": markup}, data={"text": "hé"}
        ),
    ):
        result = answer.json()["result"]
        assert result["text"] == "hé"
        assert result["reply_markup"] == keyboard(BUTTON)


async def test_calls_that_are_none(town: Town) -> None:
    nowhere = {"ok": False, "error_code": 404, "description": "Not Found"}
    nobody = {"ok": False, "error_code": 401, "description": "Unauthorized"}
    answer = await town.call("sendCarrierPigeon", chat_id=7)
    assert (answer.status_code, answer.json()) == (404, nowhere)
    answer = await town.http.get(f"/bot{TOKEN}x/getMe")
    assert (answer.status_code, answer.json()) == (401, nobody)
    answer = await town.http.get(f"/file/bot{TOKEN}x/photos/file_1.png")
    assert (answer.status_code, answer.json()) == (401, nobody)
    assert (await town.http.get(f"/file/bot{TOKEN}/photos/nothing.png")).status_code == 404
    kind = {"Content-Type": "application/json"}
    for body in (b"[1]", b"{", b"\xff", b"[" * 100_000):
        answer = await town.http.post(f"/bot{TOKEN}/sendMessage", content=body, headers=kind)
        assert answer.json() == {"ok": False, "error_code": 400, "description": "Bad Request: can't parse JSON object"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await town.http.post(f"/bot{TOKEN}/sendMessage", content=b"chat_id=7&text=%ff", headers=form)
    assert answer.json()["description"] == "Bad Request: strings must be encoded in UTF-8"
    answer = await town.http.post(
        f"/bot{TOKEN}/sendMessage", content=b"x", headers={"Content-Type": "multipart/form-data"}
    )
    assert answer.status_code == 400


async def test_flood_limits_are_kept_when_asked_for() -> None:
    app = create_app(clock=TravelClock(), token=TOKEN, limits=True)
    async with serve(app) as url, httpx.AsyncClient(base_url=url) as http:
        await http.post("/sandbox/chats", json={"first": 1, "count": 100})

        async def send(chat: int) -> dict[str, Any]:
            answer = await http.post(f"/bot{TOKEN}/sendMessage", json={"chat_id": chat, "text": "x"})
            found: dict[str, Any] = answer.json()
            return found

        answers = [await send(1) for _ in range(12)]
        refused = [answer for answer in answers if not answer["ok"]]
        assert refused
        assert refused[0]["error_code"] == 429
        assert refused[0]["parameters"]["retry_after"] >= 1
        assert refused[0]["description"] == f"Too Many Requests: retry after {refused[0]['parameters']['retry_after']}"
        assert not all([(await send(chat))["ok"] for chat in range(2, 101)])
        assert (await http.post(f"/bot{TOKEN}/getMe")).json()["ok"]
