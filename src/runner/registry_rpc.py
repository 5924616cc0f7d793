"""Around calls of the registry: which of its failures are a caller's to see, and which are this runner's own trouble."""

from collections.abc import Iterator
from contextlib import contextmanager

from kernel import status
from kernel.errors import Fault, Reason


@contextmanager
def registry_rpc(told: frozenset[Reason]) -> Iterator[None]:
    """Failures with a reason of `told` come out as they are, all others as UNAVAILABLE.

    The registry may for example not know this runner's token: passing its UNAUTHENTICATED on would tell callers that theirs is
    wrong.
    """
    try:
        with status.remote():
            yield
    except Fault as fault:
        raise shown(fault, told) from fault


def shown(fault: Fault, told: frozenset[Reason]) -> Fault:
    """What becomes of one failure."""
    return fault if fault.reason in told else Fault(Reason.UNAVAILABLE, log=f"registry: {fault}")
