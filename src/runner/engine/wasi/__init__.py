"""WASI 0.2 for guests that may touch nothing of the machine: one file for each package, listed here.

wasmtime's own waits inside the host, where no deadline reaches; here every wait ends with the call's time. Clocks and randomness
work, what is printed is captured, everything else is absent or denied. There is nothing of `wasi:http`.
"""

from typing import Final

from wasmtime.component import Linker

from runner.engine import private
from runner.engine.wasi import cli, clocks, filesystem, io, random, sockets
from runner.engine.wasi.base import guarded
from runner.engine.wasi.running import Running, dropped, running

# Linkers take any 0.2 for any other, older or newer.
VERSION: Final = "0.2.0"
INTERFACES: Final = (
    *io.INTERFACES,
    *clocks.INTERFACES,
    *random.INTERFACES,
    *cli.INTERFACES,
    *filesystem.INTERFACES,
    *sockets.INTERFACES,
)


def define_wasi(linker: Linker) -> None:
    """Define all of it in a linker that is kept for the life of the process. Its functions act on `running`."""
    for interface in INTERFACES:
        functions = {function.name: guarded(interface.name, function) for function in interface.functions}
        resources = {resource.type_name: int(resource) for resource in interface.resources}
        private.define(linker, f"{interface.name}@{VERSION}", functions, resources, dropped)


__all__ = ["INTERFACES", "Running", "define_wasi", "running"]
