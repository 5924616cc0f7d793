"""The main job: extensions in Python and JavaScript answer over HTTP and over gRPC, and keep what they store."""

import json
import time

import pytest

from gen.alga.common.v1 import context_pb2
from gen.alga.runner.v1 import execute_service_pb2, execute_service_pb2_grpc
from tests.platform import Platform

PYTHON, JAVASCRIPT, QUICKJS = "com.example.hello-python", "com.example.hello-js", "com.example.hello-quickjs"
JS = [pytest.param(name, marks=pytest.mark.needs("npm")) for name in (JAVASCRIPT, QUICKJS)]
each = pytest.mark.parametrize("name", [PYTHON, *JS])
javascript = pytest.mark.parametrize("name", JS)


@each
def test_answers_over_http(platform: Platform, name: str) -> None:
    answer = platform.call(f"/api/ext/{name}/hello", headers={"x-request-id": "request-1"})
    assert answer.status == 200
    assert answer.headers["x-request-id"] == "request-1"
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["greeting"] == "Hello, demo!"


@each
@pytest.mark.parametrize("spelling", [str.upper, str.title])
def test_names_are_found_in_any_case(platform: Platform, name: str, spelling: object) -> None:
    assert callable(spelling)
    assert platform.call(f"/api/ext/{spelling(name)}/hello").status == 200


@each
def test_is_found_by_id_of_extension_and_install(platform: Platform, name: str) -> None:
    install = platform.resolve(name).install
    for reference in (install.id, install.extension_id):
        assert platform.call(f"/api/ext/{reference}/hello").status == 200


@each
def test_stores_and_reads_back(platform: Platform, name: str) -> None:
    created = platform.call(f"/api/ext/{name}/notes", "POST", json.dumps({"text": "grüß dich"}).encode())
    assert created.status == 201, created.body
    note = created.json()
    read = platform.call(f"/api/ext/{name}/notes/{note['id']}")
    assert (read.status, read.json()["text"]) == (200, "grüß dich")
    assert platform.call(f"/api/ext/{name}/notes/missing").status == 404


@each
def test_answers_over_grpc(platform: Platform, name: str) -> None:
    request = execute_service_pb2.ExecuteRequest(
        grant=platform.resolve(name).grant,
        context=context_pb2.CallContext(request_id="request-2"),
        http=execute_service_pb2.HttpRequest(method="GET", url="/hello"),
    )
    for service in ("runner", "runner_tcp"):
        with platform.channel(service) as channel:
            answer = execute_service_pb2_grpc.ExecuteServiceStub(channel).Execute(request, metadata=platform.metadata())
        assert answer.status == 200
        assert json.loads(answer.body)["greeting"] == "Hello, demo!"
        assert answer.usage.handler_us > 0


@javascript
def test_randomness_and_time_are_of_the_call_and_not_of_the_build(platform: Platform, name: str) -> None:
    before = time.time() * 1000
    first, second = (platform.call(f"/api/ext/{name}/hello").json() for _ in range(2))
    assert first["random"] != second["random"]
    assert before - 1000 <= first["now"] <= second["now"] <= time.time() * 1000 + 1000


@javascript
def test_bodies_come_back_byte_for_byte(platform: Platform, name: str) -> None:
    body = bytes(range(256)) * 4000
    answer = platform.call(f"/api/ext/{name}/echo", "POST", body, headers={"content-type": "application/x-test"})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-test")
    assert answer.body == body
