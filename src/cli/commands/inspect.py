"""`list`: extensions, the versions of one, or the installs of a tenant."""

from typing import Annotated

import typer

from cli import output
from cli.connected import connected
from cli.exits import ExitCode
from cli.problem import Problem
from cli.session import Session


@connected
def list_(
    session: Session,
    extension: Annotated[
        str | None, typer.Argument(help="An extension's name or id: list its versions.", show_default=False)
    ] = None,
    tenant: Annotated[str | None, typer.Option("--tenant", "-t", help="A tenant: list its installs.", show_default=False)] = None,
) -> None:
    """List the extensions that the key may see, the versions of one extension, or the installs of a tenant."""
    if extension is not None and tenant is not None:
        raise Problem("an extension and --tenant exclude each other", "name one of them", ExitCode.USAGE)
    columns: tuple[str, ...]
    if tenant is not None:
        rows = session.ask(lambda client: client.installs.list_all(tenant))
        waiting = ("pending_update",) if any(row["pending_update"] for row in rows) else ()
        columns = ("extension_name", "version", *waiting, "enabled", "granted_capabilities", "id")
        empty = f"tenant {tenant} has no installs"
        name = "installs"
    elif extension is not None:
        rows = session.ask(lambda client: client.extensions.versions(extension))
        columns, empty = ("version", "state", "size_bytes", "capabilities", "content_hash"), f"{extension} has no versions"
        name = "versions"
    else:
        rows = session.ask(lambda client: client.extensions.list_all())
        columns, empty = ("name", "publisher", "visibility", "deprecation", "id"), "there are no extensions"
        name = "extensions"
    output.result({name: rows}, lambda: output.table([_shown(row) for row in rows], columns, empty))


def _shown(row: output.Record) -> output.Record:
    pending = row.get("pending_update")
    return row | {"pending_update": f"{pending['version']} waits for consent"} if pending else row
