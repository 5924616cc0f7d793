"""Logs: one JSON object a line on standard error, each with the request id of the call that it belongs to."""

import asyncio
import json
import logging
import re
import secrets
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

_FORM: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_ENCODER: Final = json.JSONEncoder(default=str)  # `dumps` would make one for each line

request_id: ContextVar[str] = ContextVar("request_id", default="")


def new_request_id() -> str:
    """A fresh id: 32 hex digits."""
    return secrets.token_hex(16)


def accepted_request_id(text: str | None) -> str:
    """The caller's id when it has the documented form (1 to 128 of `[A-Za-z0-9._-]`), otherwise a fresh one."""
    return text if text and _FORM.fullmatch(text) else new_request_id()


def info_later(log: logging.Logger, message: str, extra: Mapping[str, Any]) -> None:
    """Log when the event loop has sent what the caller is about to answer: to write a line takes as long as the rest of a call."""
    if log.isEnabledFor(logging.INFO):
        asyncio.get_running_loop().call_soon(partial(log.info, message, extra=extra))


class _JsonLines(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
            **({"request_id": current} if (current := request_id.get()) else {}),
            **{key: value for key, value in vars(record).items() if key not in _STANDARD},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _ENCODER.encode(line)


def configure(process: str, level: str) -> None:
    """Send the logs of this process to standard error. `level` is a name of the logging module's, in any case."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines(process))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
