"""`python -m host_app`: serve until Ctrl-C."""

import os
import sys

from aiohttp import web

from host_app.app import application
from host_app.records import demo
from host_app.settings import BadSetting, read


def main() -> int:
    try:
        settings = read(os.environ)  # noqa: TID251 - the one place that reads it
    except BadSetting as error:
        print(f"settings: {error}", file=sys.stderr)
        return 2
    web.run_app(application(settings, demo()), host=settings.host, port=settings.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
