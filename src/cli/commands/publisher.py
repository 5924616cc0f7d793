"""`publisher create|show|add-key|retire-key|revoke-key`: who may publish, and which keys sign for whom, from when to when."""

from pathlib import Path
from typing import Annotated

import typer

from cli import options, output
from cli.client.publishers import MAX_REVOKED_TOLD
from cli.commands.confirm import confirm
from cli.connected import connected
from cli.exits import EPILOG
from cli.moments import moment_or_none
from cli.problem import Problem
from cli.session import Session

app = typer.Typer(help="Manage publishers and their signing keys.", epilog=EPILOG, no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="PUBLISHER", help="The publisher's name, as manifests give it.")]
KeyId = Annotated[str, typer.Argument(metavar="KEY_ID", help="sha256:…, as `publisher show` prints it.")]
_TIME = "with its zone, e.g. 2026-06-01T12:00:00Z"
_MAX_PEM = 1 << 16
_PEM_LABELS = ("PUBLIC KEY", "CERTIFICATE")


@app.command()
@connected
def create(
    session: Session,
    name: Name,
) -> None:
    """Make a publisher; one that exists stays as it is."""
    _print(session.ask(lambda client: client.publishers.create(name)))


@app.command()
@connected
def show(
    session: Session,
    name: Name,
) -> None:
    """Show a publisher, what it stores and may store, and its keys with their validity, revoked ones included."""
    _print(session.ask(lambda client: client.publishers.get(name)))


@app.command("add-key")
@connected
def add_key(
    session: Session,
    name: Name,
    public_key: Annotated[
        Path,
        typer.Argument(
            help="PEM file with one public key, e.g. the .pub file of keygen, or one certificate.", exists=True, dir_okay=False
        ),
    ],
    not_before: Annotated[str | None, typer.Option(help=f"What it signs before this time does not count; {_TIME}.")] = None,
    not_after: Annotated[str | None, typer.Option(help=f"What it signs after this time does not count; {_TIME}.")] = None,
) -> None:
    """Let a key sign for a publisher. The key counts once it is in the registry's trust bundle as well.

    A certificate's key is valid as long as the certificate; an authority's lets every certificate below it sign, once its root is
    in the trust bundle.
    """
    from cli.author.files import read_bounded
    from kernel.signing import pem_blocks

    pem = read_bounded(public_key, _MAX_PEM, "the public key")
    blocks = list(pem_blocks(pem, str(public_key)))
    if len(blocks) != 1 or blocks[0][0] not in _PEM_LABELS:
        next_step = "give one public key or one certificate; private keys stay where they are"
        raise Problem(f"{public_key} holds something else", next_step)
    start, end = moment_or_none(not_before), moment_or_none(not_after)
    _print(session.ask(lambda client: client.publishers.add_key(name, blocks[0][1].decode(), start, end)))


@app.command("retire-key")
@connected
def retire_key(
    session: Session,
    name: Name,
    key_id: KeyId,
    at: Annotated[str | None, typer.Option(help=f"What it signs after this time does not count; {_TIME} (default: now).")] = None,
) -> None:
    """End a key in good order, e.g. after its successor was added: what it signed goes on. The end cannot be put off."""
    end = moment_or_none(at)
    _print(session.ask(lambda client: client.publishers.retire_key(name, key_id, end)))


@app.command("revoke-key")
@connected
def revoke_key(
    session: Session,
    name: Name,
    key_id: KeyId,
    compromised_since: Annotated[
        str | None,
        typer.Option(help=f"Versions published before this time go on; {_TIME} (default: none of the key's versions does)."),
    ] = None,
    yes: options.Yes = False,
) -> None:
    """End a key that may be in the wrong hands, and stop every version that no other key vouches for. There is no way back.

    Also for keys that were never added, e.g. of one certificate below an authority's.
    """
    since = moment_or_none(compromised_since)
    scope = f"published since {since.isoformat()}" if since else "ever published with it"
    confirm(f"End key {key_id} of {name} for good, and stop what was {scope}?", yes)
    found = session.ask(lambda client: client.publishers.revoke_key(name, key_id, since))
    count = len(found["revoked_hashes"])
    _print(found, f"\n\nstopped versions: {count}{' or more' if count == MAX_REVOKED_TOLD else ''}")


def _print(record: output.Record, tail: str = "") -> None:
    head = output.fields(record, ("name", "id", "created_at", "stored_bytes", "quota_bytes"))
    columns = ("key_id", "authority", "created_at", "not_before", "not_after", "revoked_at", "compromised_since")
    shown = [name for name in columns if any(key[name] for key in record["keys"])]  # most keys have no bounds
    keys = output.table(record["keys"], shown, "no keys yet: alga-ext publisher add-key")
    output.result(record, lambda: f"{head}\n\n{keys}{tail}")
