"""What the bot knows: entries, messages, emergency numbers, red flags; loaded with file and line of every error."""
