"""An executor: `python -m runner.executor <components kept> <bytes of a memory> <folder> <socket>...`, one socket for each lane.

A runner starts it. It shuts itself in, so that of all files it can read those below the folder alone. It says `ready` and what
isolates it on standard output when its engine works, and ends when its standard input closes: then its runner is gone.
"""

import errno
import os
import resource
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path
from typing import Final

from runner.engine.invoke import Runtime
from runner.engine.layout import self_test
from runner.engine.memory import open_map
from runner.engine.slots import Slots
from runner.executor.handlers import Handlers
from runner.executor.lane import Lane
from runner.host import host_functions
from runner.sandbox.enter import enter
from runner.sandbox.isolation import Isolation

_OWN_BYTES: Final = 1024**3  # of writable memory beside the guests': interpreter, frames, bodies as the engine's values
_OWN_FILES: Final = 64  # descriptors beside lanes and artifacts; of an artifact two are open at most


def main(arguments: list[str]) -> None:
    """Serve the lanes until the runner is gone."""
    isolation = start(arguments)
    os.write(1, f"ready {isolation.dump()}\n".encode())
    while os.read(0, 1):
        pass
    os._exit(0)  # guests may be running; nothing of theirs is to be waited for


def start(arguments: list[str]) -> Isolation:
    """Shut this process in and start its lanes. Raises OSError, and AssertionError when the engine does not fit this code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the runner decides when this ends
    components, memory, descriptors = int(arguments[0]), int(arguments[1]), [int(number) for number in arguments[3:]]
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        raise OSError(errno.ENOMEM, "an executor reserves much more address space than it uses: it needs `ulimit -v unlimited`")
    slots = Slots(lanes=len(descriptors), memory_bytes=memory)
    self_test()  # first of all, since it makes the interpreter load what it loads late
    sandbox = enter(
        keep=(*descriptors, open_map()),
        readable=Path(arguments[2]),
        files=_OWN_FILES + len(descriptors) + 2 * components,
        data_bytes=_OWN_BYTES + slots.data_bytes,
    )
    runtime = Runtime(host_functions(), slots)
    handlers = Handlers(runtime, components)
    for descriptor in descriptors:
        lane = Lane(socket.socket(fileno=descriptor), runtime, handlers)
        threading.Thread(target=_serve, args=(lane,), name=f"lane-{descriptor}", daemon=True).start()
    return sandbox.seal()


def _serve(lane: Lane) -> None:
    try:
        lane.run()
    except Exception:  # noqa: BLE001 - the top of the thread
        traceback.print_exc()
        os._exit(1)  # in a state that no other call should meet; the runner starts another executor
    os._exit(0)  # the runner is gone


if __name__ == "__main__":
    main(sys.argv[1:])
