"""The Bot API methods about the bot itself, its chats, its files and how it gets its updates.

Invariant: nothing here changes a message.
"""

from __future__ import annotations

from typing import Any

from bot.sandbox.errors import bad_request
from bot.sandbox.params import Params
from bot.sandbox.state import Sandbox
from bot.sandbox.world import Json

_LIMITS = {"name": 64, "description": 512, "short_description": 120}


class Identity:
    """getMe, getChat, getChatMember, getFile, the commands, the profile and the webhook."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._world = sandbox.world

    async def get_me(self, _params: Params) -> Json:
        """Who the bot is."""
        abilities = {"can_join_groups": True, "can_read_all_group_messages": True, "supports_inline_queries": False}
        return {**self._sandbox.bot, **abilities, "can_connect_to_business": False, "has_main_web_app": False}

    async def yes(self, _params: Params) -> bool:
        """logOut and close: the sandbox has nothing to do for them."""
        return True

    async def get_chat(self, params: Params) -> Json:
        """The long form of a chat."""
        chat = self._world.reachable(params.text("chat_id"))
        gifts = dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
        )
        return {**chat.api(), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}

    async def get_chat_member(self, params: Params) -> Json:
        """Somebody's place in a chat. Raises ApiError when the sandbox has not seen them there."""
        chat = self._world.reachable(params.text("chat_id"))
        user_id = params.integer("user_id")
        if user_id == self._sandbox.bot["id"]:
            return {"status": "member", "user": self._sandbox.bot}
        senders = (message.api["from"] for message in reversed(chat.messages.values()))
        user = next((user for user in (chat.user, *senders) if user["id"] == user_id), None)
        if user is None:
            raise bad_request("PARTICIPANT_ID_INVALID")
        return {"status": "member", "user": user}

    async def get_file(self, params: Params) -> Json:
        """Where a file can be fetched."""
        if not params.text("file_id"):
            raise bad_request("file_id not specified")
        stored = self._world.files.get(params.text("file_id"))
        if stored is None:
            raise bad_request("invalid file_id")
        return {
            "file_id": stored.id, "file_unique_id": stored.unique_id, "file_size": len(stored.content),
            "file_path": stored.path,
        }  # fmt: skip

    async def set_commands(self, params: Params) -> bool:
        """A list of commands for a scope and a language."""
        self._sandbox.commands.set(params)
        self._sandbox.events.tell("commands", {})
        return True

    async def get_commands(self, params: Params) -> list[dict[str, str]]:
        """The list set for exactly this scope and language."""
        return self._sandbox.commands.get(params)

    async def delete_commands(self, params: Params) -> bool:
        """Forget a list."""
        self._sandbox.commands.delete(params)
        self._sandbox.events.tell("commands", {})
        return True

    def setter(self, name: str) -> Any:
        """The method that sets the bot's name, description or short description for a language."""

        async def set_it(params: Params) -> bool:
            text = params.text(name)
            if len(text) > _LIMITS[name]:
                raise bad_request(f"bot {name.replace('_', ' ')} is too long")
            self._sandbox.profile[name, params.text("language_code")] = text
            self._sandbox.events.tell("commands", {})
            return True

        return set_it

    def getter(self, name: str) -> Any:
        """The method that tells it."""

        async def get_it(params: Params) -> dict[str, str]:
            profile = self._sandbox.profile
            text = profile.get((name, params.text("language_code"))) or profile.get((name, ""), "")
            return {name: text or (self._sandbox.bot["first_name"] if name == "name" else "")}

        return get_it

    async def set_webhook(self, params: Params) -> tuple[bool, str]:
        """Have updates carried to an address; an empty one ends that."""
        if not params.text("url"):
            return await self.delete_webhook(params)
        if params.flag("drop_pending_updates"):
            self._sandbox.feed.queue.clear()
        connections = min(100, max(1, params.integer("max_connections", 40)))
        said = await self._sandbox.courier.set(params.text("url"), params.text("secret_token"), connections)
        self._sandbox.feed.allow(params.json("allowed_updates", list))
        return True, said

    async def delete_webhook(self, params: Params) -> tuple[bool, str]:
        """Back to polling."""
        if params.flag("drop_pending_updates"):
            self._sandbox.feed.queue.clear()
        return True, await self._sandbox.courier.stop()

    async def get_webhook_info(self, _params: Params) -> Json:
        """Where updates go and how that fares."""
        return self._sandbox.courier.info()
