"""Compressed forms of a bundle's UI files, made by the registry and believed by nobody: each has to unpack to a verified file."""

import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from google.protobuf.message import DecodeError

from gen.alga.registry.v1 import variants_pb2
from kernel.archive import Entry
from kernel.codings import CODINGS, decompress
from kernel.digest import Digest
from runner.bundles.model import Variant

FOLDER: Final = ".variants"  # no file of an archive can be there: none is hidden
_log = logging.getLogger(__name__)


def unpack(stored: Path, files: Collection[Entry], tree: Path) -> Mapping[tuple[Digest, str], Variant]:
    """Put the good ones of a stored `UiVariants`, if there is one, into the bundle's tree. Blocks; raises OSError of the tree."""
    said = variants_pb2.UiVariants()
    try:
        said.ParseFromString(stored.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, DecodeError) as error:
        _log.warning("variants cannot be read", extra={"file": str(stored), "why": str(error)})
        return {}
    known = {bytes.fromhex(entry.digest.hex): entry for entry in files}
    kept: dict[tuple[Digest, str], Variant] = {}
    (tree / FOLDER).mkdir(mode=0o755)
    for variant in said.variants:
        digest = _file(variant, known)
        if digest is None or (digest, variant.coding) in kept:
            _log.warning("a variant is not one of its bundle", extra={"file": str(stored)})
            continue
        path = tree / FOLDER / f"{digest.hex}.{variant.coding}"
        path.write_bytes(variant.body)
        kept[digest, variant.coding] = Variant(path, len(variant.body), Digest.of(variant.body))
    return kept


def _file(variant: variants_pb2.UiVariant, files: Mapping[bytes, Entry]) -> Digest | None:
    """The digest of the file that a form unpacks to; None for one that does not, and for one that is not smaller."""
    file = files.get(variant.file_sha256)
    if file is None or variant.coding not in CODINGS or len(variant.body) >= file.size:
        return None
    found = decompress(variant.body, variant.coding, file.size)
    return file.digest if found is not None and Digest.of(found) == file.digest else None
