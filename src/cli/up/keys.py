"""The development keys of a data directory, run as a program of its own so that the supervisor need not load any cryptography.

Each missing file is made, every secret with mode 0600; what exists stays.
"""

import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cli.author.files import PRIVATE, write_whole
from cli.up.layout import PUBLIC, SECRETS, DataDir
from kernel.sealing import SealingKey
from kernel.signing import SigningKey

SEALING: Final = "secrets.pem"
PUBLISHING: Final = "registry-publish.pem"


def make_keys(data: DataDir) -> None:
    """Make what is missing. Raises Problem, and INVALID_ARGUMENT for a damaged key file."""
    for name in SECRETS:
        if not (data.keys / name).exists():
            write_whole(data.keys / name, _secret(name), PRIVATE)
    for name in PUBLIC:
        if not (data.keys / name).exists():
            private = "publisher-example.pem" if name == "trust.pem" else name.replace(".pub", ".pem")
            kind = SealingKey if private == SEALING else SigningKey
            write_whole(data.keys / name, kind.parse((data.keys / private).read_bytes(), private).public.pem)
    # Signed with it is what tools publish that cannot sign; a directory from before it existed gets it as well.
    signing = SigningKey.parse((data.keys / PUBLISHING).read_bytes(), PUBLISHING).public.pem
    trusted = (data.keys / "trust.pem").read_bytes()
    if signing not in trusted:
        write_whole(data.keys / "trust.pem", trusted + signing)


def _secret(name: str) -> bytes:
    makers: dict[str, Callable[[], bytes]] = {
        ".pem": lambda: (SealingKey if name == SEALING else SigningKey).generate().pem,
        ".token": lambda: secrets.token_urlsafe(32).encode() + b"\n",
        ".password": lambda: secrets.token_urlsafe(24).encode() + b"\n",
        ".key": lambda: b"alga_" + secrets.token_urlsafe(32).encode() + b"\n",  # the form of an API key: 256 random bits
    }
    return makers[Path(name).suffix]()


if __name__ == "__main__":
    make_keys(DataDir(Path(sys.argv[1])))
