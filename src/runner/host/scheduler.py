"""`scheduler`: the schedules of the guest's install, answered by the runner's backend."""

from collections.abc import Sequence
from typing import Any, Final

from runner.engine.values import Enum, Err, Some
from runner.host.base import Interface
from runner.host.described import Failure, described, error_cases

_DENIED: Final = Err(Enum("denied"))
_TEXT: Final = "Permission denied: cap:scheduler.manage is not granted"
_REFUSING: Final = frozenset(
    {
        "CAPABILITY_DENIED",
        "PERMISSION_DENIED",
        "UNAUTHENTICATED",
        "GRANT_INVALID",
        "GRANT_EXPIRED",
        "GRANT_STALE",
        "EXTENSION_DISABLED",
        "EXTENSION_NOT_AVAILABLE",
        "EXTENSION_REVOKED",
        "VERSION_REVOKED",
    }
)
_CASES: Final = error_cases(
    {
        **dict.fromkeys(_REFUSING, "denied"),
        "NOT_FOUND": "not-found",
        "INVALID_ARGUMENT": "validation-failed",
        "QUOTA_EXCEEDED": "quota-exceeded",
    }
)


def _failed(fields: Sequence[str], text: str) -> dict[str, Any]:
    """The answer that tells of a failure, with these fields."""
    told = {"success": False, "error": Some(text)}
    return {name: told.get(name) for name in fields}


def _told(fields: Sequence[str]) -> Failure:
    """For functions that tell of a failure in their answer; what the registry said of a request is in the answer already."""

    def failure(reason: str) -> dict[str, Any]:
        if reason in _REFUSING:
            return _failed(fields, "Permission denied")
        return _failed(fields, "Quota exceeded" if reason == "QUOTA_EXCEEDED" else "Internal error")

    return failure


_CREATE: Final = ("success", "schedule-id", "error", "field-errors")
_UPDATE: Final = ("success", "error", "field-errors")
_DELETE: Final = ("success", "error")

INTERFACE = Interface(
    "scheduler",
    "cap:scheduler.manage",
    (
        described("scheduler", "list-schedules", _DENIED, _CASES),
        described("scheduler", "get-schedule", _DENIED, _CASES),
        described("scheduler", "create-schedule", _failed(_CREATE, _TEXT), _told(_CREATE)),
        described("scheduler", "update-schedule", _failed(_UPDATE, _TEXT), _told(_UPDATE)),
        described("scheduler", "delete-schedule", _failed(_DELETE, _TEXT), _told(_DELETE)),
        described("scheduler", "get-endpoints", _DENIED, _CASES),
    ),
)
