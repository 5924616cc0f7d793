"""`python -m host_app`: serve until Ctrl-C."""

import asyncio
import json
import os
import signal
import socket
import sys

from aiohttp import web

from host_app.app import application
from host_app.records import demo
from host_app.settings import BadSetting, Settings, read
from host_app.web.settings import read_web

DRAIN_SECONDS = 5


async def serve(app: web.Application, settings: Settings) -> None:
    """Until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=DRAIN_SECONDS)
    await runner.setup()
    if settings.descriptor is None:
        await web.TCPSite(runner, settings.host, settings.port).start()
    else:
        await web.SockSite(runner, socket.socket(fileno=settings.descriptor)).start()
    host, port = runner.addresses[0][:2]
    print(f"serving on http://{host}:{port}", flush=True)
    if settings.ready_file is not None:
        settings.ready_file.write_text(json.dumps({"addresses": [f"http://{host}:{port}"]}))
    await stop.wait()
    await runner.cleanup()


def main() -> int:
    try:
        settings, pages = read(os.environ), read_web(os.environ)  # noqa: TID251 - the one place that reads it
    except BadSetting as error:
        print(f"settings: {error}", file=sys.stderr)
        return 2
    asyncio.run(serve(application(settings, demo(), pages), settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
