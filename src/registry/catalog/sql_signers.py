"""Who signed bundles, from the rows of `extension_bundle_signer`: one for each key of a signer's chain."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import select

from kernel.trust import Signer
from registry.catalog.tables import extension_bundle_signer

# In the order that `by_bundle` needs.
SIGNERS: Final = select(extension_bundle_signer).order_by(*extension_bundle_signer.primary_key)


def by_bundle(rows: Iterable[Any]) -> dict[str, tuple[Signer, ...]]:
    """The signers of each bundle that has any, by the hex of its content hash; `rows` are of a query made from `SIGNERS`."""
    chains: dict[tuple[str, int], list[str]] = {}
    for row in rows:
        chains.setdefault((row.content_hash, row.signer), []).append(row.key_id)
    found: dict[str, tuple[Signer, ...]] = {}
    for (content_hash, _), (key_id, *authorities) in chains.items():
        found[content_hash] = (*found.get(content_hash, ()), Signer(key_id, tuple(authorities)))
    return found
