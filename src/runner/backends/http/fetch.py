"""The use-case "send a request for a guest".

1. read what the guest wrote
2. wait for one of its install's turns
3. ask the lists whether the request may go there, for each hop
4. add what the host adds: the install's credentials, on the first origin only
5. send it, to addresses that may be connected to
6. follow a redirect, if the guest asked for that
7. answer, and log host, status and bytes
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from gen.alga.runner.v1.execute_service_pb2 import Header
from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult, HttpFetched
from kernel import telemetry
from kernel.errors import Fault, Reason
from runner.backends.http.addresses import Addresses
from runner.backends.http.credentials import Credentials
from runner.backends.http.exchange import Received, exchange
from runner.backends.http.outgoing import Outgoing, outgoing
from runner.backends.http.redirects import next_hop
from runner.backends.http.rules import Rules
from runner.backends.http.sessions import Sessions
from runner.caller import Caller
from runner.egress_settings import EgressSettings

_log: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class _Trip:
    """What is known of one fetch for the log: never a path, a query or a header."""

    host: str = ""
    status: int = 0
    hops: int = 0


class HttpFetch:
    """Answers `http.fetch`."""

    def __init__(self, settings: EgressSettings, sessions: Sessions, addresses: Addresses, credentials: Credentials) -> None:
        self._settings = settings
        self._sessions = sessions
        self._addresses = addresses
        self._credentials = credentials

    async def answer(self, caller: Caller, call: HostCall) -> HostResult:
        """One fetch.

        Raises EGRESS_INVALID, PAYLOAD_TOO_LARGE, EGRESS_DENIED, EGRESS_FAILED, and what reading the install's credentials raises.
        """
        began, before = asyncio.get_running_loop().time(), caller.spent.egress_bytes
        trip, reason, why = _Trip(), "", ""
        try:
            async with asyncio.timeout(min(caller.seconds, self._settings.egress_max_ms / 1000)):
                received = await self._fetch(caller, call, trip)
        except TimeoutError:
            reason, why = Reason.EGRESS_FAILED.name, "its time is over"
            raise Fault(Reason.EGRESS_FAILED, log=why) from None
        except Fault as fault:
            reason, why = fault.reason.name, str(fault)
            raise
        except asyncio.CancelledError:
            reason, why = Reason.CANCELLED.name, "the call is over"
            raise
        finally:
            # 7. log host, status and bytes
            grant = caller.grant
            told = {
                "tenant": grant.tenant_id,
                "extension": grant.extension_id,
                "install": grant.install_id,
                "request_id": caller.request_id,
                "host": trip.host,
                "hops": trip.hops,
                "status": trip.status,
                "bytes": caller.spent.egress_bytes - before,
                "ms": round((asyncio.get_running_loop().time() - began) * 1000, 1),
            }
            if reason:
                _log.info("egress", extra=told | {"reason": reason, "why": why})
            else:
                telemetry.info_later(_log, "egress", told)
        # 7. answer
        return _result(received)

    async def _fetch(self, caller: Caller, call: HostCall, trip: _Trip) -> Received:
        # 1. read what the guest wrote
        request = outgoing(call.http_fetch, self._settings.egress_request_bytes)
        rules = Rules(self._settings.egress_allowlist, caller.grant)
        trip.host = request.target.origin.host
        rules.check(request.target)  # before it takes a turn
        # 2. wait for one of its install's turns
        async with self._sessions.turn((caller.grant.tenant_id, caller.grant.install_id)) as sessions:
            first, hop, at_home = request.target.origin, request, True
            while True:
                origin = hop.target.origin
                trip.host, trip.hops, trip.status = origin.host, trip.hops + 1, 0
                # 3. ask the lists
                rules.check(hop.target)
                self._check_literal(hop)
                # 4. add what the host adds; a server cannot send a request back home to have it signed there
                at_home = at_home and origin == first
                added = await self._credentials.added(caller, origin) if at_home else ()
                # 5. send it
                async with sessions.use(origin) as session:
                    received = await exchange(session, hop, added, self._settings.egress_response_bytes, caller.spent)
                trip.status = received.status
                # 6. follow a redirect
                following = next_hop(hop, received.status, received.header("location"))
                if following is None:
                    return received
                hop = following

    def _check_literal(self, hop: Outgoing) -> None:
        """An address in the place of a name is refused before anything else happens; its socket would be too."""
        host = hop.target.origin.host
        if (host.startswith("[") or host.rpartition(".")[2].isdigit()) and not self._addresses.allow(host.strip("[]")):
            raise Fault(Reason.EGRESS_DENIED, log="the address is forbidden")


def _result(received: Received) -> HostResult:
    headers = [Header(name=name, value=value) for name, value in received.headers]
    return HostResult(http_fetched=HttpFetched(status=received.status, headers=headers, body=received.body or None))
