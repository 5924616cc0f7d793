"""`wasi:cli`: no environment, no arguments, no terminals; what is printed is the call's log; exit ends the call."""

from typing import Final

from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.values import Err, Ok
from runner.engine.wasi.base import Function, Interface, NoResult, Owned, Resource
from runner.engine.wasi.running import InputStream, OutputStream, Running


def _exit(call: Running, status: Ok | Err) -> NoResult:
    return _exit_with_code(call, 0 if isinstance(status, Ok) else 1)


def _exit_with_code(call: Running, code: int) -> NoResult:
    call.exit_code = code
    raise GuestFailed(GuestReason.TRAPPED, f"exit code {code}")


def _no_terminal(name: str) -> Interface:
    return Interface(f"wasi:cli/terminal-{name}", (Function(f"get-terminal-{name}", 0, lambda _call: None),))


INTERFACES: Final = (
    Interface(
        "wasi:cli/environment",
        (
            Function("get-environment", 0, lambda _call: []),
            Function("get-arguments", 0, lambda _call: []),
            Function("initial-cwd", 0, lambda _call: None),
        ),
    ),
    Interface("wasi:cli/exit", (Function("exit", 1, _exit), Function("exit-with-code", 1, _exit_with_code))),
    Interface("wasi:cli/stdin", (Function("get-stdin", 0, lambda _call: Owned(Resource.INPUT_STREAM, InputStream())),)),
    Interface(
        "wasi:cli/stdout",
        (Function("get-stdout", 0, lambda call: Owned(Resource.OUTPUT_STREAM, OutputStream(call.stdout))),),
    ),
    Interface(
        "wasi:cli/stderr",
        (Function("get-stderr", 0, lambda call: Owned(Resource.OUTPUT_STREAM, OutputStream(call.stderr))),),
    ),
    Interface("wasi:cli/terminal-input", (), (Resource.TERMINAL_INPUT,)),
    Interface("wasi:cli/terminal-output", (), (Resource.TERMINAL_OUTPUT,)),
    _no_terminal("stdin"),
    _no_terminal("stdout"),
    _no_terminal("stderr"),
)
