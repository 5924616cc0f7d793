"""Between the protos of `alga.registry.v1.SecretService` and the model."""

from datetime import UTC, datetime

from gen.alga.registry.v1 import secret_service_pb2 as pb
from kernel.sealing import Box, RecipientKey
from registry.convert import optional_time_from_proto, stamp, stamp_or_none
from registry.model import SealedSecret

_NOT_YET = datetime(1970, 1, 1, tzinfo=UTC)


def recipient_to_proto(key: RecipientKey) -> pb.Recipient:
    """A key to seal to."""
    return pb.Recipient(key_id=key.key_id, public_key_pem=key.pem.decode())


def secret_from_proto(message: pb.SealedSecret, field: str) -> SealedSecret:
    """A secret that somebody wants stored; when and at which revision, the registry says. Raises INVALID_ARGUMENT."""
    boxes = tuple(Box(box.key_id, box.algorithm, box.ciphertext) for box in message.boxes)
    return SealedSecret(message.name, 0, boxes, _NOT_YET, optional_time_from_proto(message, "expires_at"))


def secret_to_proto(secret: SealedSecret) -> pb.SealedSecret:
    """A secret for a runner."""
    boxes = [pb.SealedBox(key_id=box.key_id, algorithm=box.algorithm, ciphertext=box.ciphertext) for box in secret.boxes]
    return pb.SealedSecret(name=secret.name, expires_at=stamp_or_none(secret.expires_at), boxes=boxes, revision=secret.revision)


def info_to_proto(secret: SealedSecret) -> pb.SecretInfo:
    """What is known of a secret without opening it."""
    return pb.SecretInfo(
        name=secret.name,
        revision=secret.revision,
        expires_at=stamp_or_none(secret.expires_at),
        key_ids=[box.key_id for box in secret.boxes],
        updated_at=stamp(secret.updated_at),
    )
