"""Danger signs by rule: words, patterns, and whether a sign is asserted, denied, past, imagined or quoted. Pure."""
