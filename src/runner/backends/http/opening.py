"""`http.fetch` of one runner, as its settings want it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult
from kernel.errors import Fault, Reason
from runner.backends.http.addresses import Addresses
from runner.backends.http.credentials import Credentials
from runner.backends.http.outgoing import outgoing
from runner.backends.service import Service
from runner.caller import Caller
from runner.egress_settings import EgressSettings
from runner.ports import SecretValues


@asynccontextmanager
async def fetching(settings: EgressSettings, secrets: SecretValues) -> AsyncIterator[Service]:
    """The service of `http`; its connections close with the block. Raises INVALID_ARGUMENT that names the setting."""
    if not settings.egress_allowlist:
        yield ClosedHttp(settings.egress_request_bytes)
        return
    # Only here: the client takes 10 MB of memory, and most runners let nothing out.
    from runner.backends.http.fetch import HttpFetch
    from runner.backends.http.sessions import Sessions

    addresses = Addresses(settings.egress_networks)
    sessions = Sessions(settings, addresses)
    try:
        yield HttpFetch(settings, sessions, addresses, Credentials(secrets))
    finally:
        await sessions.close()


class ClosedHttp:
    """Lets nothing out: the operator names no destination."""

    def __init__(self, max_body: int) -> None:
        self._max_body = max_body

    async def answer(self, caller: Caller, call: HostCall) -> HostResult:
        """Raises EGRESS_INVALID and PAYLOAD_TOO_LARGE as an open one does, and EGRESS_DENIED for all else."""
        outgoing(call.http_fetch, self._max_body)
        raise Fault(Reason.EGRESS_DENIED, log=f"{caller.grant.install_id} asked, and this runner's list is empty")
