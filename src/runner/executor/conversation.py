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
from runner.executor.frames import FrameError, enclosed
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
    """One call on one lane, whose answer has at most so many bytes; `meter` counts what it uses."""

    def __init__(self, lane: Lane, backend: HostBackend, meter: Meter, *, ends: float, grace: float, response_bytes: int) -> None:
        self._lane = lane
        self._backend = backend
        self._meter = meter
        self._ends = ends
        self._grace = grace
        self._response_bytes = response_bytes
        self._watch: asyncio.TimerHandle | None = None
        self._unsent: list[memoryview] = []
        self._unheard: LaneResponse | None = None  # that came first and was not the outcome
        self._abandoned = False
        self.most_bytes = 0  # of the call's frame and of the one that ended it
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
        self.send(invoke.SerializeToString())
        outcome = await self.first()
        return await self.rest() if outcome is None else outcome

    def send(self, *invoke: bytes) -> None:
        """Send as much of the call, encoded in one or more pieces, as goes out at once; its time runs now. Raises NotBegun."""
        # 1. send the call
        try:
            self._unsent = self._lane.send_now(enclosed(LaneRequest.INVOKE_FIELD_NUMBER, *invoke))
        except OSError as error:
            raise self._not_begun(error) from error
        self.most_bytes = sum(map(len, invoke))
        self._watch = asyncio.get_running_loop().call_at(self._ends + self._grace, self._time_over, True)

    async def first(self) -> Outcome | None:
        """Wait for what comes first when a call was sent; None when `rest` has to be awaited. Raises as `run` does.

        When it is cancelled the call goes on, and `rest` has to be awaited as well. So the usual call, which asks its host for
        nothing, needs no task of its own.
        """
        if self._unsent:
            return None
        try:
            frame = await self._lane.read(LaneResponse)
            if frame.WhichOneof("frame") != "outcome":
                self._unheard = frame
                return None
            outcome = self._checked(frame.outcome)
        except asyncio.CancelledError:
            raise
        except (FrameError, OSError) as error:
            return self._lost(error)
        except BaseException:
            self._lane.executor.kill()
            self._end()
            raise
        self._end()
        return outcome

    async def rest(self) -> Outcome:
        """What `first` left. Raises as `run` does, and ends the executor when it is cancelled."""
        try:
            if self._unsent:
                await self._send_unsent()
            return await self._listen()
        except (FrameError, OSError, NotBegun) as error:
            return self._lost(error)
        except BaseException:
            self._lane.executor.kill()  # nobody would read the rest of this lane's frames
            raise
        finally:
            self._end()

    def _lost(self, error: FrameError | OSError | NotBegun) -> Outcome:
        self._end()
        if self.killed:
            return Outcome(failure=GuestFailure(reason="ERROR_REASON_GUEST_TIMED_OUT", log_text="killed after its deadline"))
        executor = self._lane.executor
        executor.kill()
        if isinstance(error, NotBegun):
            raise error
        raise Fault(Reason.EXECUTOR_LOST, log=f"executor {executor.pid}: {error}") from error

    def _end(self) -> None:
        self._over = True
        self.most_bytes = max(self.most_bytes, self._lane.read_bytes)
        if self._watch is not None:
            self._watch.cancel()

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

    async def _send_unsent(self) -> None:
        try:
            await self._lane.send_rest(self._unsent)
            self._unsent = []
        except OSError as error:
            raise self._not_begun(error) from error

    def _not_begun(self, error: OSError) -> NotBegun:
        # What cannot be sent to its end is no frame on the other side, so the lane has not begun.
        executor = self._lane.executor
        executor.kill()
        return NotBegun(Reason.EXECUTOR_LOST, log=f"executor {executor.pid} is gone: {error}")

    async def _listen(self) -> Outcome:
        while True:
            frame, self._unheard = self._unheard or await self._lane.read(LaneResponse), None
            match frame.WhichOneof("frame"):
                # 2. answer host calls and pass log lines on
                case "host_call":
                    await self._lane.send_rest(self._lane.send_now(await self._answer(frame.host_call)))
                case "log":
                    frame.log.message = self._meter.line(frame.log.message)
                    frame.log.truncated |= self._meter.cut
                    self._backend.log(frame.log)
                # 3. take the outcome
                case "outcome":
                    return self._checked(frame.outcome)
                case _:
                    raise FrameError("a frame without content")

    def _checked(self, outcome: Outcome) -> Outcome:
        match outcome.WhichOneof("result"):
            case "response":
                answer = outcome.response
                try:
                    check_response(answer.status, [(header.name, header.value) for header in answer.headers])
                except GuestFailed as error:
                    raise FrameError(f"an executor let an answer pass: {error.log}") from error
                # To ask for a body is to copy it, and a small frame holds no large one.
                if self._lane.read_bytes > self._response_bytes and len(answer.body) > self._response_bytes:
                    raise FrameError("an executor let a large answer pass")
            case "failure":
                if int(outcome.failure.reason) not in _GUEST_REASONS:
                    raise FrameError(f"reason {outcome.failure.reason} is not an executor's to give")
                outcome.failure.log_text = outcome.failure.log_text[:MAX_LOG_TEXT]
            case _:
                raise FrameError("an outcome without content")
        return outcome

    async def _answer(self, call: HostCall) -> tuple[bytes, ...]:
        may_be_served = self._meter.asked(call.ByteSize(), interface_of(call))
        asked = asyncio.get_running_loop().time()
        if self._abandoned:
            result = _refusal(Reason.CANCELLED)
        elif may_be_served:
            result = await self._serve(call)
        else:
            result = _refusal(Reason.QUOTA_EXCEEDED)
        answer = _frame(result)
        self._meter.answered(sum(map(len, answer)), asyncio.get_running_loop().time() - asked)
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


def _frame(result: HostResult) -> tuple[bytes, ...]:
    try:
        return enclosed(LaneRequest.HOST_RESULT_FIELD_NUMBER, result.SerializeToString())
    except FrameError:
        _log.warning("a host call's answer does not fit a frame")
        return enclosed(LaneRequest.HOST_RESULT_FIELD_NUMBER, _refusal(Reason.INTERNAL).SerializeToString())


def _refusal(reason: Reason) -> HostResult:
    return HostResult(error=f"ERROR_REASON_{reason.name}")
