"""`call`: one request to an extension through the gateway."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import options, output
from cli.exits import ExitCode
from cli.problem import Problem
from cli.session import CALLER_KEY, Session

_BAD_STATUS = 400


def call(
    extension: Annotated[str, typer.Argument(help="The extension's name or id, or the install's id.")],
    path: Annotated[str, typer.Argument(help="Path below the extension, with its query, e.g. /notes?page=2.")] = "/",
    method: Annotated[
        str | None, typer.Option("--method", "-X", help="GET, or POST with a body, by default.", show_default=False)
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", "-d", help="The body: text, @FILE, or @- for standard input.", show_default=False)
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option("--header", "-H", help="`Name: value`; may be repeated.", show_default=False)
    ] = None,
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds to wait.", min=0.1, max=300)] = 60,
    gateway: options.Gateway = None,
    api_key_file: options.KeyFile = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Call an extension as an HTTP client would: the status goes to standard error, the body to standard output.

    The tenant is the one of the API key; without a key that of the local platform's tenant `demo`. Exits 1 for a status of
    400 and above.
    """
    from cli.http import request

    session = Session(data_dir, gateway=gateway, api_key_file=api_key_file)
    body = _body(data)
    headers = [_header(line) for line in header or []]
    if body is not None and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("content-type", "application/json"))
    headers.append(("x-api-key", session.api_key(CALLER_KEY)))
    answer = request(
        session.gateway_url(),
        f"/api/ext/{extension}/{path.lstrip('/')}",
        method or ("GET" if body is None else "POST"),
        headers,
        body,
        timeout,
    )
    if output.wants_json():
        output.result({"status": answer.status, "headers": answer.headers, "body": answer.text()}, str)
    else:
        output.note(f"{answer.status} {answer.phrase}")
        sys.stdout.flush()
        sys.stdout.buffer.write(answer.body + (b"\n" if sys.stdout.isatty() and not answer.body.endswith(b"\n") else b""))
        sys.stdout.buffer.flush()
    if answer.status >= _BAD_STATUS:
        raise typer.Exit(ExitCode.FAILED)


def _body(data: str | None) -> bytes | None:
    if data is None or not data.startswith("@"):
        return data.encode() if data is not None else None
    if data == "@-":
        return sys.stdin.buffer.read()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        raise Problem(f"cannot read {data[1:]}: {error.strerror}", "check the path after @", ExitCode.USAGE) from error


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise Problem(f"{line!r} is not a header", "write it like -H 'Name: value'", ExitCode.USAGE)
    return name.strip(), value.strip()
