"""An author's folder, and the bundle that is made of it.

manifest.json, the component (`dist/main.wasm`, or what the manifest's `entry` names), `ui/**`, `sbom.*`, `precompiled/**`, and
what the manifest refers to besides. When the UI's entry page lies below `ui/dist/`, that folder alone is packed of `ui/`: the
rest are its sources.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.author.files import read_bounded, walk, write_whole
from cli.exits import ExitCode
from cli.problem import Problem
from kernel import archive
from kernel.digest import Digest
from kernel.manifest import MAX_BYTES, Manifest

BUNDLE: Final = "dist/bundle.tar.zst"
ENVELOPE_SUFFIX: Final = ".dsse.json"
_LIMITS: Final = archive.ArchiveLimits()


@dataclass(frozen=True, slots=True)
class Packed:
    """A bundle in memory."""

    data: bytes
    content_hash: Digest
    tar_digest: Digest
    manifest: Manifest
    paths: tuple[str, ...]


def extension_folder(path: Path) -> Path:
    """The folder itself, once it holds a manifest. Raises Problem."""
    if not (path / "manifest.json").is_file():
        raise Problem(
            f"{path} is not the folder of an extension: it has no manifest.json", "name the folder that has one", ExitCode.USAGE
        )
    return path


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder. Raises Problem, and MANIFEST_INVALID."""
    return Manifest.parse(read_bounded(extension_folder(folder) / "manifest.json", MAX_BYTES, "the manifest"))


def collect(folder: Path, manifest: Manifest) -> Mapping[str, Path]:
    """The files that belong into the bundle, by their path there. Raises Problem, and MANIFEST_INVALID when one is missing."""
    only_built = manifest.ui is not None and manifest.ui.entry.startswith("ui/dist/")
    named = {manifest.entry, *manifest.precompiled.values(), *([manifest.sbom] if manifest.sbom else [])}
    found: dict[str, Path] = {}
    for name, path in walk(folder):
        top = name.partition("/")[0]
        if (
            name == "manifest.json"
            or name in named
            or (top == "ui" and "/" in name and (not only_built or name.startswith("ui/dist/")))
            or (top == "precompiled" and "/" in name)
            or (name.startswith("sbom.") and "/" not in name)
        ):
            found[name] = path
    manifest.check_files(found.keys())
    return found


def pack(folder: Path) -> Packed:
    """Make the bundle of a folder. Raises Problem, MANIFEST_INVALID and ARCHIVE_INVALID."""
    manifest = read_manifest(folder)
    files = {name: read_bounded(path, _LIMITS.file_bytes, "the file") for name, path in collect(folder, manifest).items()}
    data = archive.pack(files)
    return Packed(data, Digest.of(data), archive.tar_digest(files), manifest, tuple(sorted(files)))


def write_bundle(packed: Packed, path: Path) -> None:
    """Write a bundle; an envelope beside it that was made for other bytes is removed. Raises Problem."""
    envelope = envelope_of(path)
    if envelope.exists() and (not path.exists() or read_bundle(path) != packed.data):
        envelope.unlink()
    write_whole(path, packed.data)


def read_bundle(path: Path) -> bytes:
    """The bytes of a bundle file, or of the bundle of an extension's folder. Raises Problem."""
    return read_bounded(bundle_path(path), _LIMITS.archive_bytes, "the bundle")


def bundle_path(path: Path) -> Path:
    """Where the bundle is: the file itself, or `dist/bundle.tar.zst` of a folder. Raises Problem."""
    if not path.is_dir():
        return path
    if not (path / BUNDLE).is_file():
        raise Problem(f"{path} has no {BUNDLE}", f"make it: alga-ext build {path} && alga-ext pack {path}", ExitCode.USAGE)
    return path / BUNDLE


def envelope_of(bundle: Path) -> Path:
    """Where the signature envelope of a bundle lies by default: beside it."""
    return bundle.with_name(bundle.name + ENVELOPE_SUFFIX)
