"""Two runners behind one gateway, as processes: one is told to stop under load, one is killed; what runs is counted elsewhere.

The guest asks a server of the test for each call that it runs, so the server knows how often each one ran, and can hold it there.
"""

import json
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import grpc
import pytest

from gen.alga.runner.v1 import ops_service_pb2, ops_service_pb2_grpc
from tests import guests, isolation
from tests.crash.site import Service, until
from tests.guests.bundles import bundle_files
from tests.platform import HttpAnswer, Platform, running

CALLERS = 6
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ENOUGH = 60  # calls that were answered before, and after, a runner is told to stop


class Counting(ThreadingHTTPServer):
    """Counts each path; those below `/hold/` wait until they are let go, or their connection breaks."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.count: Counter[str] = Counter()
        self.lock, self.go = threading.Lock(), threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Counting

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or "0"))
        with self.server.lock:
            self.server.count[self.path] += 1
        if self.path.startswith("/hold/"):
            self.server.go.wait(20)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        """Nothing."""


@dataclass
class Pair:
    """A gateway and its two runners; `platform` calls that gateway."""

    platform: Platform
    runners: tuple[Service, Service]
    server: Counting
    gateway: Service
    path: str = ""

    def restart_gateway(self) -> None:
        """After a kill: serve at another port."""
        self.platform = replace(self.platform, told={**self.platform.told, "gateway": f"http://{self.gateway.start()}"})
        until(lambda: self.platform.call("/readyz", key=None).status == 200)

    def call(self, path: str, method: str = "GET", key: str = "") -> HttpAnswer:
        headers = {"x-idempotency-key": key} if key else {}
        body = None if method == "GET" else b"body"
        return self.platform.call(f"{self.path}/{self.server.url}{path}", method, body, headers=headers)

    def in_work(self) -> list[int]:
        """How many calls each runner has."""
        found = []
        for runner in self.runners:
            with grpc.insecure_channel(runner.address) as channel:
                stub = ops_service_pb2_grpc.OpsServiceStub(channel)
                status = stub.GetStatus(ops_service_pb2.GetStatusRequest(), metadata=self.platform.metadata(), timeout=20)
                found.append(status.requests)
        return found


@pytest.fixture(scope="module")
def server() -> Iterator[Counting]:
    with Counting() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.go.set()
        server.shutdown()
        thread.join()


@contextmanager
def services(platform: Platform, folder: Path, server: Counting) -> Iterator[Pair]:
    keys = Path(platform.told["keys"])
    told = {
        **isolation.SETTINGS,
        "registry_address": platform.told["registry"],
        "registry_token_file": str(keys / "runner-at-registry.token"),
        "gateway_token_file": str(keys / "gateway-at-runner.token"),
        "attestation_keys_file": str(keys / "attestation.pub"),
        "grant_keys_file": str(keys / "grant.pub"),
        "trust_bundle": str(keys / "trust.pem"),
        "egress_allowlist": server.url,
        "egress_networks": "127.0.0.0/8",
        "executors": "1",
        "lanes": "8",
        "max_running_per_tenant": "8",
    }
    with ExitStack() as stack:
        made = []
        for name in ("one", "two"):
            home = folder / name
            home.mkdir()
            listen = json.dumps([f"unix:{home}/runner"])
            runner = Service("runner", home, listen=listen, cache_dir=str(home / "cache"), **told)
            stack.callback(runner.stop)
            runner.start()
            made.append(runner)
        gateway = Service(
            "gateway",
            folder,
            listen='["127.0.0.1:0"]',
            registry_address=platform.told["registry"],
            runner_addresses=json.dumps([f"unix:{folder}/{name}/runner" for name in ("one", "two")]),
            registry_token_file=str(keys / "gateway-at-registry.token"),
            runner_token_file=str(keys / "gateway-at-runner.token"),
            **{f"rate_per_{whose}": "0" for whose in ("tenant", "extension", "principal")},  # the load is one caller's
        )
        stack.callback(gateway.stop)
        reached = replace(platform, told={**platform.told, "gateway": f"http://{gateway.start()}"})
        pair = Pair(reached, (made[0], made[1]), server, gateway)
        capabilities = ["cap:http.fetch"]
        files = bundle_files(
            "com.example.counted",
            guests.component("egress"),
            endpoints=(),
            capabilities=capabilities,
            egress=[server.url],
            ui=False,
        )
        pair.path = f"/api/ext/{platform.install(platform.publish(files)).extension_id}"
        until(lambda: reached.call("/readyz", key=None).status == 200)
        yield pair


@pytest.fixture(scope="module")
def pair(server: Counting) -> Iterator[Pair]:
    folder = Path(tempfile.mkdtemp(prefix="pair", dir="/tmp"))
    with running("--empty") as platform, services(platform, folder, server) as pair:
        yield pair
    shutil.rmtree(folder)


class Load:
    """Calls of every method one after the other from several threads, each of them with a path of its own."""

    def __init__(self, pair: Pair, name: str) -> None:
        self._pair, self._name = pair, name
        self.answers: list[tuple[str, str, int, bytes]] = []  # path, method, status, body
        self._stop = threading.Event()

    def run(self, number: int) -> None:
        count = 0
        while not self._stop.is_set():
            for method in METHODS:
                path = f"/{self._name}/{number}/{count}/{method}"
                answer = self._pair.call(path, method)
                self.answers.append((path, method, answer.status, answer.body))
            count += 1

    @contextmanager
    def running(self) -> Iterator["Load"]:
        with ThreadPoolExecutor(CALLERS) as pool:
            callers = [pool.submit(self.run, number) for number in range(CALLERS)]
            try:
                yield self
            finally:
                self._stop.set()
            for caller in callers:
                caller.result()

    def more(self, count: int) -> None:
        """Wait until so many more calls were answered."""
        wanted = len(self.answers) + count
        until(lambda: len(self.answers) >= wanted)


def test_a_runner_that_is_told_to_stop_is_not_noticed(pair: Pair) -> None:
    for round_, runner in enumerate(pair.runners):
        with Load(pair, f"stop{round_}").running() as load:
            load.more(ENOUGH)
            runner.stop()  # it exits with 0
            load.more(ENOUGH)
            runner.start()
            load.more(ENOUGH)
        assert [answer for answer in load.answers if answer[2] != 200] == []
        ran = {path: pair.server.count[path] for path, method, _, _ in load.answers if method != "GET"}
        assert {path: count for path, count in ran.items() if count != 1} == {}
        assert len(ran) > ENOUGH


@dataclass
class Held:
    """A call whose guest runs, and stays there."""

    path: str
    method: str
    key: str
    call: "Future[HttpAnswer]"


@contextmanager
def one_on_each(pair: Pair, name: str, method: str, *, keyed: bool = False) -> Iterator[list[Held]]:
    """Two calls, each in another runner, until the block lets them go."""
    with ThreadPoolExecutor(2) as pool:
        for attempt in range(100):  # until the gateway has heard that both serve
            pair.server.go.clear()
            calls = []
            for number in range(2):
                path = f"/hold/{name}/{attempt}/{number}"
                key = path if keyed else ""
                calls.append(Held(path, method, key, pool.submit(pair.call, path, method, key)))
            until(lambda calls=calls: all(pair.server.count[one.path] for one in calls))
            if pair.in_work() == [1, 1]:
                break
            pair.server.go.set()
            for one in calls:
                one.call.result()
        try:
            yield calls
        finally:
            pair.server.go.set()


def after_a_kill(pair: Pair, name: str, method: str, *, keyed: bool = False) -> list[tuple[Held, HttpAnswer]]:
    """Two calls with their answers, one of which lost its runner; that one serves again."""
    with one_on_each(pair, name, method, keyed=keyed) as calls:
        pair.runners[0].kill()
        if method == "GET":
            until(lambda: sum(pair.server.count[one.path] for one in calls) == 3)
        else:
            until(lambda: any(one.call.done() for one in calls))
    answers = [(one, one.call.result()) for one in calls]
    pair.runners[0].start()
    return answers


def told(answer: HttpAnswer) -> tuple[int, str]:
    return answer.status, "" if answer.status == 200 else str(answer.json()["code"])


def test_a_read_whose_runner_is_killed_is_run_once_more(pair: Pair) -> None:
    answers = after_a_kill(pair, "get", "GET")
    assert [told(answer) for _, answer in answers] == [(200, "")] * 2
    assert sorted(pair.server.count[one.path] for one, _ in answers) == [1, 2]


def test_what_may_have_run_is_not_run_again_and_is_told(pair: Pair) -> None:
    answers = after_a_kill(pair, "post", "POST")
    assert sorted(told(answer) for _, answer in answers) == [(200, ""), (503, "executor_lost")]
    assert [pair.server.count[one.path] for one, _ in answers] == [1, 1]


def test_with_a_key_its_outcome_is_unknown_for_ever(pair: Pair) -> None:
    answers = after_a_kill(pair, "keyed", "POST", keyed=True)
    assert sorted(told(answer) for _, answer in answers) == [(200, ""), (502, "outcome_unknown")]
    for one, first in answers:
        again = pair.call(one.path, one.method, one.key)
        assert told(again) == told(first)
        assert again.headers["x-idempotency-replayed"] == ("true" if first.status == 200 else None)
    assert [pair.server.count[one.path] for one, _ in answers] == [1, 1]


def test_a_gateway_that_is_killed_leaves_an_unknown_outcome(pair: Pair) -> None:
    path, key = "/hold/gateway", "of-a-gateway-that-ends"
    pair.server.go.clear()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(pair.call, path, "POST", key)
        until(lambda: pair.server.count[path] > 0)
        pair.gateway.kill()
        assert isinstance(call.exception(), OSError)
        pair.server.go.set()
    pair.restart_gateway()
    # Until the lease of the one that ended is over, nobody can know that it will not tell.
    assert told(pair.call(path, "POST", key)) in {(409, "idempotency_in_progress"), (502, "outcome_unknown")}
    assert pair.server.count[path] == 1
