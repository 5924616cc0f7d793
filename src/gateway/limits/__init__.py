"""How much callers may ask: rates, calls at once, quotas of a day; in this process for now."""
