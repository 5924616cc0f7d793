"""Logs: one JSON object a line on standard error, each with the request id of the call that it belongs to."""

import asyncio
import json
import logging
import re
import secrets
import sys
import time
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, Final, TextIO

_FORM: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_ENCODER: Final = json.JSONEncoder(default=str, check_circular=False)  # `dumps` would make one for each line

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
        handlers = logging.root.handlers
        if len(handlers) == 1 and isinstance(handlers[0], _Lines) and not log.handlers:
            handlers[0].tell_later(log.name, message, extra)
        else:
            asyncio.get_running_loop().call_soon(partial(log.info, message, extra=extra))


class _JsonLines(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        fields = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return self.line(record.levelname.lower(), record.created, record.name, record.getMessage(), fields, request_id.get())

    def line(self, level: str, created: float, logger: str, message: str, fields: Mapping[str, Any], request: str) -> str:
        seconds, milliseconds = divmod(int(created * 1e3), 1_000)
        rest = {"request_id": request, **fields} if request else fields
        end = f", {_ENCODER.encode(rest)[1:]}" if rest else "}"
        return f'{{"ts": "{_second(seconds)}.{milliseconds:03}+00:00", {_head(level, self._process, logger, message)}{end}'


@lru_cache(1)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(64)
def _head(level: str, process: str, logger: str, message: str) -> str:
    """What lines from the same place have in common: their pairs without the braces."""
    return _ENCODER.encode({"level": level, "process": process, "logger": logger, "message": message})[1:-1]


class _Lines(logging.StreamHandler[TextIO]):
    """Writes to standard error, also what no record was made of."""

    def __init__(self, process: str) -> None:
        super().__init__(sys.stderr)
        self._lines = _JsonLines(process)
        self.setFormatter(self._lines)
        self._waiting: list[tuple[float, str, str, Mapping[str, Any], str]] = []

    def tell_later(self, logger: str, message: str, fields: Mapping[str, Any]) -> None:
        """Write a line of level info, with all others of this turn of the event loop at once.

        A record, and its way through the loggers, takes twice as long as the line itself.
        """
        self._waiting.append((time.time(), logger, message, fields, request_id.get()))
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        text = "".join(f"{self._lines.line('info', *line)}{self.terminator}" for line in waiting)
        self.acquire()
        try:
            self.stream.write(text)
            self.stream.flush()
        except OSError:
            self.handleError(logging.makeLogRecord({"msg": waiting[0][2]}))
        finally:
            self.release()


def configure(process: str, level: str) -> None:
    """Send the logs of this process to standard error. `level` is a name of the logging module's, in any case."""
    logging.basicConfig(level=level.upper(), handlers=[_Lines(process)], force=True)
