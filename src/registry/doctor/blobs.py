"""What lies in the folders beside the database: blobs without a bundle's row, half-written ones, unfinished uploads."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from registry.collect import batches, garbage
from registry.doctor.finding import Finding, Flaw, Severity, Tally
from registry.ports import Blobs, Catalog, StoredBlob

MAX_UPLOAD_AGE: Final = timedelta(seconds=600)  # what `PublishVersion` may take at most
_TIME: Final = "%Y-%m-%d %H:%M"
_COLLECT: Final = "`alga-ext maintain collect` removes it; the registry does so by itself, too"


async def blobs(catalog: Catalog, store: Blobs, oldest: datetime) -> AsyncIterator[Finding]:
    """Blobs that no bundle's row refers to, and half-written ones; those that are younger than `oldest` wait for their row."""
    lone, half = Tally("blob-unreferenced"), Tally("blob-staging")
    count = waiting = 0
    async for some in batches(store.list()):
        count += len(some)
        for blob in await garbage(catalog, some):
            if blob.modified_at > oldest:
                waiting += 1
                continue
            for finding in (lone if blob.whole else half).take(_leftover(blob)):
                yield finding
    for finding in lone.close(
        f"every blob belongs to a bundle or is younger than the grace time ({count} checked, {waiting} wait)"
    ):
        yield finding
    for finding in half.close("no blob was left half-written"):
        yield finding


def _leftover(blob: StoredBlob) -> Flaw:
    what = "no bundle refers to it: a publish broke off before its row was written" if blob.whole else "it was never finished"
    text = f"{what}; {blob.size} bytes, last written {blob.modified_at:{_TIME}} UTC"
    return Flaw(str(blob.content_hash), text, _COLLECT, Severity.WARNING)


async def uploads(folder: Path, now: datetime) -> AsyncIterator[Flaw]:
    """Uploads that ended long ago and whose files are still there."""
    for name, touched in sorted((await asyncio.to_thread(_found, folder)).items()):
        if now - touched > MAX_UPLOAD_AGE:
            text = f"an upload's files, last touched {touched:{_TIME}} UTC: no upload takes that long"
            yield Flaw(f"uploads/{name}", text, "restart the registry, which empties the folder", Severity.WARNING)


def _found(folder: Path) -> dict[str, datetime]:
    """When each entry, or anything in it, was last written."""
    found = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):  # the upload ends just now
                times = [path.lstat().st_mtime for path in (Path(entry.path), *Path(entry.path).rglob("*"))]
                found[entry.name] = datetime.fromtimestamp(max(times), UTC)
    return found
