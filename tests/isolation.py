"""Machines without Landlock: tests run there too, with runners that are told to accept it, and say so in their first lines."""

from runner.sandbox import landlock

WEAK = landlock.version() == 0
# What every runner that a test starts is given beside its own settings.
SETTINGS = {"unsafe_weak_sandbox": "true"} if WEAK else {}
