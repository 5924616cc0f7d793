"""`publisher create|show|add-key|revoke-key`: who may publish, and which keys sign for whom."""

from pathlib import Path
from typing import Annotated

import typer

from cli import options, output
from cli.commands.confirm import confirm
from cli.exits import EPILOG
from cli.session import Session

app = typer.Typer(help="Manage publishers and their signing keys.", epilog=EPILOG, no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="PUBLISHER", help="The publisher's name, as manifests give it.")]
_MAX_PEM = 1 << 16


@app.command()
def create(
    name: Name,
    registry: options.Registry = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Make a publisher; one that exists stays as it is."""
    session = Session(data_dir, registry, api_key_file=api_key_file, tls_ca=tls_ca)
    _print(session.ask(lambda client: client.publishers.create(name)))


@app.command()
def show(
    name: Name,
    registry: options.Registry = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Show a publisher and its keys, revoked ones included."""
    session = Session(data_dir, registry, api_key_file=api_key_file, tls_ca=tls_ca)
    _print(session.ask(lambda client: client.publishers.get(name)))


@app.command("add-key")
def add_key(
    name: Name,
    public_key: Annotated[
        Path, typer.Argument(help="PEM file with the public key: the .pub file of keygen.", exists=True, dir_okay=False)
    ],
    registry: options.Registry = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Let a key sign for a publisher. The key counts once it is in the registry's trust bundle as well."""
    from cli.author.files import read_bounded
    from kernel.signing import PublicKey

    key = PublicKey.parse(read_bounded(public_key, _MAX_PEM, "the public key"), str(public_key))
    session = Session(data_dir, registry, api_key_file=api_key_file, tls_ca=tls_ca)
    _print(session.ask(lambda client: client.publishers.add_key(name, key.pem.decode())))


@app.command("revoke-key")
def revoke_key(
    name: Name,
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="sha256:…, as `publisher show` prints it.")],
    yes: options.Yes = False,
    registry: options.Registry = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """End a key: nothing that it signs can be published from now on. There is no way back."""
    confirm(f"End key {key_id} of {name} for good?", yes)
    session = Session(data_dir, registry, api_key_file=api_key_file, tls_ca=tls_ca)
    _print(session.ask(lambda client: client.publishers.revoke_key(name, key_id)))


def _print(record: output.Record) -> None:
    head = output.fields(record, ("name", "id", "created_at"))
    keys = output.table(record["keys"], ("key_id", "created_at", "revoked_at"), "no keys yet: alga-ext publisher add-key")
    output.result(record, lambda: f"{head}\n\n{keys}")
