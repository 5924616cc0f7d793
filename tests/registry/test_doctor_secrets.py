"""The doctor's rule for secrets: each can be opened with a key of today, and what credentials name is there."""

from pathlib import Path

from gen.alga.registry.v1 import maintenance_service_pb2 as pb
from kernel.sealing import SealingKey
from tests.registry.bundles import NAME, bundle
from tests.registry.sealing import put, sealed, write_recipients
from tests.registry.stack import Stack, started
from tests.registry.test_doctor import diagnose
from tests.registry.test_reaching import NAMED, ONE, credentials

OLD, NEW = SealingKey.generate(), SealingKey.generate()


async def told(stack: Stack) -> list[tuple[int, str]]:
    return [(one.severity, one.text) for one in await diagnose(stack) if one.check == "install-secrets"]


async def test_secrets_that_an_older_key_alone_opens_are_told(tmp_path: Path) -> None:
    for keys, severity, text in (
        ((OLD,), pb.SEVERITY_OK, "every secret"),
        ((OLD, NEW), pb.SEVERITY_WARNING, "not sealed to all"),
        ((NEW,), pb.SEVERITY_ERROR, "sealed to no key"),
    ):
        path = write_recipients(tmp_path / "recipients.pem", OLD)
        async with started(secret_recipients_file=path, trust_reload_seconds=0.02) as stack:
            await stack.clients["acme"].publish(bundle(stack.publisher_key, egress=NAMED))
            install = await stack.clients["admin-a"].install("a", NAME)
            await put(stack.clients["admin-a"], sealed(install.id, "token", "x", [OLD.public]))
            write_recipients(path, *keys)
            found = await told(stack)
            while found[0][0] != severity:  # the file is read again soon
                found = await told(stack)
            assert text in found[0][1]
            assert len(found) == 1


async def test_a_credential_without_its_secret_is_told() -> None:
    async with started() as stack:
        await stack.clients["acme"].publish(bundle(stack.publisher_key, egress=NAMED))
        await stack.clients["admin-a"].install("a", NAME)
        await credentials(stack.clients["admin-a"], ONE)
        ((severity, text),) = await told(stack)
        assert (severity, "names the secret token" in text) == (pb.SEVERITY_WARNING, True)
