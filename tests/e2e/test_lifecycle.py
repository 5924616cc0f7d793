"""Install, disable, revoke: what holds at once for calls and for UI files."""

import time

import grpc
import pytest
from grpc_status import rpc_status

from gen.alga.common.v1 import errors_pb2
from gen.alga.registry.v1 import install_service_pb2, install_service_pb2_grpc, registry_service_pb2, registry_service_pb2_grpc
from kernel.archive import pack
from tests import guests
from tests.guests.bundles import bundle_files
from tests.platform import Platform


def fresh(platform: Platform, name: str) -> tuple[str, str]:
    """A new extension that answers; its name and the path of its page."""
    version = platform.publish(bundle_files(name, guests.component("hello")))
    install = platform.install(version)
    return version.name, f"/ext-ui/{install.extension_id}/{install.content_hash}/index.html"


def switch(platform: Platform, name: str, *, on: bool) -> None:
    with platform.channel("registry") as channel:
        stub = install_service_pb2_grpc.InstallServiceStub(channel)
        if on:
            stub.Enable(install_service_pb2.EnableRequest(tenant_id="demo", install=name), metadata=platform.metadata())
        else:
            stub.Disable(install_service_pb2.DisableRequest(tenant_id="demo", install=name), metadata=platform.metadata())


def eventually(platform: Platform, path: str, status: int) -> None:
    """The change arrives over a stream, within a second; five are given to a busy machine."""
    ends = time.monotonic() + 5
    while platform.call(path).status != status:
        assert time.monotonic() < ends, f"{path} never answered {status}"


def test_disable_stops_calls_and_ui_and_enable_brings_them_back(platform: Platform) -> None:
    name, page = fresh(platform, "com.example.switched")
    assert platform.call(f"/api/ext/{name}/run").status == 200
    assert platform.call(page, key=None).status == 200
    switch(platform, name, on=False)
    eventually(platform, f"/api/ext/{name}/run", 404)
    assert platform.call(f"/api/ext/{name}/run").json()["code"] == "extension_disabled"
    eventually(platform, page, 404)
    switch(platform, name, on=True)
    eventually(platform, f"/api/ext/{name}/run", 200)


def test_revoke_stops_a_version(platform: Platform) -> None:
    name, page = fresh(platform, "com.example.revoked")
    assert platform.call(f"/api/ext/{name}/run").status == 200
    with platform.channel("registry") as channel:
        stub = registry_service_pb2_grpc.RegistryServiceStub(channel)
        request = registry_service_pb2.RevokeVersionRequest(extension=name, version="1.0.0")
        stub.RevokeVersion(request, metadata=platform.metadata())
    eventually(platform, f"/api/ext/{name}/run", 404)
    assert platform.call(f"/api/ext/{name}/run").json()["code"] == "extension_revoked"
    eventually(platform, page, 404)


def reason(error: grpc.RpcError) -> str:
    detail = errors_pb2.ErrorDetail()
    status = rpc_status.from_call(error)
    assert status.details[0].Unpack(detail)
    return errors_pb2.ErrorReason.Name(detail.reason).removeprefix("ERROR_REASON_")


def test_an_unsigned_bundle_is_refused_and_leaves_nothing(platform: Platform) -> None:
    files = bundle_files("com.example.unsigned", guests.component("hello"))
    with pytest.raises(grpc.RpcError) as caught:
        platform.publish(files, envelope=b"")
    assert reason(caught.value) == "ENVELOPE_MISSING"
    with platform.channel("registry") as channel:
        stub = registry_service_pb2_grpc.RegistryServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            stub.GetExtension(
                registry_service_pb2.GetExtensionRequest(extension="com.example.unsigned"), metadata=platform.metadata()
            )
    assert reason(caught.value) == "NOT_FOUND"
    stored = [path for path in (platform.data_dir / "registry-data").rglob("*") if path.is_file()]
    archive = pack(files)
    assert [path for path in stored if path.stat().st_size == len(archive) and path.read_bytes() == archive] == []
