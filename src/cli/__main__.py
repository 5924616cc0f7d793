"""The `alga-ext` command: parses arguments, runs one command, turns what stopped it into text and an exit code."""

import os
import sys
from collections.abc import Sequence

from cli import output
from cli.app import app
from cli.exits import ExitCode
from cli.problem import Problem, from_fault


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; answers the exit code. Without `argv`: that of the process."""
    output.choose_json(False)
    try:
        app(args=None if argv is None else list(argv), prog_name="alga-ext")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.FAILED
    except Problem as problem:
        output.failure(problem)
        return problem.code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `alga-ext list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except Exception as error:  # the top boundary: faults become text, a defect keeps its traceback
        from kernel.errors import Fault

        if not isinstance(error, Fault):
            raise
        told = from_fault(error)
        output.failure(told)
        return told.code
    return ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
