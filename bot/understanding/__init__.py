"""What the patient means: which entry, which unit, which danger sign. Pure."""
