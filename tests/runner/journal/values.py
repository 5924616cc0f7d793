"""Events and executions for tests."""

from kernel.errors import Reason
from runner.journal.event import Ended, Event, Execution, Stream, Subject
from runner.values import Trigger, Usage


def event(message: str = "line", tenant: str = "a", level: str = "info", **subject: str) -> Event:
    told = {"extension_id": "e", "install_id": "i", "version_id": "v", "content_hash": "sha256:0", "request_id": "r"} | subject
    return Event(1.5, level, Stream.LOG, Subject(tenant, **told), message)


def execution(number: int = 0, size: int = 0, reason: Reason | None = None) -> Execution:
    ended = Ended(f"{number:032x}", 0 if reason else 200, reason, 7, Usage())
    return Execution(event().subject, Trigger.HTTP, "GET", "/run", 1.5, ended, size=size)


class Ear:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.executions: list[Execution] = []

    def heard(self, event: Event) -> None:
        self.events.append(event)

    def ended(self, execution: Execution) -> None:
        self.executions.append(execution)
