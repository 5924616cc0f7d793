"""`api-key create|list|revoke`: who may call."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.commands import person
from cli.commands.signing import duration
from cli.connected import connected
from cli.exits import EPILOG
from cli.problem import Problem
from cli.session import Session
from kernel.user import INTERNAL

app = typer.Typer(help="Make, list and revoke API keys.", epilog=EPILOG, no_args_is_help=True)
_SHOWN = ("id", "role", "tenant_id", "publisher", "label", "user", "created_at", "expires_at", "revoked_at")


@app.command()
@connected
def create(
    session: Session,
    role: Annotated[str, typer.Option("--role", help="operator, publisher, tenant-admin or tenant-caller.")],
    tenant: Annotated[str, typer.Option("--tenant", "-t", help="The tenant, for the two tenant roles.", show_default=False)] = "",
    publisher: Annotated[
        str,
        typer.Option(
            "--publisher",
            help="The publisher's name, for role publisher, or for a tenant-admin who may publish too.",
            show_default=False,
        ),
    ] = "",
    label: Annotated[str, typer.Option("--label", help="What the key is for.", show_default=False)] = "",
    expires_in: Annotated[str | None, typer.Option("--expires-in", help="E.g. 30m, 12h, 90d; no end by default.")] = None,
    user_id: person.UserId = "",
    user_email: person.UserEmail = "",
    user_name: person.UserName = "",
    user_type: person.UserType = INTERNAL,
    client_name: person.ClientName = "",
    client_id: person.ClientId = "",
    user_field: person.UserFields = None,
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the secret to this new file, mode 0600, and do not print it.", dir_okay=False),
    ] = None,
) -> None:
    """Make an API key. Its secret is shown this once.

    With --user-id, calls with the key run on behalf of that person: extensions that may read the user are told who it is.
    """
    user = person.person(user_id, user_email, user_name, user_type, client_name, client_id, user_field or ())
    expires = datetime.now(UTC) + duration(expires_in) if expires_in else None
    target = _reserve(out) if out else None
    try:
        key, secret = session.ask(
            lambda client: client.identity.create(
                role, tenant=tenant, publisher=publisher, label=label, expires_at=expires, user=user
            )
        )
    except BaseException:
        if out is not None:
            out.unlink(missing_ok=True)
        raise
    if target is not None:
        with os.fdopen(target, "w") as file:
            file.write(secret + "\n")
    record = {"key": key, "secret": None if out else secret, "secret_file": str(out) if out else None}
    where = f"secret:     in {out}" if out else f"secret:     {secret}\nKeep it: it is not shown again."
    output.result(record, lambda: f"{output.fields(_row(key), _SHOWN)}\n{where}")


@app.command("list")
@connected
def list_(
    session: Session,
    tenant: Annotated[str, typer.Option("--tenant", "-t", help="Only keys of this tenant.", show_default=False)] = "",
) -> None:
    """List API keys, newest first; secrets are not kept and cannot be shown."""
    rows = session.ask(lambda client: client.identity.list_all(tenant))
    output.result({"keys": rows}, lambda: output.table([_row(key) for key in rows], _SHOWN, "there are no keys"))


@app.command()
@connected
def revoke(
    session: Session,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `api-key list` shows it.")],
) -> None:
    """End an API key; every service stops accepting it within 30 seconds."""
    record = session.ask(lambda client: client.identity.revoke(key_id))
    output.result(record, lambda: f"revoked\n{output.fields(_row(record), _SHOWN)}")


def _row(key: output.Record) -> output.Record:
    """As it is shown to people: of a person the id."""
    return key | {"user": key["user"] and key["user"]["user_id"]}


def _reserve(path: Path) -> int:
    """Make the file first: a secret that cannot be written is lost."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Problem(f"cannot make {path}: {error.strerror}", "name a file that does not exist in a folder of yours") from error
