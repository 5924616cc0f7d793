"""Egress on a whole platform: from a person's environment and a publisher's manifest to a server, and to nowhere else."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gen.alga.registry.v1 import install_service_pb2, install_service_pb2_grpc, trust_pb2
from tests.e2e.test_configuration import eventually
from tests.guests import component
from tests.guests.bundles import bundle_files
from tests.host.test_secrets import cli
from tests.platform import HttpAnswer, Platform, running

NOT_ALLOWED = 501  # 500 plus the number of `http-error.not-allowed`


class Answering(BaseHTTPRequestHandler):
    seen: list[str] = []  # noqa: RUF012 - of the one server of this file
    authorized: list[str | None] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.seen.append(self.path)
        self.authorized.append(self.headers["authorization"])
        self.send_response(200)
        self.send_header("content-length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def opened(server: str) -> Iterator[Platform]:
    """A platform whose operator lets requests go to the one server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXT_EGRESS_ALLOWLIST", f"{server}, api.example.com")
        patch.setenv("EXT_RUNNER_EGRESS_NETWORKS", "127.0.0.0/8")
        with running("--empty") as platform:
            yield platform


def fetching(platform: Platform, name: str, *egress: str) -> str:
    """Publish and install a guest whose manifest names these destinations; the path of its endpoint."""
    told = bundle_files(
        f"com.example.{name}", component("fetch_body"), capabilities=["cap:http.fetch"], egress=list(egress), ui=False
    )
    version = platform.publish(told)
    platform.install(version)
    return f"/api/ext/{version.name}/run"


def test_a_guest_reaches_what_operator_and_manifest_name(opened: Platform, server: str) -> None:
    path = fetching(opened, "reaching", f"{server}/api")
    answer = opened.call(path, "POST", f"{server}/api/things?token=secret-query".encode())
    assert (answer.status, answer.body) == (200, b"hello")
    assert Answering.seen == ["/api/things?token=secret-query"]
    assert opened.call(path, "POST", f"{server}/other".encode()).status == NOT_ALLOWED
    log = (opened.data_dir / "logs" / "runner.log").read_text()
    assert '"egress"' in log
    assert "secret-query" not in log


def test_a_guest_whose_manifest_names_nothing_reaches_nothing(opened: Platform, server: str) -> None:
    before = len(Answering.seen)
    path = fetching(opened, "silent")
    assert opened.call(path, "POST", f"{server}/api".encode()).status == NOT_ALLOWED
    assert len(Answering.seen) == before


def test_a_tenant_narrows_what_its_install_reaches(opened: Platform, server: str) -> None:
    path = fetching(opened, "narrowed", server)

    def fetch() -> HttpAnswer:
        return opened.call(path, "POST", f"{server}/api/x".encode())

    def reach(*destinations: str, said: bool = True) -> None:
        with opened.channel("registry") as channel:
            stub = install_service_pb2_grpc.InstallServiceStub(channel)
            told = trust_pb2.EgressList(destinations=destinations) if said else None
            request = install_service_pb2.SetEgressRequest(tenant_id="demo", install="com.example.narrowed", egress=told)
            stub.SetEgress(request, metadata=opened.metadata())

    assert fetch().status == 200
    reach()
    eventually(fetch, lambda answer: answer.status == NOT_ALLOWED)
    reach(f"{server}/api", "https://elsewhere.example.com")
    eventually(fetch, lambda answer: answer.status == 200)
    reach(f"{server}/other")
    eventually(fetch, lambda answer: answer.status == NOT_ALLOWED)
    reach(said=False)
    eventually(fetch, lambda answer: answer.status == 200)


def test_the_host_adds_a_secret_that_the_guest_does_not_see(opened: Platform, server: str) -> None:
    name = "com.example.secretive"
    path = fetching(opened, "secretive", server)

    def fetch() -> HttpAnswer:
        return opened.call(path, "POST", f"{server}/api/x".encode())

    assert (fetch().status, Answering.authorized[-1]) == (200, None)
    cli(opened, "secrets", "set", name, "token", "--stdin", given="hush-hush")
    cli(opened, "credentials", "set", name, server, "token", "--bearer")
    eventually(fetch, lambda answer: answer.status == 200 and Answering.authorized[-1] == "Bearer hush-hush")
    cli(opened, "secrets", "remove", name, "token")
    eventually(fetch, lambda answer: answer.status == NOT_ALLOWED)
    logs = [log.read_text() for log in (opened.data_dir / "logs").iterdir()]
    assert not any("hush-hush" in log for log in logs)
