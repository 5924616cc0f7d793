"""One call on one lane, seen from the runner: send it, serve its host calls, end the executor when it outlives its deadline.

1. send the call
2. answer host calls and pass log lines on, within their numbers and the remaining time
3. take the outcome, and check it, since an executor may have been taken over by its guest
"""

import asyncio
import logging
from typing import Final

from gen.alga.runner.v1.executor_pb2 import GuestFailure, HostCall, HostResult, Invoke, LaneRequest, LaneResponse, Outcome
from kernel.errors import Fault, Reason
from runner.engine.failure import MAX_LOG_TEXT, GuestFailed, GuestReason
from runner.engine.response import check_response
from runner.executor.frames import FrameError, encode
from runner.executor.interfaces import interface_of
from runner.executor.meter import Meter
from runner.executor.ports import HostBackend
from runner.executor.process import Lane

_LATE: Final = 0.01  # seconds by which this process's own event loop may be late before that is taken into account
_GUEST_REASONS: Final = frozenset(int(reason) for reason in GuestReason)
_log = logging.getLogger(__name__)


class NotBegun(Fault):
    """EXECUTOR_LOST before the executor had the whole call: nothing of it has run, so it may be run again."""


class Conversation:
    """One call on one lane; `meter` counts what it uses."""

    def __init__(self, lane: Lane, backend: HostBackend, meter: Meter, *, ends: float, grace: float) -> None:
        self._lane = lane
        self._backend = backend
        self._meter = meter
        self._ends = ends
        self._grace = grace
        self._abandoned = False
        self.killed = False
        self._over = False

    def abandon(self) -> None:
        """The caller went away: whatever the guest asks from now on is answered with CANCELLED."""
        self._abandoned = True

    async def run(self, invoke: Invoke) -> Outcome:
        """Run the call to its end.

        The answer is checked; a guest that fails is an Outcome too. A guest that outlives its deadline costs its executor and
        is `killed`. Raises EXECUTOR_LOST, as NotBegun where nothing has run; the executor is dead then.
        """
        executor = self._lane.executor
        watch = asyncio.get_running_loop().call_at(self._ends + self._grace, self._time_over, True)
        try:
            # 1. send the call
            await self._begin(invoke)
            return await self._listen(invoke)
        except (FrameError, OSError, NotBegun) as error:
            if self.killed:
                return Outcome(failure=GuestFailure(reason="ERROR_REASON_GUEST_TIMED_OUT", log_text="killed after its deadline"))
            executor.kill()
            if isinstance(error, NotBegun):
                raise
            raise Fault(Reason.EXECUTOR_LOST, log=f"executor {executor.pid}: {error}") from error
        except BaseException:
            executor.kill()  # nobody would read the rest of this lane's frames
            raise
        finally:
            watch.cancel()
            self._over = True

    def _time_over(self, first: bool) -> None:
        """The end of what nobody hears of in time: an executor that does not keep its deadline is ended."""
        if self._over:
            return
        loop = asyncio.get_running_loop()
        if first and loop.time() >= self._ends + self._grace + _LATE:
            # It is this process that was late, and the answer may be there: neighbours should not die for that.
            loop.call_later(self._grace, self._time_over, False)
            return
        executor = self._lane.executor
        self.killed = True
        executor.kill()
        self._lane.end()
        _log.warning("a guest did not keep its deadline; its executor was killed", extra={"executor": executor.pid})

    async def _begin(self, invoke: Invoke) -> None:
        try:
            await self._lane.send(encode(LaneRequest(invoke=invoke)))
        except OSError as error:
            # What cannot be sent to its end is no frame on the other side, so the lane has not begun.
            executor = self._lane.executor
            executor.kill()
            raise NotBegun(Reason.EXECUTOR_LOST, log=f"executor {executor.pid} is gone: {error}") from error

    async def _listen(self, invoke: Invoke) -> Outcome:
        while True:
            frame = await self._lane.read(LaneResponse)
            match frame.WhichOneof("frame"):
                # 2. answer host calls and pass log lines on
                case "host_call":
                    await self._lane.send(await self._answer(frame.host_call))
                case "log":
                    frame.log.message = self._meter.line(frame.log.message)
                    frame.log.truncated |= self._meter.cut
                    self._backend.log(frame.log)
                # 3. take the outcome
                case "outcome":
                    return _checked(frame.outcome, invoke)
                case _:
                    raise FrameError("a frame without content")

    async def _answer(self, call: HostCall) -> bytes:
        may_be_served = self._meter.asked(call.ByteSize(), interface_of(call))
        asked = asyncio.get_running_loop().time()
        if self._abandoned:
            result = _refusal(Reason.CANCELLED)
        elif may_be_served:
            result = await self._serve(call)
        else:
            result = _refusal(Reason.QUOTA_EXCEEDED)
        answer = _frame(result)
        self._meter.answered(len(answer), asyncio.get_running_loop().time() - asked)
        return answer

    async def _serve(self, call: HostCall) -> HostResult:
        self._lane.wait()
        try:
            async with asyncio.timeout_at(self._ends):
                return await self._backend.call(call)
        except TimeoutError:
            return _refusal(Reason.DEADLINE_EXCEEDED)
        except Fault as fault:
            return _refusal(fault.reason)
        except Exception:  # noqa: BLE001 - a boundary: the guest is told "internal", the log the rest
            _log.exception("a host call failed", extra={"function": call.WhichOneof("function")})
            return _refusal(Reason.INTERNAL)
        finally:
            self._lane.waiting = False


def _checked(outcome: Outcome, invoke: Invoke) -> Outcome:
    match outcome.WhichOneof("result"):
        case "response":
            answer = outcome.response
            body = answer.body if answer.HasField("body") else None
            try:
                check_response(answer.status, [(header.name, header.value) for header in answer.headers])
            except GuestFailed as error:
                raise FrameError(f"an executor let an answer pass: {error.log}") from error
            if body is not None and len(body) > invoke.response_bytes:
                raise FrameError("an executor let a large answer pass")
        case "failure":
            if int(outcome.failure.reason) not in _GUEST_REASONS:
                raise FrameError(f"reason {outcome.failure.reason} is not an executor's to give")
            outcome.failure.log_text = outcome.failure.log_text[:MAX_LOG_TEXT]
        case _:
            raise FrameError("an outcome without content")
    return outcome


def _frame(result: HostResult) -> bytes:
    try:
        return encode(LaneRequest(host_result=result))
    except FrameError:
        _log.warning("a host call's answer does not fit a frame")
        return encode(LaneRequest(host_result=_refusal(Reason.INTERNAL)))


def _refusal(reason: Reason) -> HostResult:
    return HostResult(error=f"ERROR_REASON_{reason.name}")
