"""Options that many commands share, so that they are spelled and explained once."""

from pathlib import Path
from typing import Annotated

import typer

from cli.output import choose_json

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, also for errors.", callback=choose_json)]
DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        envvar="ALGA_EXT_DATA_DIR",
        help="Data directory of a local `alga-ext up`; addresses and keys that are not named come from it.",
        file_okay=False,
    ),
]
Registry = Annotated[
    str | None,
    typer.Option(
        "--registry", envvar="ALGA_EXT_REGISTRY", help="Address of the registry: host:port or unix:/path.", show_default=False
    ),
]
Gateway = Annotated[
    str | None,
    typer.Option(
        "--gateway", envvar="ALGA_EXT_GATEWAY", help="URL of the gateway, e.g. http://127.0.0.1:7480.", show_default=False
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--api-key-file",
        envvar="ALGA_EXT_API_KEY_FILE",
        help="File with the API key to show. ALGA_EXT_API_KEY may hold the key itself.",
        dir_okay=False,
        show_default=False,
    ),
]
TlsCa = Annotated[
    Path | None,
    typer.Option(
        "--tls-ca",
        envvar="ALGA_EXT_TLS_CA",
        help="PEM roots of a registry beyond this machine.",
        dir_okay=False,
        show_default=False,
    ),
]
Tenant = Annotated[str, typer.Option("--tenant", "-t", envvar="ALGA_EXT_TENANT", help="The tenant.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DEFAULT_DATA_DIR = Path(".alga")
