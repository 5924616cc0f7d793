"""`python -m gateway`: serve until SIGTERM or SIGINT, then drain."""

import asyncio
import json
import logging
import signal
from pathlib import Path

from gateway.app import running
from gateway.settings import GatewaySettings
from kernel import telemetry
from kernel.errors import Fault
from kernel.settings import fail_settings, read_settings

_log = logging.getLogger(__name__)


async def serve(settings: GatewaySettings) -> None:
    """Serve until told to stop. Raises INVALID_ARGUMENT for settings whose content is no good."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings) as addresses:
        if settings.ready_file is not None:
            _write_ready(settings.ready_file, addresses)
        _log.info("serving", extra={"addresses": addresses})
        await stop.wait()
        _log.info("stopping")


def _write_ready(path: Path, addresses: tuple[str, ...]) -> None:
    """In one step: who sees the file sees all of it."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps({"addresses": addresses}))
    beside.replace(path)


def main() -> None:
    """Run the process."""
    settings = read_settings(GatewaySettings)
    telemetry.configure("gateway", settings.log_level)
    try:
        asyncio.run(serve(settings))
    except Fault as fault:
        fail_settings(fault)


if __name__ == "__main__":
    main()
