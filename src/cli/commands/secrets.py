"""`secrets set|list|remove|keygen`: values that only runners can open."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import options, output
from cli.commands import tenancy
from cli.connected import connected
from cli.exits import EPILOG, ExitCode
from cli.moments import moment_or_none
from cli.problem import Problem
from cli.session import Session

app = typer.Typer(
    help="Set, list and remove the secrets of an install. A value is sealed here to the runners' keys: nobody else reads it, "
    "and it cannot be read back.",
    epilog=EPILOG,
    no_args_is_help=True,
)
_COLUMNS = ("name", "revision", "expires_at", "updated_at", "key_ids")


@app.command("set")
@connected
def set_(
    session: Session,
    install: tenancy.Install,
    name: Annotated[str, typer.Argument(help="The secret's name: 1 to 64 characters of A-Z a-z 0-9 . _ -", show_default=False)],
    tenant: options.Tenant,
    from_file: Annotated[
        Path | None,
        typer.Option("--from-file", help="Take the value from this file, to the byte.", dir_okay=False, show_default=False),
    ] = None,
    stdin: Annotated[bool, typer.Option("--stdin", help="Take the value from standard input, without a line's end.")] = False,
    expires: Annotated[
        str | None, typer.Option("--expires", help="When it expires, e.g. 2026-06-01T12:00:00Z.", show_default=False)
    ] = None,
) -> None:
    """Set a secret; asks for its value unless an option names where it is. Calls that begin a second later read it."""
    ends = moment_or_none(expires)
    if ends is not None:
        ends = ends.replace(microsecond=ends.microsecond // 1000 * 1000)
    value = _value(name, from_file, stdin)
    _told(session.ask(lambda client: client.secrets.set(tenant, install, name, value, ends)))


@app.command("list")
@connected
def list_(session: Session, install: tenancy.Install, tenant: options.Tenant) -> None:
    """List the secrets of an install by name; their values cannot be read."""
    _told(session.ask(lambda client: client.secrets.list(tenant, install)))


@app.command()
@connected
def remove(
    session: Session,
    install: tenancy.Install,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="What to remove.", show_default=False)],
    tenant: options.Tenant,
) -> None:
    """Remove secrets; those that do not exist are no failure."""
    _told(session.ask(lambda client: client.secrets.remove(tenant, install, names)))


@app.command()
def keygen(
    path: Annotated[
        Path, typer.Argument(help="Where the private key goes; the public half goes beside it, with .pub.", dir_okay=False)
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite an existing key: what is sealed to it cannot be opened again.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Make an X25519 key to seal secrets to: PATH (PKCS #8 PEM, mode 0600) and PATH.pub (PEM). Prints the key id.

    PATH goes into runners' secret_keys_file, PATH.pub into the registry's secret_recipients_file; docs/secrets.md has the order.
    """
    from cli.author.files import PRIVATE, write_whole
    from kernel.sealing import SealingKey

    public = path.with_name(path.name + ".pub")
    if not force and (taken := next((item for item in (path, public) if item.exists()), None)):
        raise Problem(f"{taken} exists", "name another file, or overwrite the key with --force")
    key = SealingKey.generate()
    write_whole(path, key.pem, PRIVATE)
    write_whole(public, key.public.pem)
    record = {"key_id": key.public.key_id, "private_key": str(path), "public_key": str(public)}
    output.result(record, lambda: output.fields(record, ("key_id", "private_key", "public_key")))


def _value(name: str, from_file: Path | None, stdin: bool) -> str:
    from cli.author.files import read_bounded
    from kernel.sealing import MAX_VALUE_BYTES

    if from_file is not None and stdin:
        raise Problem("--from-file and --stdin are both given", "name one of them", ExitCode.USAGE)
    if from_file is not None:
        data = read_bounded(from_file, MAX_VALUE_BYTES, "the value")
    elif stdin:
        data = sys.stdin.buffer.read(MAX_VALUE_BYTES + 3).removesuffix(b"\n").removesuffix(b"\r")
    elif sys.stdin.isatty():
        data = str(typer.prompt(f"Value of {name}", hide_input=True, err=True)).encode("utf-8", "surrogateescape")
    else:
        raise Problem("nothing says the value, and there is no terminal to ask on", "use --from-file or --stdin", ExitCode.USAGE)
    if len(data) > MAX_VALUE_BYTES:
        raise Problem(f"the value has more than {MAX_VALUE_BYTES} bytes", "store less", ExitCode.USAGE)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Problem("the value is not UTF-8", "write bytes as base64 or the like", ExitCode.USAGE) from error


def _told(found: output.Record) -> None:
    record = {"revision": found["revision"], "secrets": found["secrets"]}
    output.result(record, lambda: output.table(found["secrets"], _COLUMNS, "no secret is set"))
