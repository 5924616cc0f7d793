"""An executor: `python -m runner.executor <components kept> <socket>...`, started by a runner, with one socket for each lane.

It says `ready` on standard output when its engine works, and ends when its standard input closes: then its runner is gone.
"""

import os
import signal
import socket
import sys
import threading
import traceback

from runner.engine.invoke import Runtime
from runner.engine.layout import self_test
from runner.executor.handlers import Handlers
from runner.executor.lane import Lane
from runner.host import host_functions


def main(arguments: list[str]) -> None:
    """Serve the lanes until the runner is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the runner decides when this ends
    components, *descriptors = map(int, arguments)
    runtime = Runtime(host_functions())
    self_test()
    handlers = Handlers(runtime, components)
    for descriptor in descriptors:
        lane = Lane(socket.socket(fileno=descriptor), runtime, handlers)
        threading.Thread(target=_serve, args=(lane,), name=f"lane-{descriptor}", daemon=True).start()
    os.write(1, b"ready\n")
    while os.read(0, 1):
        pass
    os._exit(0)  # guests may be running; nothing of theirs is to be waited for


def _serve(lane: Lane) -> None:
    try:
        lane.run()
    except Exception:  # noqa: BLE001 - the top of the thread
        traceback.print_exc()
        os._exit(1)  # in a state that no other call should meet; the runner starts another executor
    os._exit(0)  # the runner is gone


if __name__ == "__main__":
    main(sys.argv[1:])
