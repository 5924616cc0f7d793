"""A runner and its child in one program, for one user: `python -m tests.runner.sandbox.inside CHILD UID FOLDER [PART...]`.

The runner has a secret in its memory and in its environment, listeners and files. CHILD is `executor` or `compiler`, which shut
themselves in by their own code, or `free`, which does not. PARTs are what the machine lacks. The child prints, as JSON, what
isolates it, its descriptors and what came of the probes; the runner then has it answer a call, and prints the status.
"""

import ctypes
import json
import os
import select
import socket
import sys
from pathlib import Path

from gen.alga.runner.v1.execute_service_pb2 import HttpRequest
from gen.alga.runner.v1.executor_pb2 import GuestContext, Invoke, LaneRequest, LaneResponse
from runner.compile import __main__ as compiler
from runner.engine.memory import open_map
from runner.executor import __main__ as executor
from runner.executor.frames import encode, receive
from runner.sandbox import kernel
from runner.sandbox.enter import Sandbox
from runner.sandbox.isolation import Isolation
from tests.runner.sandbox.lacking import lack
from tests.runner.sandbox.probes import SECRET, Around, descriptors, tried

_MIB = 1 << 20
_SET_DUMPABLE = 4


def main(child: str, uid: int, folder: Path, parts: list[str]) -> None:
    if os.getuid() != uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        kernel.prctl(_SET_DUMPABLE, 1)  # as if it had always had this user; tests ask what the sandbox refuses
    secret = ctypes.create_string_buffer(SECRET, len(SECRET))
    (folder / "file").write_bytes(b"content")
    (folder / "spare").write_bytes(b"")
    listeners = [socket.create_server(("127.0.0.1", 0))]
    around = Around(
        os.getpid(), ctypes.addressof(secret), folder, folder / "artifacts" / "hello.cwasm", listeners[0].getsockname()[1]
    )
    for address in (around.socket, around.abstract):
        listeners.append(socket.socket(socket.AF_UNIX))
        listeners[-1].bind(address)
        listeners[-1].listen()
    ours, theirs = socket.socketpair()
    leash, hold = os.pipe()
    if (pid := os.fork()) == 0:
        os.dup2(leash, 0)
        os.close(hold)
        ours.close()
        lack(parts)
        {"executor": _executor, "compiler": _compiler, "free": _free}[child](theirs.detach(), around)
        os._exit(0)
    theirs.close()
    if child == "executor":
        print(json.dumps({"status": _call(ours, around.artifact)}), flush=True)
        os.close(hold)  # its leash
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _say(isolation: Isolation | None, around: Around, **options: tuple[str, ...]) -> None:
    told = {"isolation": isolation.dump() if isolation else None, "descriptors": descriptors(), "tried": tried(around, **options)}
    os.write(1, json.dumps(told).encode() + b"\n")


def _free(_lane: int, around: Around) -> None:
    _say(None, around, without=("make a user namespace", "change its user", "execute"))


def _executor(lane: int, around: Around) -> None:
    """The executor's own start, then the probes, then what it does after its start."""
    started = executor.start

    def start(arguments: list[str]) -> Isolation:
        isolation = started(arguments)
        _say(isolation, around, without=_done_by(isolation))
        return isolation

    executor.start = start
    executor.main(["8", str(16 * _MIB), str(around.artifact.parent), str(lane)])


def _compiler(_lane: int, around: Around) -> None:
    sealed = Sandbox.seal

    def seal(sandbox: Sandbox) -> Isolation:
        isolation = sealed(sandbox)
        _say(isolation, around, without=_done_by(isolation))
        return isolation

    Sandbox.seal = seal
    open_map()  # a descriptor that nobody hands over
    os._exit(compiler.main(around.folder / "hello.wasm", around.folder / "compiled", 2 << 30, 60))


def _done_by(isolation: Isolation) -> tuple[str, ...]:
    # Without Landlock and seccomp this process would become the program.
    return () if isolation.landlock or isolation.seccomp else ("execute",)


def _call(lane: socket.socket, artifact: Path) -> int:
    invoke = Invoke(
        artifact=str(artifact),
        http=HttpRequest(method="GET", url="/"),
        context=GuestContext(request_id="r", tenant_id="t", extension_id="e"),
        timeout_ms=10_000,
        memory_bytes=16 * _MIB,
        response_bytes=_MIB,
    )
    lane.sendall(encode(LaneRequest(invoke=invoke)))
    if not select.select([lane], [], [], 60)[0]:
        return 0
    answer = receive(lane, LaneResponse)
    return answer.outcome.response.status if answer is not None else 0


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
