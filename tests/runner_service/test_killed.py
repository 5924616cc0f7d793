"""kill -9 of a runner while it makes a bundle ready: the next one uses nothing half-done and leaves nothing of it behind."""

import asyncio
import random
import signal
from pathlib import Path

import pytest

from kernel.digest import Digest
from kernel.errors import Fault, Reason
from runner.settings import RunnerSettings
from tests.runner_service.conftest import Runner, client, make_settings, publish, started
from tests.runner_service.registry import Registry
from tests.runner_service.test_process import environment, line_with, process

# What there is on the disk when the runner dies, in the order in which a first call makes it.
STAGES = (
    "incoming/*",
    "incoming/*/bundle.tar.zst",
    "incoming/*/attestation.json",
    "bundles/*/attestation.json",
    "trees/*",
    "trees/*/dist/main.wasm",
    "artifacts/code/*.tmp",
    "artifacts/code/*.mac",
    "artifacts/code/*.cwasm",
)


def half_done(settings: RunnerSettings) -> set[Path]:
    """What nobody can tell from a half of it, or belongs to one process alone."""
    return {path for pattern in ("incoming/*", "trees/*", "artifacts/code/*.tmp") for path in found(settings, pattern)}


async def killed_at(settings: RunnerSettings, registry: Registry, files: dict[str, bytes], stage: str) -> None:
    """Start a runner process, have it answer a first call, and kill it as soon as a file of the stage is there."""
    content_hash = publish(registry, "hello", files=files)
    async with process(environment(settings)) as child, client(settings) as runner:
        await line_with(child, "serving")
        await ready(runner, registry)
        call = asyncio.create_task(runner.execute(registry.grant(content_hash)))
        while not (call.done() or is_there(settings, stage, content_hash)):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0)
        child.send_signal(signal.SIGKILL)
        assert await child.wait() == -signal.SIGKILL
        outcome = (await asyncio.gather(call, return_exceptions=True))[0]
        # It died in time, or just too late.
        assert not isinstance(outcome, BaseException) or (isinstance(outcome, Fault) and outcome.reason is Reason.UNAVAILABLE)


def found(settings: RunnerSettings, pattern: str) -> list[Path]:
    return list(settings.cache_dir.glob(pattern))


def is_there(settings: RunnerSettings, stage: str, content_hash: Digest) -> bool:
    return any(content_hash.hex in str(path) or "incoming" in stage for path in found(settings, stage))


async def ready(runner: Runner, registry: Registry) -> None:
    """A first runner's own first call needs what the registry says is revoked."""
    content_hash = publish(registry, "hello")
    async with asyncio.timeout(30):
        while True:
            try:
                await runner.execute(registry.grant(content_hash))
                return
            except Fault as fault:
                assert fault.reason is Reason.UNAVAILABLE


@pytest.mark.parametrize("stage", STAGES)
async def test_killed_while_it_makes_a_bundle_ready(own_root: Path, stage: str) -> None:
    registry = Registry()
    server = await registry.serve(f"unix:{own_root}/registry")
    settings = make_settings(registry, own_root)
    # Nothing that could be packed small: each stage takes a moment.
    files = {"ui/noise.bin": random.Random(1).randbytes(4 << 20)}
    try:
        await killed_at(settings, registry, files, stage)
        content_hash = list(registry.bundles)[-1]
        left = half_done(settings)
        async with started(settings) as runner:
            assert not left & half_done(settings)  # what it makes ready itself by now has other names
            assert {path.stem for path in found(settings, "artifacts/code/*.mac")} == {
                path.stem for path in found(settings, "artifacts/code/*.cwasm")
            }
            await ready(runner, registry)
            assert (await runner.execute(registry.grant(content_hash))).status == 200
            assert registry.reads[content_hash] <= 2
    finally:
        await server.stop(0)
