"""Fires the schedules of installs: waits until something is due, takes it from the registry, and calls the extension."""
