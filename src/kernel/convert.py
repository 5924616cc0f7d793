"""Between `kernel.signing.Signed` and its proto."""

from dataclasses import asdict

from gen.alga.registry.v1 import trust_pb2
from kernel.grants import Credential, Limits
from kernel.signing import Signed


def signed_from_proto(message: trust_pb2.Signed) -> Signed:
    """Nothing is believed yet: verify it."""
    return Signed(message.payload, message.signature, message.key_id)


def signed_to_proto(signed: Signed) -> trust_pb2.Signed:
    """As it travels."""
    return trust_pb2.Signed(payload=signed.payload, signature=signed.signature, key_id=signed.key_id)


def limits_to_proto(limits: Limits) -> trust_pb2.Limits:
    """What one call may spend."""
    return trust_pb2.Limits(**asdict(limits))


def egress_to_proto(destinations: tuple[str, ...] | None) -> trust_pb2.EgressList | None:
    """A tenant's list of destinations; None = it says nothing."""
    return None if destinations is None else trust_pb2.EgressList(destinations=destinations)


def credential_to_proto(credential: Credential) -> trust_pb2.Credential:
    """A secret that the host adds to requests."""
    return trust_pb2.Credential(**asdict(credential))
