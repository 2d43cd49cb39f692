"""How messages leave: ticks, planning ahead, claim, send, settle, reap, budget, outcome, and the HTTP underneath.

Invariant: a message was written down before it is sent, is sent by one worker, and is sent again only with proof that
it never left, or when its policy says that a duplicate is cheaper than a loss.
"""
