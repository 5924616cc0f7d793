"""Schedules of an install."""

from typing import Any, Final

from gateway.openapi.calls import REFERENCE
from gateway.openapi.installs import INSTALL
from gateway.openapi.parts import BODY, OWNED, Json, answer, body, closed, in_path, nullable, operation, ref, string
from kernel.errors import Reason

SCHEDULE: Final = "00000000000000000000000000000002"  # an example that a test replaces by a real one
_SCHEDULE: Final = in_path("schedule", "The schedule's id.", SCHEDULE, pattern=REFERENCE)
_FIELDS: Final[Json] = {
    "endpoint": string("`/path`, or `METHOD /path` where a path has several.", format="endpoint"),
    "cron": string(
        "Minute, hour, day of the month, month, day of the week; at least five minutes apart.", format="cron", maxLength=128
    ),
    "timezone": string("A name of the IANA database.", format="time-zone", maxLength=64),
    "name": nullable(string("Unique in its install; null removes it.", maxLength=128, pattern=r"^[^\x00-\x1f\x7f]*$")),
    "enabled": {"type": "boolean", "description": "Whether it fires."},
    "payload": {
        "type": ["object", "array", "null"],
        "description": "What a POST carries, at most 100,000 characters; null removes it.",
    },
}
_EXAMPLE: Final[Json] = {"endpoint": "POST /run", "cron": "0 9 * * 1-5", "timezone": "Europe/Berlin", "payload": {"to": "all"}}
_CHANGES: Final = (*OWNED, *BODY, Reason.ALREADY_EXISTS, Reason.QUOTA_EXCEEDED)
_LINKS: Final[Json] = {
    name: {
        "operationId": name,
        "parameters": {"install": "$request.path.install", "schedule": "$response.body#/id"},
        "description": "The schedule that was made.",
    }
    for name in ("schedules_get", "schedules_change", "schedules_run", "schedules_history", "schedules_remove")
}


def _of(summary: str, answers: Json, reasons: tuple[Reason, ...], *parameters: Json, **more: Any) -> Json:
    return operation(summary, "schedules", answers, reasons, parameters=[INSTALL, *parameters], **more)


def _with(status: str, text: str, schema: str, **more: Any) -> Json:
    return {status: answer(text, ref(schema), fields=("Cache-Control",), **more)}


SCHEDULES: Final[dict[str, Json]] = {
    "schedules.list": _of("All schedules of an install", _with("200", "All of them.", "Schedules"), OWNED),
    "schedules.create": _of(
        "Make a schedule",
        _with("201", "It fires from now on.", "Schedule", links=_LINKS),
        _CHANGES,
        requestBody=body(closed(_FIELDS, "timezone", "name", "enabled", "payload"), _EXAMPLE, "The rules: `docs/schedules.md`."),
    ),
    "schedules.get": _of("One schedule", _with("200", "It is there.", "Schedule"), OWNED, _SCHEDULE),
    "schedules.change": _of(
        "Change what the body names of a schedule",
        _with("200", "It is changed.", "Schedule"),
        _CHANGES,
        _SCHEDULE,
        requestBody=body(closed(_FIELDS, *_FIELDS), {"enabled": True}, "What is absent stays."),
    ),
    "schedules.remove": _of(
        "Remove a schedule", {"204": answer("It is gone.", fields=("Cache-Control",))}, (*OWNED, Reason.QUOTA_EXCEEDED), _SCHEDULE
    ),
    "schedules.run": _of(
        "Let a schedule fire now",
        _with("202", "It will.", "Occurrence"),
        (*OWNED, Reason.QUOTA_EXCEEDED, Reason.SCHEDULE_NOT_RUNNABLE),
        _SCHEDULE,
    ),
    "schedules.history": _of("When it fired, the latest 100", _with("200", "All that is kept.", "Occurrences"), OWNED, _SCHEDULE),
}
