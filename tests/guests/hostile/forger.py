"""An executor that its guest has taken over: it speaks the frames of `runner.executor`, and lies when a call's url says how.

It takes the arguments that a runner starts executors with. `/` is answered rightly.
"""

import os
import socket
import sys
import threading
import time

from gen.alga.runner.v1.execute_service_pb2 import ExecuteResponse, Header, Usage
from gen.alga.runner.v1.executor_pb2 import GuestFailure, HostCall, LaneRequest, LaneResponse, LogLine, Outcome, StorageGet
from runner.engine.lines import DEFAULT_LINES
from runner.executor.frames import LENGTH, MAX_FRAME, encode, receive
from runner.sandbox.isolation import Isolation

ISOLATED = Isolation(landlock=1, namespaces=True, seccomp=True)  # another lie
GOOD = encode(LaneResponse(outcome=Outcome(response=ExecuteResponse(status=200, body=b"right"))))


def _answer(**fields: object) -> bytes:
    return encode(LaneResponse(outcome=Outcome(response=ExecuteResponse(**fields))))


def _log(text: str) -> bytes:
    return encode(LaneResponse(log=LogLine(level="info", message=text)))


# What a runner need not end an executor for: it goes by what it counts itself.
BOASTS = {
    "usage": _answer(
        status=200,
        usage=Usage(handler_us=2**63, queued_us=7, host_calls=7, host_bytes=7, host_wait_us=7, log_lines=7, log_bytes=7),
    ),
    "long-line": _log("x" * (1 << 20)) + GOOD,
}
LIES = {
    "garbage": b"\xff" * 64,
    "too-long": LENGTH.pack(MAX_FRAME + 1),
    "no-protobuf": LENGTH.pack(3) + b"\xff\xff\xff",
    "empty": LENGTH.pack(0),
    "no-outcome": encode(LaneResponse(outcome=Outcome())),
    "reason-of-others": encode(LaneResponse(outcome=Outcome(failure=GuestFailure(reason="ERROR_REASON_GRANT_INVALID")))),
    "unknown-reason": encode(LaneResponse(outcome=Outcome(failure=GuestFailure(reason=9_999)))),
    "status-0": _answer(status=0),
    "status-65535": _answer(status=65_535),
    "split-header": _answer(status=200, headers=[Header(name="a", value="b\r\nset-cookie: c=1")]),
    "many-headers": _answer(status=200, headers=[Header(name="a", value="b")] * 10_000),
    "large-body": _answer(status=200, body=bytes(3 << 20)),
    "log-flood": _log("x") * 20_000 + GOOD,
    "a-line-after-the-last": _log("x") * (DEFAULT_LINES + 2) + GOOD,
    "host-call-flood": encode(LaneResponse(host_call=HostCall(storage_get=StorageGet(namespace="n", key="k")))) * 20_000 + GOOD,
}


def main(arguments: list[str]) -> None:
    for descriptor in arguments[3:]:
        lane = socket.socket(fileno=int(descriptor))
        threading.Thread(target=_serve, args=(lane,), daemon=True).start()
    os.write(1, f"ready {ISOLATED.dump()}\n".encode())
    while os.read(0, 1):
        pass
    os._exit(0)


def _serve(lane: socket.socket) -> None:
    while (request := receive(lane, LaneRequest)) is not None:
        if not request.HasField("invoke"):
            continue
        match request.invoke.http.url.strip("/"):
            case "silence":
                time.sleep(60)
            case "half-a-frame":
                lane.sendall(LENGTH.pack(100) + b"half")
            case "hang-up":
                lane.shutdown(socket.SHUT_RDWR)
                return
            case "pid":
                lane.sendall(_answer(status=200, body=str(os.getpid()).encode()))
            case "deaf":
                lane.sendall(GOOD)
                lane.shutdown(socket.SHUT_RDWR)
                return
            case "die":
                os._exit(3)
            case lie:
                # The runner answers host calls; whoever does not read them would only stop itself.
                threading.Thread(target=_drain, args=(lane,), daemon=True).start() if lie == "host-call-flood" else None
                try:
                    lane.sendall((LIES | BOASTS).get(lie, GOOD))
                except OSError:
                    os._exit(0)


def _drain(lane: socket.socket) -> None:
    while lane.recv(65_536):
        pass


if __name__ == "__main__":
    main(sys.argv[1:])
