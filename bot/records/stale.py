"""What is raised when two changes were made from one reading."""

from __future__ import annotations


class StaleError(Exception):
    """The row changed since it was read: read it again and decide again."""
