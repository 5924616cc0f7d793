"""The life of a process: read the settings, serve until SIGTERM or SIGINT, drain, exit 0."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from kernel import files, telemetry
from kernel.errors import Fault, Reason
from kernel.settings import Settings, fail_settings, in_vain, read_settings

EXIT_FAILED: Final = 1
RESTART_SECONDS: Final = 1.0  # before background work that failed begins again
_log = logging.getLogger(__name__)

Running = Callable[[Settings], AbstractAsyncContextManager[tuple[str, ...]]]
"""Serves while its block runs, at the addresses that it answers; leaving the block drains."""


def run(name: str, model: type[Settings], running: Running[Settings]) -> None:
    """Run the process `name`. Exits 2 for settings that cannot be used, 1 when it cannot start."""
    settings = read_settings(model)
    telemetry.configure(name, settings.log_level)
    for setting, why in in_vain(model).items():
        _log.warning("a setting has no effect", extra={"setting": setting, "why": why})
    try:
        asyncio.run(_serve(settings, running))
    except Fault as fault:
        if fault.reason is Reason.INVALID_ARGUMENT:
            fail_settings(fault)
        raise
    except ChildProcessError:
        _log.exception("cannot start")
        sys.exit(EXIT_FAILED)


async def _serve(settings: Settings, running: Running[Settings]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings) as addresses:
        with files.ready_file(settings.ready_file, addresses):
            _log.info("serving", extra={"addresses": list(addresses)})
            await stop.wait()
            _log.info("draining")


@asynccontextmanager
async def background(name: str, work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Work that goes on beside the calls while the block runs; when it fails, it is told and begins again."""

    async def forever() -> None:
        while True:
            try:
                await work()
                return
            except Exception:  # noqa: BLE001 - the top of this task
                _log.exception("background work failed", extra={"work": name})
            await asyncio.sleep(RESTART_SECONDS)

    task = asyncio.create_task(forever(), name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
