"""`python -m registry`: the registry process."""

import asyncio
import json
import signal
from pathlib import Path

from kernel import telemetry
from kernel.errors import Fault
from kernel.settings import fail_settings, read_settings
from registry.app import serve
from registry.memory import few_arenas
from registry.settings import RegistrySettings


def main() -> None:
    """Serve until SIGTERM or SIGINT, then drain and end with 0."""
    few_arenas()
    settings = read_settings(RegistrySettings)
    telemetry.configure("registry", settings.log_level)
    try:
        asyncio.run(_run(settings))
    except Fault as fault:
        fail_settings(fault)


async def _run(settings: RegistrySettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serve(settings) as app:
        if settings.ready_file is not None:
            await asyncio.to_thread(_write_ready, settings.ready_file, app.addresses)
        await stop.wait()
        await app.drain(settings.grace_seconds)


def _write_ready(path: Path, addresses: tuple[str, ...]) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps({"addresses": addresses}))
    beside.rename(path)


if __name__ == "__main__":
    main()
