"""Points in time, as they are written on a command line."""

import re
from datetime import datetime
from typing import Final

from cli.exits import ExitCode
from cli.problem import Problem

_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def moment_or_none(text: str | None) -> datetime | None:
    """As `moment`, for an option that may be absent."""
    return None if text is None else moment(text)


def moment(text: str) -> datetime:
    """A time with its zone, e.g. 2026-06-01T12:00:00Z. Raises Problem."""
    try:
        if _RFC_3339.fullmatch(text):
            return datetime.fromisoformat(text.upper())
    except ValueError:  # a thirteenth month, a zone a day away
        pass
    raise Problem(f"{text} is not a time", "write it with its zone, e.g. 2026-06-01T12:00:00Z", ExitCode.USAGE)
