"""`build` and `pack`: from an author's folder to a bundle."""

from pathlib import Path
from typing import Annotated

import typer

from cli import options, output

Folder = Annotated[Path, typer.Argument(help="Folder of the extension: the one with manifest.json.", exists=True, file_okay=False)]


def build(
    folder: Folder = Path("."),
    force: Annotated[bool, typer.Option("--force", help="Build also when no source changed.")] = False,
    json: options.Json = False,
) -> None:
    """Build the extension's component, dist/main.wasm.

    app.py is built with componentize-py; a package.json with a `build` script with npm (`npm ci` first, when the lock file
    changed). Nothing is done when no source changed since the last build.
    """
    from cli.author.build import build as run

    built = run(folder, force=force)
    record = {
        "kind": built.kind,
        "unchanged": built.unchanged,
        "component": str(built.component) if built.component else None,
        "size_bytes": built.component.stat().st_size if built.component else None,
    }

    def human() -> str:
        if built.component is None:
            return "nothing to build: the extension is a UI only"
        why = "nothing builds it here" if built.kind == "prebuilt" else "no source changed; --force builds it anyway"
        return f"{built.component}: {record['size_bytes']} bytes" + (f" ({why})" if built.unchanged else "")

    output.result(record, human)


def pack(
    folder: Folder = Path("."),
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The bundle; dist/bundle.tar.zst of the folder by default.", dir_okay=False),
    ] = None,
    json: options.Json = False,
) -> None:
    """Pack the extension into a bundle and print its content hash. Equal files make an equal bundle.

    Packed are manifest.json, the component, ui/, precompiled/, sbom.* and what the manifest names; hidden files never are.
    """
    from cli.author import layout

    packed = layout.pack(layout.extension_folder(folder))
    path = out or folder / layout.BUNDLE
    layout.write_bundle(packed, path)
    record = {
        "bundle": str(path),
        "content_hash": str(packed.content_hash),
        "tar_digest": str(packed.tar_digest),
        "size_bytes": len(packed.data),
        "name": packed.manifest.name,
        "version": packed.manifest.version,
        "publisher": packed.manifest.publisher,
        "files": list(packed.paths),
    }
    shown = {**record, "files": len(packed.paths)}
    output.result(
        record, lambda: output.fields(shown, ("bundle", "content_hash", "size_bytes", "name", "version", "publisher", "files"))
    )
