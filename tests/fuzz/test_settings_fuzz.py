"""What admins send over HTTP is read or refused by name, and raises nothing else."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.install_settings import _read
from gen.alga.registry.v1 import install_service_pb2 as installs
from gen.alga.registry.v1 import secret_service_pb2 as secrets
from kernel.errors import Fault, Reason

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
NAMES = st.sampled_from(["boxes", "expires_at", "key_id", "ciphertext", "configuration", "credentials", "if_revision", "x", ""])
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=8)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_any_object_is_read_or_refused(told: dict[str, Any]) -> None:
    for message, known in (
        (secrets.SealedSecret(), ("boxes", "expires_at")),
        (secrets.PutSecretsRequest(), ("if_revision",)),
        (installs.SetConfigurationRequest(), ("configuration", "if_revision")),
        (installs.SetCredentialsRequest(), ("credentials", "if_revision")),
    ):
        try:
            _read(told, message, known, needed=known[0])
        except Fault as fault:
            assert fault.reason is Reason.INVALID_ARGUMENT
            assert fault.violations
