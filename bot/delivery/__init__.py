"""How messages leave: planned, claimed, sent, settled; nothing lost, nothing doubled."""
