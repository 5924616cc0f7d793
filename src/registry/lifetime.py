"""How long entries of an install's storage stay: what a writer asks for, or what the tenant set for the namespace."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from kernel.archive.rules import printable
from kernel.errors import Fault, Violation

# A guest has no way to say it: the tenant sets `storage.ttl.<namespace>` = seconds, and what is written from then on follows.
PREFIX: Final = "storage.ttl."
LEAST_SECONDS: Final = 60
MOST_SECONDS: Final = 30 * 86_400
_RULE: Final = f"must be a number of seconds from {LEAST_SECONDS} to {MOST_SECONDS}"


def end(asked_seconds: int, configuration: Mapping[str, str], namespace: str, now: datetime) -> datetime | None:
    """When an entry that is written now ends; None = never. `asked_seconds` 0 = as configured. Raises INVALID_ARGUMENT."""
    if asked_seconds and not LEAST_SECONDS <= asked_seconds <= MOST_SECONDS:
        raise Fault.invalid("ttl_seconds", _RULE)
    seconds = asked_seconds or _seconds(configuration.get(PREFIX + namespace, ""))
    return now + timedelta(seconds=seconds) if seconds else None


def violations(configuration: Mapping[str, str]) -> Iterator[Violation]:
    """What is wrong with the lifetimes of a configuration."""
    for key, value in sorted(configuration.items()):
        if key.startswith(PREFIX) and not _seconds(value):
            yield Violation(f"configuration[{printable(key)}]", _RULE)


def _seconds(text: str) -> int:
    """0 for what is no lifetime: also a configuration from before it was checked for them."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_SECONDS))):
        return 0
    return int(text) if LEAST_SECONDS <= int(text) <= MOST_SECONDS else 0
