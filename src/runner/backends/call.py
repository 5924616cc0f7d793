"""The host side of one call: bound to its grant, so that what an executor says about identity has no place to go."""

import asyncio
import logging
from typing import Final

from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult, LogLine
from kernel.errors import Fault, Reason
from kernel.grants import ExecutionGrant
from kernel.signing import Signed
from runner.backends.storage import RegistryStorage
from runner.ports import Standing

STORAGE: Final = "cap:storage.kv"
LOGGING: Final = "cap:log.emit"
_LEVELS: Final = {"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
_GUEST: Final = ("info", "warn", "error", "stdout", "stderr")
_log = logging.getLogger(__name__)


class CallBackend:
    """Answers the host calls of one call and writes its log lines. `deadline` is a time of the event loop."""

    def __init__(
        self, grant: ExecutionGrant, signed: Signed, deadline: float, standing: Standing, storage: RegistryStorage
    ) -> None:
        self._grant = grant
        self._signed = signed
        self._deadline = deadline
        self._standing = standing
        self._storage = storage

    def begin(self) -> None:
        """The call's turn has come. Raises VERSION_REVOKED, GRANT_STALE, UNAVAILABLE: it may have waited for seconds."""
        self._standing.check_grant(self._grant)

    async def call(self, call: HostCall) -> HostResult:
        """Answer one host call.

        Raises Fault: whatever the function, VERSION_REVOKED, GRANT_STALE and UNAVAILABLE when the grant does not hold any more;
        CAPABILITY_DENIED; and what the function's backend raises. Capabilities are checked here again: the executor checks them
        too, but it may have been taken over by its guest.
        """
        seconds = self._deadline - asyncio.get_running_loop().time()
        if seconds <= 0:
            raise Fault(Reason.DEADLINE_EXCEEDED)
        self._standing.check_grant(self._grant)
        function = call.WhichOneof("function")
        if function is None:
            raise Fault(Reason.INVALID_ARGUMENT, log="a host call names no function this runner knows")
        self._must_have(STORAGE)  # every function so far is one of storage
        match function:
            case "storage_get":
                return await self._storage.get(self._signed, call.storage_get, seconds)
            case "storage_put":
                return await self._storage.put(self._signed, call.storage_put, seconds)
            case "storage_delete":
                return await self._storage.delete(self._signed, call.storage_delete, seconds)
            case _:
                return await self._storage.list(self._signed, call.storage_list, seconds)

    def log(self, line: LogLine) -> None:
        """Write one line, if the grant still lets the guest log."""
        if line.level not in _GUEST or (line.level in _LEVELS and not self._may_log()):
            return
        extra = {
            "tenant": self._grant.tenant_id,
            "extension": self._grant.extension_id,
            "install": self._grant.install_id,
            "stream": line.level,
            "text": line.message,
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

    def __init__(self, standing: Standing, storage: RegistryStorage) -> None:
        self._standing = standing
        self._storage = storage

    def of(self, grant: ExecutionGrant, signed: Signed, deadline: float) -> CallBackend:
        """The host side of one call."""
        return CallBackend(grant, signed, deadline, self._standing, self._storage)
