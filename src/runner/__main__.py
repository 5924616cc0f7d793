"""`python -m runner`: read the settings, serve until SIGTERM or SIGINT, drain, exit 0."""

import asyncio
import logging
import signal
import sys

from kernel import telemetry
from kernel.errors import Fault, Reason
from kernel.settings import fail_settings, read_settings
from runner.app import running
from runner.settings import RunnerSettings

EXIT_FAILED = 1


async def serve(settings: RunnerSettings) -> None:
    """Serve until the process is told to stop."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings):
        await stop.wait()


def main() -> None:
    """Run a runner. Exits 2 for bad settings, 1 when it cannot start."""
    settings = read_settings(RunnerSettings)
    telemetry.configure("runner", settings.log_level)
    try:
        asyncio.run(serve(settings))
    except Fault as fault:
        if fault.reason is Reason.INVALID_ARGUMENT:
            fail_settings(fault)
        raise
    except ChildProcessError:
        logging.getLogger(__name__).exception("cannot start")
        sys.exit(EXIT_FAILED)


if __name__ == "__main__":
    main()
