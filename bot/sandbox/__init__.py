"""A Telegram on your own machine: the Bot API over HTTP and a chat page."""
