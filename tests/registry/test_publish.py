"""What publishing does when all is well, and when its own machinery fails."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from gen.alga.registry.v1 import extension_pb2
from gen.alga.registry.v1 import registry_service_pb2 as registry
from kernel.errors import Fault, Reason
from registry import publish as publishing
from registry.catalog.sql_versions import SqlVersions
from registry.contents import take_out
from registry.publish import Publish
from registry.receive import MAX_UPLOADS_EACH
from tests.registry.bundles import NAME, bundle
from tests.registry.components import HANDLER, component
from tests.registry.stack import Stack, eventually


async def test_the_same_bytes_again_are_the_same_version(stack: Stack) -> None:
    signed = bundle(stack.publisher_key)
    first = await stack.clients["acme"].publish(signed)
    before = stack.left()
    again = await stack.clients["acme"].publish(signed)
    assert (again.version, again.existed) == (first.version, True)
    assert stack.left() == before


async def test_the_same_bytes_at_once_are_published_once(stack: Stack) -> None:
    signed = bundle(stack.publisher_key)
    answers = await asyncio.gather(*(stack.clients["acme"].publish(signed) for _ in range(MAX_UPLOADS_EACH)))
    assert sorted(answer.existed for answer in answers) == [False, True]
    assert len({answer.version.id for answer in answers}) == 1
    assert stack.left()["blobs"] == 2  # the archive and its manifest


async def test_different_bytes_for_one_version_at_once(stack: Stack) -> None:
    bundles = [bundle(stack.publisher_key, {"ui/index.html": str(number).encode()}) for number in range(MAX_UPLOADS_EACH)]
    answers = await asyncio.gather(*(stack.clients["acme"].publish(one) for one in bundles), return_exceptions=True)
    lost = [answer for answer in answers if isinstance(answer, Fault)]
    assert [fault.reason for fault in lost] == [Reason.VERSION_CONFLICT]
    left = stack.left()
    assert (left["extension_version"], left["extension_bundle"], left["blobs"], left["uploads"]) == (1, 1, 2, 0)


async def test_an_operator_publishes_for_anybody_who_signed(stack: Stack) -> None:
    answer = await stack.operator.publish(bundle(stack.publisher_key))
    assert answer.version.name == NAME


async def test_a_component_is_inspected_and_its_endpoints_are_kept(stack: Stack) -> None:
    endpoints = [{"method": "GET", "path": "/notes/:id", "handler": "notes"}, {"method": "POST", "path": "/", "handler": "add"}]
    signed = bundle(stack.publisher_key, {"dist/main.wasm": component(HANDLER)}, api={"endpoints": endpoints})
    version = (await stack.clients["acme"].publish(signed)).version
    assert version.has_handler
    assert [(one.method, one.path) for one in version.endpoints] == [("GET", "/notes/:id"), ("POST", "/")]
    assert stack.left()["extension_api_endpoint"] == 2


async def test_a_first_publish_sets_the_visibility_and_later_ones_do_not(stack: Stack) -> None:
    acme = stack.clients["acme"]
    await acme.publish(bundle(stack.publisher_key), visibility=extension_pb2.VISIBILITY_UNSPECIFIED)
    await acme.publish(bundle(stack.publisher_key, version="1.0.1"), visibility=extension_pb2.VISIBILITY_PUBLIC)
    answer = await acme.call("registry", "GetExtension", registry.GetExtensionRequest(extension=NAME))
    assert answer.extension.visibility == extension_pb2.VISIBILITY_PRIVATE


async def test_a_database_that_fails_leaves_no_blob(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(SqlVersions, "add", fail)
    with pytest.raises(Fault) as caught:
        await stack.clients["acme"].publish(bundle(stack.publisher_key))
    assert caught.value.reason is Reason.UNAVAILABLE
    assert set(stack.left().values()) == {0}


async def test_a_blob_that_a_crash_left_in_part_is_replaced(stack: Stack) -> None:
    signed = bundle(stack.publisher_key)
    left_over(stack.data / "blobs" / "sha256" / signed.digest.hex)
    assert not (await stack.clients["acme"].publish(signed)).existed
    _, archive = await stack.clients["runner"].read_bundle(str(signed.digest))
    assert archive == signed.archive


def left_over(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "bundle.tar.zst").write_bytes(b"half")


async def test_a_client_that_vanishes_while_its_component_is_taken_out(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that writes the component is waited for, so that it leaves no file behind."""
    writing, go_on = threading.Event(), threading.Event()

    def slow(archive: Path, entry: str, target: Path) -> None:
        writing.set()
        assert go_on.wait(20)
        take_out(archive, entry, target)
        assert target.exists()

    monkeypatch.setattr(publishing, "take_out", slow)
    signed = bundle(stack.publisher_key, {"dist/main.wasm": component(HANDLER)})
    call = asyncio.create_task(stack.clients["acme"].publish(signed))
    await eventually(writing.is_set)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert stack.left()["uploads"] == 1
    go_on.set()
    await eventually(lambda: set(stack.left().values()) == {0})


async def test_a_client_that_vanishes_while_it_is_recorded_changes_nothing(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    storing, go_on, recorded = asyncio.Event(), asyncio.Event(), asyncio.Event()
    original = Publish._record

    async def slow(self: Publish, *arguments: object) -> object:
        storing.set()
        await go_on.wait()
        answer = await original(self, *arguments)  # type: ignore[arg-type]  # as it was called
        recorded.set()
        return answer

    monkeypatch.setattr(Publish, "_record", slow)
    signed = bundle(stack.publisher_key)
    call = asyncio.create_task(stack.clients["acme"].publish(signed))
    async with asyncio.timeout(20):
        await storing.wait()
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        go_on.set()
        await recorded.wait()
    monkeypatch.undo()
    assert (await stack.clients["acme"].publish(signed)).existed
    _, archive = await stack.clients["runner"].read_bundle(str(signed.digest))
    assert archive == signed.archive


@pytest.mark.parametrize(("damage", "reason"), [("bytes", Reason.BUNDLE_INTEGRITY), ("gone", Reason.BUNDLE_INTEGRITY)])
async def test_a_damaged_store_is_told(stack: Stack, damage: str, reason: Reason) -> None:
    signed = bundle(stack.publisher_key)
    await stack.clients["acme"].publish(signed)
    harm(stack.data / "blobs" / "sha256" / signed.digest.hex / "bundle.tar.zst", damage)
    with pytest.raises(Fault) as caught:
        await stack.clients["runner"].read_bundle(str(signed.digest))
    assert caught.value.reason is reason
    if damage == "gone":
        with pytest.raises(Fault) as caught:
            await stack.clients["admin-a"].install("a", NAME)
        assert caught.value.reason is Reason.BUNDLE_INTEGRITY


def harm(path: Path, damage: str) -> None:
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
