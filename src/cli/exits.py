"""Exit codes of the command line."""

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """How a command ended; `HELP` says it in words."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3


HELP: Final = {
    ExitCode.OK: "it is done",
    ExitCode.FAILED: "it could not be done, or a check failed; the text says why and what to do next",
    ExitCode.USAGE: "wrong arguments or settings; nothing was tried",
    ExitCode.UNREACHABLE: "the registry or the gateway does not answer",
}
EPILOG: Final = "Exit codes: " + "; ".join(f"{int(code)} = {text}" for code, text in HELP.items()) + "."
