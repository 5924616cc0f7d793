"""Limits that a tenant sets, from its command to its calls: the extension is held to them within a second."""

from gen.alga.registry.v1 import install_pb2, install_service_pb2, install_service_pb2_grpc, trust_pb2
from tests.e2e.test_configuration import eventually
from tests.platform import HttpAnswer, Platform


def limit(platform: Platform, name: str, tenant: str = "demo", **limits: int) -> None:
    with platform.channel("registry") as channel:
        stub = install_service_pb2_grpc.InstallServiceStub(channel)
        request = install_service_pb2.SetLimitsRequest(tenant_id=tenant, install=name, limits=trust_pb2.Limits(**limits))
        stub.SetLimits(request, metadata=platform.metadata())


def hold_callers(platform: Platform, name: str, **limits: int) -> None:
    with platform.channel("registry") as channel:
        stub = install_service_pb2_grpc.InstallServiceStub(channel)
        told = install_pb2.CallerLimits(**limits)
        request = install_service_pb2.SetLimitsRequest(tenant_id="demo", install=name, caller_limits=told)
        stub.SetLimits(request, metadata=platform.metadata())


def test_a_tenant_holds_an_extension_to_its_own_limits(platform: Platform) -> None:
    path = platform.guest("echo")
    name = path.removeprefix("/api/ext/")

    def post(key: str = "demo-caller.key") -> HttpAnswer:
        return platform.call(f"{path}/run", "POST", b"1234", key=key)

    assert (post().status, post().body) == (200, b"1234")
    limit(platform, name, request_bytes=3)
    eventually(post, lambda answer: answer.status == 413)
    limit(platform, name, response_bytes=3)
    eventually(post, lambda answer: answer.status == 502 and b"guest_response_too_large" in answer.body)
    # Another tenant's install of the same version has limits of its own.
    platform.guest("echo", tenant="other")
    assert post(platform.caller("other")).status == 200
    limit(platform, name)
    eventually(post, lambda answer: answer.status == 200)


def test_a_tenant_holds_the_callers_of_an_extension_to_its_own_limits(platform: Platform) -> None:
    path = platform.guest("echo")
    name = path.removeprefix("/api/ext/")

    def post(key: str = "demo-caller.key") -> HttpAnswer:
        return platform.call(f"{path}/run", "POST", b"1234", key=key)

    hold_callers(platform, name, calls_per_minute=1)
    eventually(post, lambda answer: answer.status == 429 and answer.json()["violations"][0]["field"] == "extension")
    platform.guest("echo", tenant="other")
    assert [post(platform.caller("other")).status for _ in range(3)] == [200] * 3
    hold_callers(platform, name)
    eventually(post, lambda answer: answer.status == 200)
