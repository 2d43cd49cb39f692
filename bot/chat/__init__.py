"""How people talk to the bot in Telegram."""
