"""Real grpcurl with reflection: what an operator types."""

import base64
import json
import subprocess

import pytest

from tests.platform import Platform

pytestmark = pytest.mark.needs("grpcurl")
NAME = "com.example.hello-python"


def grpcurl(platform: Platform, service: str, *arguments: str, data: object = None, anonymous: bool = False) -> str:
    command = ["grpcurl", "-plaintext"]
    if not anonymous:
        command += ["-H", f"authorization: Bearer {platform.key('operator.key')}"]
    if data is not None:
        command += ["-d", json.dumps(data)]
    done = subprocess.run([*command, platform.told[service], *arguments], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("service", "names"),
    [("registry_tcp", ["RegistryService", "InstallService", "StorageService", "IdentityService", "PublisherService"]),
     ("runner_tcp", ["ExecuteService", "AssetService", "OpsService"])],
)  # fmt: skip
def test_lists_and_describes(platform: Platform, service: str, names: list[str]) -> None:
    listed = grpcurl(platform, service, "list").split()
    package = "alga." + service.removesuffix("_tcp") + ".v1."
    assert {package + name for name in names} <= set(listed)
    assert "grpc.health.v1.Health" in listed
    assert "rpc " in grpcurl(platform, service, "describe", package + names[0])
    assert "Valid credentials are needed" in grpcurl(platform, service, "list", anonymous=True)


@pytest.mark.parametrize("service", ["registry_tcp", "runner_tcp"])
def test_health(platform: Platform, service: str) -> None:
    assert json.loads(grpcurl(platform, service, "grpc.health.v1.Health/Check")) == {"status": "SERVING"}


@pytest.mark.parametrize("name", [NAME, pytest.param("com.example.hello-js", marks=pytest.mark.needs("npm"))])
def test_resolves_and_executes(platform: Platform, name: str) -> None:
    question = {"tenant_id": "demo", "extension": name}
    grant = json.loads(grpcurl(platform, "registry_tcp", "alga.registry.v1.InstallService/ResolveInstall", data=question))["grant"]
    call = {"grant": grant, "context": {"request_id": "r1"}, "http": {"method": "GET", "url": "/hello"}}
    answer = json.loads(grpcurl(platform, "runner_tcp", "alga.runner.v1.ExecuteService/Execute", data=call))
    assert answer["status"] == 200
    assert json.loads(base64.b64decode(answer["body"]))["greeting"] == "Hello, demo!"
    assert int(answer["usage"]["handler_us"]) > 0
    assert int(answer["usage"]["response_bytes"]) == len(base64.b64decode(answer["body"]))


def test_errors_tell_their_reason(platform: Platform) -> None:
    question = {"tenant_id": "demo", "extension": "com.example.unknown"}
    said = grpcurl(platform, "registry_tcp", "alga.registry.v1.InstallService/ResolveInstall", data=question)
    assert "ERROR_REASON_EXTENSION_NOT_AVAILABLE" in said
    assert "Unauthenticated" in grpcurl(
        platform, "registry_tcp", "alga.registry.v1.InstallService/ListInstalls", data={}, anonymous=True
    )
