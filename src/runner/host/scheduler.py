"""`scheduler`: this host runs no schedules yet, so every function answers with its denial."""

from typing import Final

from runner.engine.values import Enum, Err, Some
from runner.host.base import Interface, denied

_DENIED: Final = Err(Enum("denied"))
_TEXT: Final = Some("Permission denied: cap:scheduler.manage is not available here")

INTERFACE = Interface(
    "scheduler",
    "cap:scheduler.manage",
    (
        denied("list-schedules", 0, _DENIED),
        denied("get-schedule", 1, _DENIED),
        denied("create-schedule", 1, {"success": False, "schedule-id": None, "error": _TEXT, "field-errors": None}),
        denied("update-schedule", 2, {"success": False, "error": _TEXT, "field-errors": None}),
        denied("delete-schedule", 1, {"success": False, "error": _TEXT}),
        denied("get-endpoints", 0, _DENIED),
    ),
)
