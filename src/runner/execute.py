"""The use-case "run a handler once".

1. verify the grant
2. refuse revoked bundles, and grants from before their install changed
3. check the request
4. get the verified bundle
5. get its compiled component
6. settle the time: getting things may have taken long
7. run it in an executor
8. answer, or say why there is no answer
"""

import asyncio
import logging
import time
from pathlib import Path
from typing import Final

from kernel import telemetry
from kernel.admission import Admission
from kernel.errors import NOTHING_RAN, Fault, Reason
from kernel.grants import ExecutionGrant
from runner import convert
from runner.bundles.granted import granted
from runner.caller import Caller
from runner.engine.call import PACKED_BODY_BYTES
from runner.journal.entry import Entry
from runner.journal.journal import Journal
from runner.policy import Ceiling, time_left
from runner.ports import Artifacts, Backends, Bundles, Executors, Standing
from runner.request import check_request, granted_headers
from runner.values import Answer, Budget, Call, Failure, HttpRequest

_log: Final = logging.getLogger(__name__)


class Execute:
    """Runs handlers. Believes nothing but the registry's signature over the grant."""

    def __init__(
        self,
        admission: Admission,
        standing: Standing,
        bundles: Bundles,
        artifacts: Artifacts,
        executors: Executors,
        backends: Backends,
        ceiling: Ceiling,
        journal: Journal,
    ) -> None:
        self._admission = admission
        self._standing = standing
        self._bundles = bundles
        self._artifacts = artifacts
        self._executors = executors
        self._backends = backends
        self._ceiling = ceiling
        self._journal = journal

    async def run(self, call: Call) -> Answer:
        """Run one call. Raises what the rpc `Execute` names; where nothing ran, the fault says so."""
        now = asyncio.get_running_loop().time()
        caller_ends = None if call.remaining is None else now + call.remaining
        try:
            # 1. verify the grant
            grant = self._admission.execution(call.grant)
            # 2. refuse revoked bundles, and grants from before their install changed
            self._standing.check_grant(grant)
            # 3. check the request
            budget = self._ceiling.budget(grant.limits, grant.tenant_limits, call.timeout_ms)
            check_request(call.http, budget.request_bytes)
        except Fault as fault:
            raise fault.before_anything_ran() from fault.__cause__
        entry = self._journal.begin(grant, call)
        try:
            answer = await self._admitted(call, grant, entry, budget, caller_ends)
        except BaseException as error:
            entry.failed(error)
            if isinstance(error, Fault):
                _judge(error, entry)
            raise
        entry.answered(answer.status)
        return answer

    async def _admitted(self, call: Call, grant: ExecutionGrant, entry: Entry, budget: Budget, caller_ends: float | None) -> Answer:
        # 4. get the verified bundle
        async with granted(self._bundles, grant.content_hash) as bundle:
            if bundle.wasm is None:
                raise Fault(Reason.ENDPOINT_NOT_FOUND, log="the bundle has no server side")
            # 5. get its compiled component
            async with self._artifacts.use(grant.content_hash, bundle.wasm) as artifact:
                return await self._run(call, grant, entry, budget, artifact, caller_ends)

    async def _run(
        self, call: Call, grant: ExecutionGrant, entry: Entry, budget: Budget, artifact: Path, caller_ends: float | None
    ) -> Answer:
        # 6. settle the time: getting things may have taken long
        self._standing.check_grant(grant)
        now = asyncio.get_running_loop().time()
        left = time_left(self._admission.remaining(grant), caller_ends, now)
        deadline = now + left
        # 7. run it in an executor
        http = HttpRequest(call.http.method, call.http.url, granted_headers(call.http.headers, grant), call.http.body)
        invoke = convert.invoke_to_proto(grant, call, http, budget, artifact)
        caller = Caller(grant, call.grant, call.request_id, call.user, deadline)
        entry.spent = caller.spent
        started = time.monotonic()
        outcome = await self._executors.run(invoke, self._backends.of(caller, entry), deadline)
        # 8. answer, or say why there is no answer
        ended = convert.outcome_from_proto(outcome, len(http.body or b""), caller.spent)
        entry.usage = ended.usage
        return _answer(ended, grant, budget, left, round((time.monotonic() - started) * 1e3, 1))


def _judge(fault: Fault, entry: Entry) -> None:
    """Let a fault say whether anything ran. What others said of their own calls does not count."""
    # A body that is too large for a component is refused before its handler is called.
    if not entry.begun or fault.reason is Reason.PAYLOAD_TOO_LARGE:
        fault.before_anything_ran()
    else:
        fault.facts.pop(NOTHING_RAN, None)


def _answer(outcome: Answer | Failure, grant: ExecutionGrant, budget: Budget, left: float, elapsed_ms: float) -> Answer:
    usage = outcome.usage
    who = {
        "tenant": grant.tenant_id,
        "extension": grant.extension_id,
        "install": grant.install_id,
        "ms": elapsed_ms,
        "host_calls": usage.host_calls,
        "host_bytes": usage.host_bytes,
        "host_wait_ms": round(usage.host_wait_us / 1000, 1),
        "log_lines": usage.log_lines,
    }
    if isinstance(outcome, Answer):
        telemetry.info_later(_log, "executed", {**who, "status": outcome.status})
        return outcome
    _log.info("guest failed", extra={**who, "reason": outcome.reason.name, "why": outcome.log})
    limits = {
        Reason.PAYLOAD_TOO_LARGE: {"limit_bytes": PACKED_BODY_BYTES},  # of a component that could not be wrapped
        Reason.GUEST_TIMED_OUT: {"limit_ms": max(1, min(budget.timeout_ms, int(left * 1000)))},
        Reason.GUEST_MEMORY_EXCEEDED: {"limit_bytes": budget.memory_bytes},
        Reason.GUEST_RESPONSE_TOO_LARGE: {"limit_bytes": budget.response_bytes},
    }
    raise Fault(outcome.reason, log=outcome.log, facts={"elapsed_ms": str(elapsed_ms), **limits.get(outcome.reason, {})})
