"""The bot's menu of commands, by scope and language.

Invariant: a person sees the list of the narrowest scope that has one, in their language before the general one.
Source: https://core.telegram.org/bots/api#determining-list-of-commands
"""

from __future__ import annotations

import re
from typing import Any

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.params import Params

Scope = tuple[str, int, int]
_DEFAULT: Scope = ("default", 0, 0)
_SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
_CHAT_SCOPES = {"chat", "chat_administrators", "chat_member"}
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"(?:[a-z]{2})?")
_COMMANDS_LIMIT = 100
_DESCRIPTION_LIMIT = 256


class Commands:
    """Every list the bot has set."""

    def __init__(self) -> None:
        self._lists: dict[tuple[Scope, str], list[dict[str, str]]] = {}

    def set(self, params: Params) -> None:
        """setMyCommands. Raises ApiError for names, descriptions, scopes and languages Telegram refuses."""
        key = self._key(params)
        given = params.json("commands", list)
        if given is None:
            raise bad_request("can't parse commands: expected an Array of BotCommand")
        if len(given) > _COMMANDS_LIMIT:
            raise ApiError(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        commands = [_command(item) for item in given]
        if commands:
            self._lists[key] = commands
        else:
            self._lists.pop(key, None)

    def get(self, params: Params) -> list[dict[str, str]]:
        """getMyCommands: exactly this scope and language."""
        return self._lists.get(self._key(params), [])

    def delete(self, params: Params) -> None:
        """deleteMyCommands."""
        self._lists.pop(self._key(params), None)

    def seen_in(self, chat_id: int, language: str) -> list[dict[str, str]]:
        """What a person finds behind the menu button of this chat."""
        general = "all_private_chats" if chat_id > 0 else "all_group_chats"
        for scope in (("chat", chat_id, 0), (general, 0, 0), _DEFAULT):
            for code in (language, ""):
                if (scope, code) in self._lists:
                    return self._lists[scope, code]
        return []

    def _key(self, params: Params) -> tuple[Scope, str]:
        language = params.text("language_code")
        if not _LANGUAGE.fullmatch(language):
            raise bad_request("invalid language code specified")
        scope = params.json("scope", dict)
        return (_DEFAULT if scope is None else _scope(scope)), language


def _scope(scope: dict[str, Any]) -> Scope:
    kind = scope.get("type")
    if kind in _SCOPES:
        return str(kind), 0, 0
    if kind in _CHAT_SCOPES:
        try:
            return str(kind), int(scope["chat_id"]), int(scope["user_id"]) if kind == "chat_member" else 0
        except (KeyError, TypeError, ValueError):
            raise bad_request("can't parse BotCommandScope: chat not found") from None
    raise bad_request("can't parse BotCommandScope: unsupported type specified")


def _command(item: object) -> dict[str, str]:
    if not isinstance(item, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    name, description = item.get("command"), item.get("description")
    if not isinstance(name, str) or not isinstance(description, str):
        raise bad_request("can't parse BotCommand: command and description must be String")
    name, description = name.strip().removeprefix("/"), description.strip()
    if not _COMMAND.fullmatch(name):
        raise ApiError(400, "Bad Request: BOT_COMMAND_INVALID")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > _DESCRIPTION_LIMIT:
        raise bad_request(f"command description length must not exceed {_DESCRIPTION_LIMIT}")
    return {"command": name, "description": description}
