"""The command line's upload against a real registry: it begins with the go-ahead, and hears why there is none."""

import random

import pytest

from cli.client.extensions import Extensions
from kernel.errors import Fault, Reason
from tests.registry.bundles import bundle
from tests.registry.stack import started

PAGES = {f"ui/{number}.bin": random.Random(number).randbytes(1_000_000) for number in range(8)}  # as large when packed


async def test_a_refused_envelope_costs_no_upload_and_is_told() -> None:
    async with started() as stack:
        signed, sent = bundle(stack.stranger_key, PAGES), list[int]()
        for _ in range(5):
            with pytest.raises(Fault) as refused:
                await Extensions(stack.operator.peer).publish(signed.archive, signed.envelope, "public", sent.append)
            assert refused.value.reason is Reason.SIGNER_UNTRUSTED
        assert sent == []


async def test_every_byte_is_sent_and_told() -> None:
    async with started() as stack:
        signed, sent = bundle(stack.publisher_key, PAGES), list[int]()
        version, existed = await Extensions(stack.operator.peer).publish(signed.archive, signed.envelope, "public", sent.append)
        assert (version["version"], existed, sum(sent)) == ("1.0.0", False, len(signed.archive))
