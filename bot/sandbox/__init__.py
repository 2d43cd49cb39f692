"""A Telegram on your own machine: the Bot API over HTTP, a door for whoever plays the people, and a chat page.

Invariant: what the bot may do here, Telegram would allow too. Where Telegram refuses, the sandbox refuses with the same
words; the bot has no special path for it.
"""
