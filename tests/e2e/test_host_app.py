"""A platform beside `samples/host-app`, as its README says: a person's key, a guest, and the host application's rights."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gen.alga.common.v1.context_pb2 import User
from gen.alga.registry.v1 import identity_service_pb2, identity_service_pb2_grpc
from runner.engine.types import Outcome
from runner.engine.values import Enum, Err, Ok
from tests.guests.bundles import bundle_files
from tests.guests.typed import CALL_ROUTE, USER_DATA, USER_ERROR, Function, described
from tests.platform import ROOT, Platform, running

GET_USER = Function("user", "get-user", (), Outcome(USER_DATA, USER_ERROR))
LIST = described("clients", "list-clients")
PAGE = {"search": None, "include-inactive": None, "page": None, "page-size": None}
NEEDED = {"clients": ("cap:client.read",), "ui-proxy": ("cap:ui.proxy",), "user": ()}


@pytest.fixture(scope="module")
def host_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The running sample; the settings of a runner that calls it."""
    root: Path = tmp_path_factory.mktemp("host-app")
    token = root / "runner.token"
    token.write_text("t" * 64)
    environment = {**os.environ, "HOST_APP_RUNNER_TOKEN_FILE": str(token), "HOST_APP_LISTEN": "127.0.0.1:0"}
    environment |= {"PYTHONPATH": str(ROOT / "samples" / "host-app"), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen([sys.executable, "-m", "host_app"], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        # ======== Running on http://127.0.0.1:41234 ========
        (base,) = [word for word in process.stdout.readline().split() if word.startswith("http://")]
        yield {
            "EXT_RUNNER_HOST_APP_BASE_URL": base,
            "EXT_RUNNER_HOST_APP_TOKEN_FILE": str(token),
            "EXT_RUNNER_UI_PROXY_BASE_URL": base,
        }
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


@pytest.fixture(scope="module")
def platform(host_app: dict[str, str]) -> Iterator[Platform]:
    with running("--empty", settings=host_app) as platform:
        yield platform


def path_of(platform: Platform, function: Function) -> str:
    name = f"com.example.{function.interface}-caller"
    platform.install(platform.publish(bundle_files(name, function.component, capabilities=NEEDED[function.interface])))
    return f"/api/ext/{name}/run"


def person(platform: Platform, user_id: str) -> str:
    """The secret of a person's key."""
    user = User(user_id=user_id, email=f"{user_id}@demo.example", name="Jo", type="internal", client_name="Demo")
    request = identity_service_pb2.CreateApiKeyRequest(role=identity_service_pb2.ROLE_TENANT_CALLER, tenant_id="demo", user=user)
    with platform.channel("registry") as channel:
        return str(
            identity_service_pb2_grpc.IdentityServiceStub(channel).CreateApiKey(request, metadata=platform.metadata()).secret
        )


def ask(platform: Platform, path: str, function: Function, *arguments: Any, key: str = "demo-caller.key") -> Any:
    answer = platform.call(path, "POST", function.image(*arguments), key=key, headers={"x-user-id": "u-admin"})
    assert answer.status == 200, answer.body
    return function.result(answer.body)


def test_the_user_is_the_keys_and_not_the_clients_word(platform: Platform) -> None:
    path = path_of(platform, GET_USER)
    assert ask(platform, path, GET_USER) == Err(Enum("not-available"))
    answer = ask(platform, path, GET_USER, key=person(platform, "u-viewer"))
    assert (answer.value["user-id"], answer.value["user-email"], answer.value["tenant-id"]) == (
        "u-viewer",
        "u-viewer@demo.example",
        "demo",
    )


def test_the_host_application_judges_by_the_person_behind_the_call(platform: Platform) -> None:
    path = path_of(platform, LIST)
    names = ["Blue Bicycle Ltd", "Green Garden"]
    for key in ("demo-caller.key", person(platform, "u-admin")):
        answer = ask(platform, path, LIST, PAGE, key=key)
        assert [one["client-name"] for one in answer.value["items"]] == names
    assert ask(platform, path, LIST, PAGE, key=person(platform, "u-viewer")) == Err(Enum("not-allowed"))


def test_a_route_needs_the_installs_own_key(platform: Platform) -> None:
    path = path_of(platform, CALL_ROUTE)
    assert ask(platform, path, CALL_ROUTE, "/api/v1/tickets", None) == Err(Enum("denied"))
    assert ask(platform, path, CALL_ROUTE, "/nowhere", None) == Err(Enum("route-not-found"))
    assert ask(platform, path, CALL_ROUTE, "/api/internal/ext-clients/install/x", b"{}") == Err(Enum("denied"))
    assert not isinstance(ask(platform, path, CALL_ROUTE, "/api/../x", None), Ok)
