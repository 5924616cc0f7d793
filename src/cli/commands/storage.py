"""`storage list|get|clear`: what an install stores."""

from typing import Annotated

import typer

from cli import options, output
from cli.commands import tenancy
from cli.commands.confirm import confirm
from cli.connected import connected
from cli.exits import EPILOG
from cli.session import Session

app = typer.Typer(help="Look at what an install stores, and remove it.", epilog=EPILOG, no_args_is_help=True)
_Namespace = Annotated[str, typer.Argument(help="The namespace.", show_default=False)]


@app.command("list")
@connected
def list_(
    session: Session,
    install: tenancy.Install,
    tenant: options.Tenant,
    namespace: Annotated[str | None, typer.Argument(help="List the keys of this namespace.", show_default=False)] = None,
) -> None:
    """List the namespaces of an install and its quota, or the keys of one namespace."""
    if namespace is None:
        found = session.ask(lambda client: client.storage.namespaces(tenant, install))
        quota = f"quota: {found['max_namespaces']} namespaces of {found['max_keys']} keys, {found['max_bytes']} bytes together"
        rows = found["namespaces"]
        output.result(found, lambda: output.table(rows, ("name", "keys", "total_bytes"), "nothing is stored") + f"\n{quota}")
        return
    keys = session.ask(lambda client: client.storage.keys(tenant, install, namespace))
    columns = ("key", "value_bytes", "revision", "expires_at")
    output.result({"keys": keys}, lambda: output.table(keys, columns, "nothing is stored there"))


@app.command()
@connected
def get(
    session: Session,
    install: tenancy.Install,
    namespace: _Namespace,
    key: Annotated[str, typer.Argument(help="The key.", show_default=False)],
    tenant: options.Tenant,
) -> None:
    """Print one value; base64 where it is no text."""
    found = session.ask(lambda client: client.storage.read(tenant, install, namespace, key))
    value = found["value_base64"] if found["value"] is None else found["value"]
    output.result(found, lambda: value)


@app.command()
@connected
def clear(
    session: Session, install: tenancy.Install, namespace: _Namespace, tenant: options.Tenant, yes: options.Yes = False
) -> None:
    """Remove all entries of a namespace, for good."""
    confirm(f"Remove everything that {install} of tenant {tenant} stores in {namespace}?", yes)
    removed = session.ask(lambda client: client.storage.clear(tenant, install, namespace))
    output.result({"removed": removed}, lambda: f"removed {removed} entries")
