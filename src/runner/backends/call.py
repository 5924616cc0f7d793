"""The host side of one call: bound to its grant, so that what an executor says about identity has no place to go."""

import logging
from typing import Final

from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult, LogLine
from kernel.capabilities import for_interface
from kernel.errors import Fault, Reason
from runner.backends.service import Services
from runner.caller import Caller
from runner.executor.interfaces import interface_of
from runner.journal.entry import Entry, reason_of
from runner.journal.event import Stream
from runner.ports import Standing

LOGGING: Final = "cap:log.emit"
_LEVELS: Final = {"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
_PRINTED: Final = {"stdout": "info", "stderr": "error"}  # as the reference system has it
_log = logging.getLogger(__name__)


class CallBackend:
    """Answers the host calls of one call, and passes its log lines on to its entry in the journal and to the log."""

    def __init__(self, caller: Caller, standing: Standing, services: Services, entry: Entry) -> None:
        self._caller = caller
        self._grant = caller.grant
        self._standing = standing
        self._services = services
        self._entry = entry

    def begin(self) -> None:
        """The call's turn has come. Raises VERSION_REVOKED, GRANT_STALE, UNAVAILABLE: it may have waited for seconds."""
        self._standing.check_grant(self._grant)
        self._entry.begun = True

    async def call(self, call: HostCall) -> HostResult:
        """Answer one host call.

        Raises Fault: whatever the function, VERSION_REVOKED, GRANT_STALE and UNAVAILABLE when the grant does not hold any more;
        CAPABILITY_DENIED; and what the function's service raises. Capabilities are checked here again: the executor checks them
        too, but it may have been taken over by its guest.
        """
        interface = interface_of(call)
        try:
            return await self._answer(interface, call)
        except BaseException as error:
            self._entry.host_failed(interface, reason_of(error))
            raise

    async def _answer(self, interface: str, call: HostCall) -> HostResult:
        _ = self._caller.seconds  # nothing is begun after the deadline
        self._standing.check_grant(self._grant)
        service = self._services.get(interface)
        if service is None:
            raise Fault(Reason.INVALID_ARGUMENT, log="a host call names no function this runner knows")
        self._must_have(for_interface(interface))
        return await service.answer(self._caller, call)

    def log(self, line: LogLine) -> None:
        """Take one line, if the grant still lets the guest log."""
        printed = _PRINTED.get(line.level)
        if printed is None and (line.level not in _LEVELS or not self._may_log()):
            return
        stream = Stream(line.level) if printed else Stream.LOG
        self._entry.line(printed or line.level, stream, line.message, truncated=line.truncated)
        extra = {
            "tenant": self._grant.tenant_id,
            "extension": self._grant.extension_id,
            "install": self._grant.install_id,
            "version": self._grant.version_id,
            "stream": line.level,
            "text": line.message,
            **({"truncated": True} if line.truncated else {}),
        }
        _log.log(_LEVELS.get(line.level, logging.INFO), "guest", extra=extra)

    def _may_log(self) -> bool:
        try:
            self._standing.check_grant(self._grant)
        except Fault:
            return False
        return LOGGING in self._grant.capabilities

    def _must_have(self, capability: str) -> None:
        if capability not in self._grant.capabilities:
            raise Fault(Reason.CAPABILITY_DENIED, log=f"the grant does not include {capability}")


class CallBackends:
    """Makes the backend of each call."""

    def __init__(self, standing: Standing, services: Services) -> None:
        self._standing = standing
        self._services = services

    def of(self, caller: Caller, entry: Entry) -> CallBackend:
        """The host side of one call."""
        return CallBackend(caller, self._standing, self._services, entry)
