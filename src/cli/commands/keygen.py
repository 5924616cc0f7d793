"""`keygen`: a publisher's signing key."""

from pathlib import Path
from typing import Annotated

import typer

from cli import options, output
from cli.problem import Problem


def keygen(
    path: Annotated[
        Path, typer.Argument(help="Where the private key goes; the public half goes beside it, with .pub.", dir_okay=False)
    ],
    p256: Annotated[bool, typer.Option("--p256", help="Make an ECDSA P-256 key instead of Ed25519.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite an existing key: what it signed cannot be signed again.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Make a signing key: PATH (PKCS #8 PEM, mode 0600) and PATH.pub (PEM). Prints the key id.

    Next: `alga-ext publisher add-key PUBLISHER PATH.pub`, and add PATH.pub to the trust bundle of registry and runners.
    """
    from cli.author.files import PRIVATE, write_whole
    from kernel.signing import SigningKey

    public = path.with_name(path.name + ".pub")
    if not force and (taken := next((item for item in (path, public) if item.exists()), None)):
        raise Problem(f"{taken} exists", "name another file, or overwrite the key with --force")
    key = SigningKey.generate(p256=p256)
    write_whole(path, key.pem, PRIVATE)
    write_whole(public, key.public.pem)
    record = {
        "key_id": key.public.key_id,
        "algorithm": "ecdsa-p256" if p256 else "ed25519",
        "private_key": str(path),
        "public_key": str(public),
    }
    output.result(record, lambda: output.fields(record, ("key_id", "algorithm", "private_key", "public_key")))
