"""`up`: the whole platform on this machine."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import options
from cli.exits import ExitCode
from cli.problem import Problem


def up(
    data_dir: Annotated[
        Path,
        typer.Option(
            "--data-dir", envvar="ALGA_EXT_DATA_DIR", help="Where database, bundles, keys and logs are kept.", file_okay=False
        ),
    ] = options.DEFAULT_DATA_DIR,
    port: Annotated[
        int, typer.Option("--port", help="The gateway's port on 127.0.0.1; 0 = any free one.", min=0, max=65535)
    ] = 7480,
    registry_port: Annotated[int, typer.Option("--registry-port", help="The registry's port; 0 = any.", min=0, max=65535)] = 7481,
    runner_port: Annotated[int, typer.Option("--runner-port", help="The runner's port; 0 = any.", min=0, max=65535)] = 7482,
    runners: Annotated[int, typer.Option("--runners", help="How many runners; the first has the port.", min=1, max=16)] = 1,
    sample: Annotated[
        list[Path] | None,
        typer.Option(
            "--sample", help="Folder of a further extension to publish and install; may be repeated.", exists=True, file_okay=False
        ),
    ] = None,
    empty: Annotated[
        bool, typer.Option("--empty", help="Leave out samples/ and its host application; --sample and --host-app still count.")
    ] = False,
    product: Annotated[
        bool | None,
        typer.Option("--host-app/--no-host-app", help="Start samples/host-app, a product whose page opens the samples."),
    ] = None,
    host_port: Annotated[int, typer.Option("--host-port", help="The host application's port; 0 = any.", min=0, max=65535)] = 7490,
    check: Annotated[bool, typer.Option("--check", help="Make one call through the gateway, print it, stop; exit 0 or 1.")] = False,
    json: options.Json = False,
) -> None:
    """Start registry, runner and gateway on this machine, with samples installed for tenant `demo` and a product that opens them.

    Builds, signs, publishes and installs the samples on the first run; later runs keep their data and start in seconds.
    Prints the product's address, curl lines, a grpcurl line and the UIs' addresses. Ctrl-C drains and stops everything. Settings of
    single processes can be given as their EXT_REGISTRY_*, EXT_RUNNER_* and EXT_GATEWAY_* variables. Extensions send requests to the
    product alone unless EXT_RUNNER_EGRESS_ALLOWLIST names destinations, and elsewhere on this machine never unless
    EXT_RUNNER_EGRESS_NETWORKS has 127.0.0.0/8. Without npm samples in JavaScript are left out.
    """
    from cli.up import host_app
    from cli.up.options import UpOptions
    from cli.up.supervisor import default_samples

    wanted = not empty if product is None else product
    if product and host_app.folder() is None:
        raise Problem("there is no samples/host-app here", "run `up` from a checkout, or leave --host-app out", ExitCode.USAGE)
    at = host_port if wanted and host_app.folder() is not None else None
    samples = [*([] if empty else default_samples()), *(sample or ())]
    for folder in samples:
        if not (folder / "manifest.json").is_file():
            raise Problem(f"{folder} has no manifest.json", "name the folder of an extension with --sample", ExitCode.USAGE)
    distinct = tuple(dict.fromkeys(folder.resolve() for folder in samples))
    asked = UpOptions(data_dir.absolute(), port, registry_port, runner_port, distinct, check, json, runners, at)
    # A process of its own, in place: what reading arguments loaded would stay in memory as long as the platform runs.
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "cli.up", asked.dump()])  # noqa: S606 - it becomes the process
