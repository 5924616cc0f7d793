"""The process: settings, the ready file, and how it stops."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from gateway.settings import GatewaySettings
from tests.gateway.conftest import eventually, settings
from tests.gateway.http import ask, connect, head, read_answer

SOURCE = Path(__file__).parents[2] / "src"


async def spawn(directory: Path, **changes: str) -> asyncio.subprocess.Process:
    token = directory / "token"
    token.write_text("a-token-of-a-gateway-for-these-tests")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(SOURCE),
        "EXT_GATEWAY_LISTEN": '["127.0.0.1:0"]',
        "EXT_GATEWAY_REGISTRY_ADDRESS": f"unix:{directory}/registry",
        "EXT_GATEWAY_RUNNER_ADDRESS": f"unix:{directory}/runner",
        "EXT_GATEWAY_REGISTRY_TOKEN_FILE": str(token),
        "EXT_GATEWAY_RUNNER_TOKEN_FILE": str(token),
        "EXT_GATEWAY_READY_FILE": str(directory / "ready"),
        **changes,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", env=environment, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_and_stops_with_zero(run_directory: Path, number: signal.Signals) -> None:
    process = await spawn(run_directory)
    ready = run_directory / "ready"
    await eventually(ready.exists)
    (address,) = json.loads(ready.read_text())["addresses"]
    assert (await ask(address, "GET", "/livez")).status == 200
    assert (await ask(address, "GET", "/readyz")).status == 503
    reader, writer = await connect(address)  # an idle connection does not hold it up
    writer.write(head("GET", "/livez"))
    assert (await read_answer(reader)).status == 200
    process.send_signal(number)
    _, errors = await asyncio.wait_for(process.communicate(), 30)
    writer.close()
    assert process.returncode == 0
    lines = [json.loads(line) for line in errors.decode().splitlines()]
    served = [line for line in lines if line["message"] == "request"]
    assert [(line["route"], line["status"]) for line in served] == [("livez", 200), ("readyz", 503), ("livez", 200)]
    assert served[0]["request_id"]
    assert "a-token-of-a-gateway-for-these-tests" not in errors.decode()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"EXT_GATEWAY_TIMEOUT_MS": "NaN"}, "TIMEOUT_MS"),
        ({"EXT_GATEWAY_TIMEOUT_MS": "0"}, "TIMEOUT_MS"),
        ({"EXT_GATEWAY_NONSENSE": "1"}, "NONSENSE"),
        ({"EXT_GATEWAY_RUNNER_TOKEN_FILE": "/nowhere/token"}, "runner_token_file"),
        ({"EXT_GATEWAY_REGISTRY_ADDRESS": "registry.example:7481"}, "tls_ca_file"),
        ({"EXT_GATEWAY_LISTEN": '["127.0.0.1:nonsense"]'}, "listen"),
        ({"EXT_GATEWAY_LISTEN": '["0.0.0.0:0"]'}, "loopback"),
        ({"EXT_GATEWAY_INSECURE_DEVELOPMENT_TENANT": "a/b"}, "TENANT"),
        ({"EXT_UI_FRAME_ANCESTORS": "*; script-src *"}, "FRAME_ANCESTORS"),
        ({"EXT_UI_CONTENT_SECURITY_POLICY": "a\nb"}, "POLICY"),
        ({"EXT_UI_CONTENT_SECURITY_POLICY": "default-src 'self'; script-src 'self' 'unsafe-inline'"}, "unsafe-inline"),
        ({"EXT_GATEWAY_TLS_CERT_FILE": "/nowhere"}, "tls_key_file"),
        ({"EXT_GATEWAY_SERVICE_TOKEN_FILE": "/a"}, "EXT_GATEWAY_SERVICE_TOKEN_FILE became EXT_GATEWAY_HOST_TOKEN_FILES: JSON list"),
    ],
)
async def test_bad_settings_end_it_with_two(run_directory: Path, changes: dict[str, str], word: str) -> None:
    process = await spawn(run_directory, **changes)
    _, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 2
    assert word in errors.decode().splitlines()[-1]
    assert not (run_directory / "ready").exists()


async def test_the_reference_systems_names_are_read(run_directory: Path) -> None:
    process = await spawn(run_directory, EXT_UI_FRAME_ANCESTORS="https://a.example", EXT_GATEWAY_TIMEOUT_MS="30000")
    await eventually((run_directory / "ready").exists)
    process.terminate()
    await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("EXT_UI_FRAME_ANCESTORS", "https://a.example", "ui_frame_ancestors", "https://a.example"),
        ("EXT_UI_CONTENT_SECURITY_POLICY", "default-src *", "ui_content_security_policy", "default-src *"),
        ("EXT_GATEWAY_TIMEOUT_MS", "5000", "timeout_ms", 5_000),
        ("EXT_DOMAIN_ROOT", "apps.example.com", "ui_domain_root", "apps.example.com"),
    ],
)
def test_they_say_what_they_say_there(
    run_directory: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, field: str, expected: object
) -> None:
    assert getattr(settings(run_directory), field) != expected
    monkeypatch.setenv(name, value)
    assert getattr(settings(run_directory), field) == expected


def test_settings_are_frozen(run_directory: Path) -> None:
    made: GatewaySettings = settings(run_directory)
    with pytest.raises(ValueError, match="frozen"):
        made.timeout_ms = 1  # type: ignore[misc]
