"""Schedules of installs: what they are, who may change them, and what fires when."""
