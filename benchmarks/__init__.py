"""Measurements: what this program does, and what a peer does, in one run on one machine."""
