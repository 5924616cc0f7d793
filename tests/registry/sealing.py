"""A client's side of secrets: seals to the registry's recipients, and calls of SecretService as one caller."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from gen.alga.registry.v1 import secret_service_pb2 as pb
from kernel.sealing import Box, Place, RecipientKey, SealingKey, seal
from registry.convert import stamp_or_none
from tests.registry.bundles import NAME
from tests.registry.stack import Client


def write_recipients(path: Path, *keys: SealingKey) -> Path:
    path.write_bytes(b"".join(key.public.pem for key in keys))
    return path


def box_to_proto(box: Box) -> pb.SealedBox:
    return pb.SealedBox(key_id=box.key_id, algorithm=box.algorithm, ciphertext=box.ciphertext)


def sealed(
    install_id: str,
    name: str,
    value: str,
    keys: Sequence[RecipientKey],
    *,
    revision: int = 1,
    tenant: str = "a",
    expires_at: datetime | None = None,
) -> pb.SealedSecret:
    """A secret for the revision at which it will be stored."""
    boxes = seal(value, Place(tenant, install_id, name, revision, expires_at), keys)
    return pb.SealedSecret(name=name, expires_at=stamp_or_none(expires_at), boxes=map(box_to_proto, boxes))


async def put(
    client: Client,
    *secrets: pb.SealedSecret,
    if_revision: int | None = 0,
    remove: Sequence[str] = (),
    tenant: str = "a",
    install: str = NAME,
) -> Any:
    request = pb.PutSecretsRequest(tenant_id=tenant, install=install, put=secrets, remove=remove, if_revision=if_revision)
    return await client.call("secrets", "PutSecrets", request)


async def listed(client: Client, tenant: str = "a", install: str = NAME) -> Any:
    return await client.call("secrets", "ListSecrets", pb.ListSecretsRequest(tenant_id=tenant, install=install))


async def read_sealed(client: Client, grant: Any) -> Any:
    return await client.call("secrets", "ReadSealed", pb.ReadSealedRequest(grant=grant))
