"""`install`, `update`, `enable`, `disable`, `uninstall`: what a tenant runs."""

from typing import Annotated

import typer

from cli import options, output
from cli.commands.confirm import confirm
from cli.exits import ExitCode
from cli.problem import Problem
from cli.session import Session

Extension = Annotated[str, typer.Argument(help="The extension's name or id.")]
Install = Annotated[str, typer.Argument(help="The extension's name or id, or the install's id.")]
Version = Annotated[
    str, typer.Option("--version", help="The version; the newest that is no pre-release by default.", show_default=False)
]
Grant = Annotated[
    list[str] | None,
    typer.Option("--grant", help="A capability to grant, e.g. cap:storage.kv; may be repeated.", show_default=False),
]
GrantAll = Annotated[bool, typer.Option("--grant-all", help="Grant everything that the manifest asks for.")]
_SHOWN = ("id", "tenant_id", "extension_name", "version", "enabled", "granted_capabilities", "content_hash", "updated_at")


def install(
    extension: Extension,
    tenant: options.Tenant,
    version: Version = "",
    grant: Grant = None,
    grant_all: GrantAll = False,
    registry: options.Registry = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Install an extension for a tenant. Without --grant or --grant-all it may use the default capabilities only."""
    session, granted = Session(data_dir, registry, api_key_file=api_key_file, tls_ca=tls_ca), _granted(grant, grant_all)
    _print(session.ask(lambda client: client.installs.install(tenant, extension, version, granted)), "installed")


def update(
    install: Install,
    tenant: options.Tenant,
    version: Version = "",
    grant: Grant = None,
    grant_all: GrantAll = False,
    registry: options.Registry = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Move an install to another version; it keeps its storage and, unless told otherwise, its capabilities."""
    session, granted = Session(data_dir, registry, api_key_file=api_key_file, tls_ca=tls_ca), _granted(grant, grant_all)
    keep = not grant_all and grant is None
    _print(session.ask(lambda client: client.installs.update(tenant, install, version, granted, keep=keep)), "updated")


def enable(
    install: Install,
    tenant: options.Tenant,
    registry: options.Registry = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Let an install answer again."""
    session = Session(data_dir, registry, api_key_file=api_key_file, tls_ca=tls_ca)
    _print(session.ask(lambda client: client.installs.enable(tenant, install)), "enabled")


def disable(
    install: Install,
    tenant: options.Tenant,
    registry: options.Registry = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Stop an install from answering; it keeps its storage."""
    session = Session(data_dir, registry, api_key_file=api_key_file, tls_ca=tls_ca)
    _print(session.ask(lambda client: client.installs.disable(tenant, install)), "disabled")


def uninstall(
    install: Install,
    tenant: options.Tenant,
    yes: options.Yes = False,
    registry: options.Registry = None,
    api_key_file: options.KeyFile = None,
    tls_ca: options.TlsCa = None,
    data_dir: options.DataDir = options.DEFAULT_DATA_DIR,
    json: options.Json = False,
) -> None:
    """Remove an install and everything that it stored."""
    confirm(f"Remove {install} of tenant {tenant} with everything that it stored?", yes)
    session = Session(data_dir, registry, api_key_file=api_key_file, tls_ca=tls_ca)
    _print(session.ask(lambda client: client.installs.uninstall(tenant, install)), "uninstalled")


def _granted(grant: list[str] | None, grant_all: bool) -> list[str] | None:
    if grant and grant_all:
        raise Problem("--grant and --grant-all exclude each other", "use one of them", ExitCode.USAGE)
    return None if grant_all else grant or []


def _print(record: output.Record, done: str) -> None:
    output.result(record, lambda: f"{done}\n{output.fields(record, _SHOWN)}")
