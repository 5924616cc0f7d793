"""Configuration: a tenant sets it, its calls see it within a second, nobody else's do."""

import time
from collections.abc import Callable, Mapping

from gen.alga.registry.v1 import install_service_pb2, install_service_pb2_grpc
from tests.platform import HttpAnswer, Platform

PYTHON = "com.example.hello-python"


def configure(platform: Platform, name: str, told: Mapping[str, str], tenant: str = "demo") -> None:
    with platform.channel("registry") as channel:
        stub = install_service_pb2_grpc.InstallServiceStub(channel)
        request = install_service_pb2.SetConfigurationRequest(tenant_id=tenant, install=name, configuration=told)
        assert dict(stub.SetConfiguration(request, metadata=platform.metadata()).install.configuration) == told


def eventually(call: Callable[[], HttpAnswer], holds: Callable[[HttpAnswer], bool]) -> None:
    """The change arrives over a stream, within a second; five are given to a busy machine."""
    ends = time.monotonic() + 5
    while not holds(answer := call()):
        assert time.monotonic() < ends, (answer.status, answer.body)


def test_a_guest_answers_with_what_its_tenant_set(platform: Platform) -> None:
    path = platform.guest("config")
    name = path.removeprefix("/api/ext/")

    def keys(key: str | None = "demo-caller.key") -> HttpAnswer:
        return platform.call(f"{path}/run", key=key)

    assert (keys().status, keys().body) == (200, b"")
    told = {f"{number:02}{'k' * 62}": "v" * 190 for number in range(62)} | {"greeting": "Grüß dich", "empty": ""}
    configure(platform, name, told)
    eventually(keys, lambda answer: answer.body != b"")
    assert keys().body.decode().splitlines() == sorted(told)
    assert platform.call(f"{path}/run/greeting").body.decode() == "Grüß dich"
    assert (platform.call(f"{path}/run/empty").status, platform.call(f"{path}/run/missing").status) == (200, 404)

    # Another tenant's install of the same version has a configuration of its own.
    platform.guest("config", tenant="other")
    other = platform.caller("other")
    assert (keys(other).status, keys(other).body) == (200, b"")
    configure(platform, name, {"theirs": "1"}, tenant="other")
    eventually(lambda: keys(other), lambda answer: answer.body == b"theirs\n")

    configure(platform, name, {"greeting": "Hi"})
    eventually(lambda: platform.call(f"{path}/run/greeting"), lambda answer: answer.body == b"Hi")
    assert keys().body == b"greeting\n"
    configure(platform, name, {})
    eventually(keys, lambda answer: answer.body == b"")


def test_the_samples_greeting_can_be_set(platform: Platform) -> None:
    def hello() -> HttpAnswer:
        return platform.call(f"/api/ext/{PYTHON}/hello")

    configure(platform, PYTHON, {"greeting": "Moin"})
    eventually(hello, lambda answer: answer.json()["greeting"] == "Moin, demo!")
    configure(platform, PYTHON, {})
    eventually(hello, lambda answer: answer.json()["greeting"] == "Hello, demo!")
