"""Idempotency keys of clients: the extension runs once for each."""
