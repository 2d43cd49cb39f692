"""A person's own plan in chat: setting it up, showing and changing it, reminding, and writing down what was done."""
