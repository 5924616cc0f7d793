"""A registry that trusts keys, certificates and their ends in every state that a publisher's key can have."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gen.alga.registry.v1 import publisher_service_pb2 as publishers
from kernel.signing import SigningKey
from tests.registry.bundles import PUBLISHER, Signed, bundle
from tests.registry.stack import Stack
from tests.unit.kernel.certificates import Authority

OTHER = "other"
YEAR = timedelta(days=365)
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass
class Trusting:
    """A registry that trusts plain keys of two publishers and one root, whose key is an authority of `acme`."""

    stack: Stack
    root: Authority = field(default_factory=lambda: Authority.root(start=NOW - 5 * YEAR, end=NOW + 5 * YEAR))
    retired: SigningKey = field(default_factory=SigningKey.generate)
    revoked: SigningKey = field(default_factory=SigningKey.generate)
    unowned: SigningKey = field(default_factory=SigningKey.generate)
    spent: Authority = field(init=False)  # an authority below the root whose key was revoked

    def __post_init__(self) -> None:
        self.spent = self.root.intermediate("spent")

    @property
    def right(self) -> Signed:
        """What is accepted."""
        return bundle(self.stack.publisher_key)

    @property
    def trust(self) -> str:
        keys = [self.stack.publisher_key, self.stack.trusted_key, self.retired, self.revoked, self.unowned]
        return (b"".join(key.public.pem for key in keys) + self.root.pem).decode()

    async def prepare(self) -> None:
        stack = self.stack
        await stack.publisher(PUBLISHER, stack.publisher_key)
        await stack.publisher(OTHER, stack.trusted_key)
        for pem in (self.retired.public.pem, self.revoked.public.pem, self.root.pem, self.spent.pem):
            added = publishers.AddPublisherKeyRequest(publisher=PUBLISHER, public_key_pem=pem.decode())
            await stack.operator.call("publishers", "AddPublisherKey", added)
        retired = publishers.RetirePublisherKeyRequest(publisher=PUBLISHER, key_id=self.retired.public.key_id)
        await stack.operator.call("publishers", "RetirePublisherKey", retired)
        for key_id in (self.revoked.public.key_id, self.spent.key_id):
            ended = publishers.RevokePublisherKeyRequest(publisher=PUBLISHER, key_id=key_id)
            await stack.operator.call("publishers", "RevokePublisherKey", ended)


@asynccontextmanager
async def trusted() -> AsyncIterator[Trusting]:
    """Such a registry, while the block runs."""
    folder = Path(tempfile.mkdtemp(prefix="alga-", dir="/tmp"))
    try:
        found = Trusting(Stack(folder))
        async with found.stack.running(SIGNING_TRUST_BUNDLE=found.trust):
            await found.prepare()
            yield found
    finally:
        shutil.rmtree(folder)
