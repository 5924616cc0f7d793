"""`logging`: lines of the guest for the log of its call, capped in number and size."""

from runner.host.base import NO_RESULT, HostFunction, Interface, NoResult
from runner.host.current import CurrentCall


def _function(level: str) -> HostFunction:
    def run(call: CurrentCall, message: str) -> NoResult:
        call.log(level, message)
        return NO_RESULT

    return HostFunction(f"log-{level}", 1, run, NO_RESULT)


INTERFACE = Interface("logging", "cap:log.emit", tuple(_function(level) for level in ("info", "warn", "error")))
