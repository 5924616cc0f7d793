"""Secrets of installs, over `alga.registry.v1.SecretService`: sealed here, so that no value leaves this process in the clear."""

from collections.abc import Sequence
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from cli.client.calls import Calls
from cli.client.convert import record
from cli.output import Record
from cli.problem import Problem
from gen.alga.registry.v1 import secret_service_pb2 as pb
from gen.alga.registry.v1 import secret_service_pb2_grpc
from kernel.errors import Fault, Reason
from kernel.rpc import Peer
from kernel.sealing import Place, RecipientKey, seal


class Secrets(Calls):
    """Every method raises Fault with what the rpc documents; `install` as for `Installs`."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._stub = secret_service_pb2_grpc.SecretServiceStub(peer.channel)

    async def list(self, tenant: str, install: str) -> Record:
        """Names, ends and keys; `install_id` and `revision`."""
        return record(await self._ask(self._stub.ListSecrets, pb.ListSecretsRequest(tenant_id=tenant, install=install)))

    async def set(self, tenant: str, install: str, name: str, value: str, expires_at: datetime | None) -> Record:
        """Seal a value to all recipients and store it; once more when another secret was stored in between."""
        try:
            return await self._set(tenant, install, name, value, expires_at)
        except Fault as fault:
            if fault.reason is not Reason.REVISION_CONFLICT:
                raise
            return await self._set(tenant, install, name, value, expires_at)

    async def remove(self, tenant: str, install: str, names: Sequence[str]) -> Record:
        """Remove secrets; those that do not exist are no failure."""
        found = await self.list(tenant, install)
        request = pb.PutSecretsRequest(
            tenant_id=tenant, install=found["install_id"], remove=names, if_revision=int(found["revision"])
        )
        return record(await self._ask(self._stub.PutSecrets, request))

    async def _set(self, tenant: str, install: str, name: str, value: str, expires_at: datetime | None) -> Record:
        answer = await self._ask(self._stub.GetRecipients, pb.GetRecipientsRequest())
        keys = [RecipientKey.parse(one.public_key_pem.encode(), "recipients") for one in answer.recipients]
        if not keys:
            raise Problem("this registry names no key to seal secrets to", "its operator has to set secret_recipients_file")
        found = await self.list(tenant, install)
        at = int(found["revision"])
        place = Place(tenant, found["install_id"], name, at + 1, expires_at)
        boxes = [
            pb.SealedBox(key_id=box.key_id, algorithm=box.algorithm, ciphertext=box.ciphertext) for box in seal(value, place, keys)
        ]
        ends = None
        if expires_at is not None:
            ends = Timestamp()
            ends.FromDatetime(expires_at)
        secret = pb.SealedSecret(name=name, expires_at=ends, boxes=boxes)
        request = pb.PutSecretsRequest(tenant_id=tenant, install=found["install_id"], put=[secret], if_revision=at)
        return record(await self._ask(self._stub.PutSecrets, request))
