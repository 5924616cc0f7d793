"""`tail`: what extensions log and print, and how their calls end, while it happens."""

import json as json_
from itertools import islice
from typing import Annotated

import typer

from cli import options, output
from cli.events import Event, follow
from cli.session import ADMIN_KEY, Session

_STREAM = "/api/ext-debug/stream"


def tail(
    extension: Annotated[str | None, typer.Argument(help="An extension's name or id; all by default.", show_default=False)] = None,
    install: Annotated[str | None, typer.Option("--install", help="The id of an install.", show_default=False)] = None,
    request: Annotated[str | None, typer.Option("--request", help="The id of a request.", show_default=False)] = None,
    level: Annotated[
        str | None, typer.Option("--level", help="The least level: debug, info, warn or error.", show_default=False)
    ] = None,
    last: Annotated[int, typer.Option("--last", help="How many of the latest events to begin with.", min=0, max=2_000)] = 20,
    most: Annotated[int | None, typer.Option("--most", "-n", help="Stop after so many events.", min=1, show_default=False)] = None,
    gateway: options.Gateway = None,
    api_key_file: options.KeyFile = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Follow the extensions of a tenant until Ctrl-C: the one whose admin's key is shown, by default that of the local platform.

    With --json each event is a line of JSON.
    """
    session = Session(data_dir, gateway=gateway, api_key_file=api_key_file)
    given = {"extensionId": extension, "installId": install, "requestId": request, "level": level, "tail": str(last)}
    query = {name: value for name, value in given.items() if value is not None}
    events = follow(session.gateway_url(), _STREAM, query, session.api_key(ADMIN_KEY))
    try:
        for event in islice(events, most):
            print(json_.dumps(event.content) if output.wants_json() else _line(event), flush=True)
    except KeyboardInterrupt:
        return


def _line(event: Event) -> str:
    told = event.content
    if "dropped" in told:
        return f"... {told['dropped'] or 'some'} events are missing here"
    cut = " [truncated]" if told.get("truncated") else ""
    names = ("ts", "level", "stream", "requestId", "message")
    return "  ".join(output.printable(str(told.get(name))) for name in names) + cut
