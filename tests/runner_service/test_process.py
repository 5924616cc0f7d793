"""The process: settings, start, readiness, lock, drain, and what it does not import."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pydantic import ValidationError

from kernel.errors import Fault, Reason
from kernel.settings import EXIT_BAD_SETTINGS
from runner.app import running
from runner.settings import RunnerSettings
from tests.runner_service.conftest import Runner, client, make_settings, publish, turned
from tests.runner_service.registry import Registry
from tests.runner_service.test_execute import failure

SOURCES = Path(__file__).parents[2] / "src"


def environment(settings: RunnerSettings, **more: str) -> dict[str, str]:
    named = {
        "LISTEN": json.dumps(settings.listen),
        "CACHE_DIR": str(settings.cache_dir),
        "REGISTRY_ADDRESS": settings.registry_address,
        "REGISTRY_TOKEN_FILE": str(settings.registry_token_file),
        "GATEWAY_TOKEN_FILE": str(settings.gateway_token_file),
        "ATTESTATION_KEYS_FILE": str(settings.attestation_keys_file),
        "GRANT_KEYS_FILE": str(settings.grant_keys_file),
        "EXECUTORS": "1",
        "UNSAFE_WEAK_SANDBOX": str(settings.unsafe_weak_sandbox),
        "READY_FILE": str(settings.cache_dir.parent / "ready.json"),
    }
    prefixed = {f"EXT_RUNNER_{name}": value for name, value in named.items()}
    return {"PATH": os.defpath, "PYTHONPATH": str(SOURCES), "SIGNING_TRUST_BUNDLE": settings.trust_bundle} | prefixed | more


@asynccontextmanager
async def process(env: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "runner"), env=env, stderr=asyncio.subprocess.PIPE, limit=1 << 20
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def line_with(child: asyncio.subprocess.Process, text: str) -> dict[str, object]:
    assert child.stderr is not None
    async with asyncio.timeout(60):
        while line := await child.stderr.readline():
            if (told := json.loads(line))["message"] == text:
                return told
    raise AssertionError(f"the process never logged {text!r}")


async def test_process_serves_and_drains_what_runs(own_root: Path) -> None:
    registry = Registry()
    server = await registry.serve(f"unix:{own_root}/registry")
    settings = make_settings(registry, own_root)
    content_hash = publish(registry, "storage")
    registry.hold = asyncio.Event()
    try:
        set_in_vain = environment(settings, VAULT_ADDR="http://vault.example")
        async with process(set_in_vain) as child, client(settings) as runner:
            told = await line_with(child, "a setting has no effect")
            assert (told["setting"], told["level"]) == ("VAULT_ADDR", "warning")
            told = await line_with(child, "serving")
            ready = own_root / "ready.json"
            assert json.loads(ready.read_text())["addresses"] == list(settings.listen) == told["addresses"]
            await turned(runner, serving=True)
            await runner.warm(content_hash)
            running_call = asyncio.create_task(runner.execute(registry.grant(content_hash), "POST", body=b"x"))
            await registry.storing.wait()
            child.send_signal(signal.SIGTERM)
            await line_with(child, "draining")
            registry.hold.set()
            assert (await running_call).status == 200
            async with asyncio.timeout(20):
                assert await child.wait() == 0
            assert not ready.exists()
    finally:
        await server.stop(0)


async def test_second_runner_on_the_same_cache_is_refused(own_root: Path) -> None:
    settings = make_settings(Registry(), own_root)
    async with running(settings):
        other = settings.model_copy(update={"listen": (f"unix:{own_root}/other",)})
        with pytest.raises(Fault) as caught:
            async with running(other):
                pass
    assert caught.value.violations[0].field == "cache_dir"
    assert oct(settings.cache_dir.stat().st_mode & 0o777) == "0o700"
    async with running(settings):  # and the lock ends with its holder
        pass


async def health(runner: Runner) -> int:
    stub = health_pb2_grpc.HealthStub(runner.peer.channel)
    return (await stub.Check(health_pb2.HealthCheckRequest())).status


async def test_runner_is_ready_once_it_has_heard_the_registry(own_root: Path) -> None:
    registry = Registry()
    settings = make_settings(registry, own_root)
    async with running(settings), client(settings) as runner:
        assert await health(runner) == health_pb2.HealthCheckResponse.NOT_SERVING
        content_hash = publish(registry, "hello")
        assert (await failure(runner.execute(registry.grant(content_hash)))).reason is Reason.UNAVAILABLE
        assert (await failure(runner.asset(registry.asset_grant(content_hash)))).reason is Reason.UNAVAILABLE
        server = await registry.serve(f"unix:{own_root}/registry")
        try:
            await turned(runner, serving=True)
            assert (await runner.execute(registry.grant(content_hash))).status == 200
        finally:
            await server.stop(0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"EXT_RUNNER_EXECUTERS": "1"}, "unknown setting EXT_RUNNER_EXECUTERS"),
        ({"EXT_RUNNER_EXECUTORS": "0"}, "EXECUTORS"),
        ({"EXT_RUNNER_DEFAULT_TIMEOUT_MS": "40000"}, "maximum"),
        ({"EXT_RUNNER_GRANT_KEYS_FILE": "/nowhere"}, "grant_keys_file"),
        ({"EXT_RUNNER_GATEWAY_TOKEN_FILE": "/dev/null"}, "gateway_token_file"),
        ({"SIGNING_TRUST_BUNDLE": "/dev/null"}, "trust_bundle"),
        ({"SIGNING_TRUST_BUNDLE": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"}, "trust_bundle"),
        ({"EXT_RUNNER_LISTEN": '["0.0.0.0:0"]'}, "listen"),
        ({"EXT_RUNNER_REGISTRY_ADDRESS": "registry.example:7481"}, "address"),
    ],
)
def test_bad_settings_end_the_process_with_one_line(own_root: Path, change: dict[str, str], told: str) -> None:
    env = environment(make_settings(Registry(), own_root), EXT_RUNNER_LOG_LEVEL="error") | change
    done = subprocess.run([sys.executable, "-m", "runner"], env=env, capture_output=True, text=True, timeout=60, check=False)
    lines = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert (done.returncode, len(lines)) == (EXIT_BAD_SETTINGS, 1), done.stderr
    assert lines[0].startswith("settings: ")
    assert told in lines[0]
    assert "Traceback" not in done.stderr


def test_trust_bundle_may_be_the_pem_itself(own_root: Path) -> None:
    registry = Registry()
    pem = registry.publisher_key.public.pem.decode()
    settings = make_settings(registry, own_root, EXT_RUNNER_TRUST_BUNDLE=pem)
    asyncio.run(_starts(settings))


async def _starts(settings: RunnerSettings) -> None:
    async with running(settings):
        pass


def test_the_reference_systems_name_of_the_largest_file_is_read(own_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert make_settings(Registry(), own_root).static_max_file_bytes == 16 << 20
    monkeypatch.setenv("EXT_STATIC_MAX_FILE_BYTES", "123")
    assert make_settings(Registry(), own_root).static_max_file_bytes == 123


def test_settings_are_frozen_and_strict(own_root: Path) -> None:
    settings = make_settings(Registry(), own_root)
    with pytest.raises(ValidationError):
        settings.executors = 2
    with pytest.raises(ValidationError):
        make_settings(Registry(), own_root, nonsense=1)


def test_runner_process_has_no_engine() -> None:
    program = "import sys, runner.app, runner.__main__; print(sorted({'wasmtime', 'sqlalchemy', 'aiohttp'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
