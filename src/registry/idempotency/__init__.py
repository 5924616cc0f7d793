"""Idempotency keys of calls."""
