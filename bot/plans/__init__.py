"""When injections are: phases, occurrences, time zones, late rules. Pure."""
