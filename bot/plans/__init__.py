"""When injections are: the prescription as a plan, its dates, its reminders, and reading what people type about them.

Invariant: pure. Nothing here knows what time it is, talks to a network or a database, or works out a dose or an
interval: it only repeats and counts on what the patient was prescribed.
"""
