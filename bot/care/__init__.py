"""What the bot does for a person: answer, remind, check in, escalate, keep the diary, keep it private."""
