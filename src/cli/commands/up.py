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
    empty: Annotated[bool, typer.Option("--empty", help="Leave out samples/hello-python; --sample still counts.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Make one call through the gateway, print it, stop; exit 0 or 1.")] = False,
    json: options.Json = False,
) -> None:
    """Start registry, runner and gateway on this machine, with a sample installed for tenant `demo`.

    Builds, signs, publishes and installs the sample on the first run; later runs keep their data and start in seconds.
    Prints a curl line, a grpcurl line and the UI's address. Ctrl-C drains and stops everything. Settings of single processes can be
    given as their EXT_REGISTRY_*, EXT_RUNNER_* and EXT_GATEWAY_* variables. Extensions send requests nowhere unless
    EXT_RUNNER_EGRESS_ALLOWLIST names destinations, and never to this machine unless EXT_RUNNER_EGRESS_NETWORKS has 127.0.0.0/8.
    """
    from cli.up.options import UpOptions
    from cli.up.supervisor import default_sample

    samples = [folder for folder in (None if empty else default_sample(), *(sample or ())) if folder is not None]
    for folder in samples:
        if not (folder / "manifest.json").is_file():
            raise Problem(f"{folder} has no manifest.json", "name the folder of an extension with --sample", ExitCode.USAGE)
    distinct = tuple(dict.fromkeys(folder.resolve() for folder in samples))
    asked = UpOptions(data_dir.absolute(), port, registry_port, runner_port, distinct, check, json, runners)
    # A process of its own, in place: what reading arguments loaded would stay in memory as long as the platform runs.
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "cli.up", asked.dump()])  # noqa: S606 - it becomes the process
