"""The compile child: `python -m runner.compile <component> <artifact> <bytes of memory> <seconds of processor>`.

Compiling is the largest attack surface that untrusted bytes reach, so it happens in a process of its own that limits itself
before it loads the compiler, and shuts itself in before it reads the component: no file is within its reach then but the two that
it has open. It holds no key: what it writes counts only after the runner has authenticated it. It ends when its standard input
closes: then its runner is gone, and the next one must not find what it would still write.

Exit codes: 0 written (and a line on standard error when the component could not be wrapped), 1 the component does not compile (the
reason is on standard error), anything else: it broke down.
"""

import os
import resource
import select
import sys
import threading
from pathlib import Path
from typing import Final

from runner.engine.lane.text import EXPORT
from runner.sandbox.enter import enter

MAX_ARTIFACT: Final = 1024 * 1024 * 1024  # bytes written
ABANDONED: Final = 3  # exit code
_FILES: Final = 64  # descriptors
# A component with one function: compiling it starts the compiler's threads, so that none need be allowed afterwards.
_SMALLEST: Final = bytes.fromhex("0061736d0d000100 0118 0061736d01000000 0104016000 00 03020100 0a040102000b")


def main(source: Path, target: Path, memory: int, seconds: int) -> int:
    """Compile one component into a file that does not exist yet."""
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, MAX_ARTIFACT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    from wasmtime import WasmtimeError
    from wasmtime.component import Component

    from runner.compile.component import compiled  # nothing can be imported later
    from runner.engine import private  # noqa: F401 - what `new_engine` imports
    from runner.engine.config import new_engine

    if select.select([0], [], [], 0)[0]:
        return ABANDONED
    with source.open("rb") as given, target.open("xb") as file:
        sandbox = enter(keep=(given.fileno(), file.fileno()), files=_FILES)
        threading.Thread(target=_end_with_runner, daemon=True).start()
        engine = new_engine()
        Component(engine, _SMALLEST)
        sandbox.seal()
        try:
            component, plain = compiled(engine, given.read())
        except WasmtimeError as error:
            print(str(error)[:4096], file=sys.stderr)
            return 1
        if component.get_export_index("handler" if plain else EXPORT) is None:
            print("the component does not export `handler`", file=sys.stderr)
            return 1
        if plain:
            if component.get_export_index(EXPORT) is not None:
                print(f"the component exports `{EXPORT}`, which is the wrapper's", file=sys.stderr)
                return 1
            print(plain[:4096], file=sys.stderr)
        file.write(component.serialize())
    return 0


def _end_with_runner() -> None:
    while os.read(0, 1):
        pass
    os._exit(ABANDONED)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
