"""Gateways and runners of one platform, some of them cut off from the registry: what is taken away ends there in time, too.

They reach the registry through a relay. Stopped with SIGSTOP, it is to them what a stopped registry is: open connections that
nothing comes through. The bounds: 1 s where the gateway or the runner hears the registry, 6 s after the last message elsewhere.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import grpc
import pytest

from gen.alga.registry.v1 import install_service_pb2, install_service_pb2_grpc, registry_service_pb2, registry_service_pb2_grpc
from gen.alga.runner.v1 import execute_service_pb2, execute_service_pb2_grpc
from kernel.watch import STALE_SECONDS
from tests import guests, isolation
from tests.guests.bundles import bundle_files
from tests.platform import ROOT, Platform

HEARD_SECONDS = 1.0
SLACK = 1.0  # for a busy machine: how late a message that was sent in time may be read
REFUSED_SECONDS = 3.0  # a gateway waits that long for its registry
LONGEST = 12.0  # a guest that waits for storage when its registry stops has its 10 s


@dataclass
class Site:
    """What can be cut off. Each platform calls another gateway."""

    whole: Platform  # a gateway and its runner
    gateway: Platform  # a gateway whose runner stays connected
    runner: str
    _relay: "subprocess.Popen[str]"
    _relay_command: Sequence[str]

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Nothing comes through while the block runs, and all connections stay open."""
        self._relay.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._relay.send_signal(signal.SIGCONT)

    @contextmanager
    def registry_restarts(self) -> Iterator[None]:
        """All connections break, and can be made again after the block."""
        self._relay.kill()
        self._relay.communicate()
        Path(self._relay_command[-2]).unlink()
        try:
            yield
        finally:
            self._relay = started(self._relay_command)

    def stop(self) -> None:
        self._relay.kill()
        self._relay.communicate()


def started(command: Sequence[str]) -> "subprocess.Popen[str]":
    relay = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert relay.stdout is not None
    assert relay.stdout.readline() == "listening\n"
    return relay


@contextmanager
def service(name: str, folder: Path, which: str = "", **settings: str) -> Iterator[str]:
    """A process of the platform with exactly these settings; its first address."""
    ready, log_file = folder / f"{name}{which}.ready", folder / f"{name}{which}.log"
    told = {f"EXT_{name.upper()}_{key.upper()}": value for key, value in settings.items()}
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), f"EXT_{name.upper()}_READY_FILE": str(ready)}
    with log_file.open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", name], env=environment | told, stdout=log, stderr=log)
    try:
        ends = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None, log_file.read_text()
            assert time.monotonic() < ends
            time.sleep(0.02)
        yield json.loads(ready.read_text())["addresses"][0]
    finally:
        process.terminate()
        code = process.wait(60)
    assert code == 0


@pytest.fixture(scope="module")
def site(platform: Platform) -> Iterator[Site]:
    folder, keys = Path(tempfile.mkdtemp(prefix="two", dir="/tmp")), Path(platform.told["keys"])
    command = [sys.executable, str(Path(__file__).with_name("relay.py")), f"{folder}/relay"]
    command.append(str(platform.told["registry"]).removeprefix("unix:"))
    relay = started(command)
    registry = {"registry_address": f"unix:{folder}/relay"}
    runner_settings = registry | {
        **isolation.SETTINGS,
        "listen": json.dumps([f"unix:{folder}/runner"]),
        "cache_dir": str(folder / "cache"),
        "registry_token_file": str(keys / "runner-at-registry.token"),
        "gateway_token_file": str(keys / "gateway-at-runner.token"),
        "attestation_keys_file": str(keys / "attestation.pub"),
        "grant_keys_file": str(keys / "grant.pub"),
        "trust_bundle": str(keys / "trust.pem"),
        "executors": "1",
    }
    gateway_settings = registry | {
        "listen": '["127.0.0.1:0"]',
        "registry_token_file": str(keys / "gateway-at-registry.token"),
        "runner_token_file": str(keys / "gateway-at-runner.token"),
    }
    with (
        service("runner", folder, **runner_settings) as runner,
        service("gateway", folder, "whole", **gateway_settings, runner_address=runner) as whole,
        service("gateway", folder, "alone", **gateway_settings, runner_address=platform.told["runner"]) as alone,
    ):
        made = Site(reached(platform, whole), reached(platform, alone), runner, relay, command)
        try:
            until(lambda: made.whole.call("/readyz", key=None).status == 200)
            yield made
        finally:
            made.stop()
    shutil.rmtree(folder)


def reached(platform: Platform, gateway: str) -> Platform:
    return replace(platform, told={**platform.told, "gateway": f"http://{gateway}"})


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


@dataclass(frozen=True)
class Sample:
    """One call: when it began, how long it took, its status."""

    began: float
    seconds: float
    status: int


@dataclass(frozen=True)
class Asked:
    """What is called again and again."""

    path: str
    method: str = "GET"
    body: bytes | None = None

    def of(self, platform: Platform) -> int:
        key = None if self.path.startswith("/ext-ui") else "demo-caller.key"
        return platform.call(self.path, self.method, self.body, key=key).status


def answers(platform: Platform, asked: Asked, status: int) -> bool:
    return asked.of(platform) == status


def sampled(platform: Platform, asked: Asked, ends: float) -> list[Sample]:
    """One call after the other until a moment."""
    samples = []
    while (began := time.monotonic()) < ends:
        status = asked.of(platform)
        samples.append(Sample(began, time.monotonic() - began, status))
        time.sleep(0.03)
    return samples


def after(samples: Sequence[Sample], moment: float) -> set[int]:
    """The statuses of the calls that began later."""
    return {sample.status for sample in samples if sample.began > moment}


def last_served(samples: Sequence[Sample], since: float) -> float:
    """Seconds from `since` to the beginning of the last call that was served."""
    return max((sample.began - since for sample in samples if sample.status == 200), default=0.0)


def published(platform: Platform, name: str, guest: str = "hello") -> str:
    """A new extension of tenant `demo`; its page."""
    capabilities = ("cap:storage.kv",) if guest == "storage" else ()
    version = platform.publish(bundle_files(name, guests.component(guest), capabilities=capabilities))
    install = platform.install(version)
    return f"/ext-ui/{install.extension_id}/{install.content_hash}/index.html"


def revoke(platform: Platform, name: str) -> None:
    with platform.channel("registry") as channel:
        stub = registry_service_pb2_grpc.RegistryServiceStub(channel)
        request = registry_service_pb2.RevokeVersionRequest(extension=name, version="1.0.0")
        stub.RevokeVersion(request, metadata=platform.metadata())


def disable(platform: Platform, name: str) -> None:
    with platform.channel("registry") as channel:
        stub = install_service_pb2_grpc.InstallServiceStub(channel)
        stub.Disable(install_service_pb2.DisableRequest(tenant_id="demo", install=name), metadata=platform.metadata())


def withdraw(platform: Platform, name: str) -> None:
    with platform.channel("registry") as channel:
        stub = install_service_pb2_grpc.InstallServiceStub(channel)
        request = install_service_pb2.SetGrantsRequest(
            tenant_id="demo", install=name, capabilities=install_service_pb2.CapabilityGrant(names=[])
        )
        stub.SetGrants(request, metadata=platform.metadata())


REVOKED, DISABLED, WITHDRAWN, KEPT = (f"com.example.site-{word}" for word in ("revoked", "disabled", "withdrawn", "kept"))


def test_what_is_taken_away_ends_everywhere(platform: Platform, site: Site, record_property: Callable[[str, object], None]) -> None:
    page = {name: published(platform, name) for name in (REVOKED, DISABLED, KEPT)}[DISABLED]
    published(platform, WITHDRAWN, "storage")
    asked = {name: Asked(f"/api/ext/{name}/run") for name in (REVOKED, DISABLED, KEPT)}
    asked |= {WITHDRAWN: Asked(f"/api/ext/{WITHDRAWN}/run", "POST", b"value"), "page": Asked(page)}
    places = {"connected": platform, "gateway cut off": site.gateway, "site cut off": site.whole}
    for place in places.values():
        for one in asked.values():
            until(partial(answers, place, one, 200))
    grant = platform.resolve(KEPT).grant

    with site.cut_off(), ThreadPoolExecutor(len(places) * len(asked)) as pool:
        began = time.monotonic()
        ends = began + STALE_SECONDS + SLACK + REFUSED_SECONDS + 1
        sampling = {
            (where, name): pool.submit(sampled, place, one, ends) for where, place in places.items() for name, one in asked.items()
        }
        revoke(platform, REVOKED)
        disable(platform, DISABLED)
        withdraw(platform, WITHDRAWN)
        changed = time.monotonic()
        samples = {key: future.result() for key, future in sampling.items()}
        # The runner of that site does not run what it may not know to be revoked, whoever asks.
        assert refused_by_runner(site, grant) is grpc.StatusCode.UNAVAILABLE

    for (where, name), found in samples.items():
        record_property(f"{where}: {name}", f"{last_served(found, changed):.2f} s, slowest {max(s.seconds for s in found):.2f} s")
    # Where the registry is heard: within a second, never again, and told for what it is.
    gone = {REVOKED: 404, DISABLED: 404, WITHDRAWN: 403, "page": 404}
    for name, status in gone.items():
        assert after(samples["connected", name], changed + HEARD_SECONDS + SLACK) == {status}, name
    assert after(samples["connected", KEPT], began) == {200}
    # Where only the runner hears it: within a second as well, but for files, whose grants name no install.
    for name in (REVOKED, DISABLED, WITHDRAWN):
        assert after(samples["gateway cut off", name], changed + HEARD_SECONDS + SLACK) == {503}, name
    # Where nobody hears it: after the bound, whatever it is. Until then what needs no registry is served.
    for where in ("gateway cut off", "site cut off"):
        for name in asked:
            assert after(samples[where, name], began + STALE_SECONDS + SLACK) <= {503}, (where, name)
            assert max(sample.seconds for sample in samples[where, name]) < LONGEST, (where, name)
        assert last_served(samples[where, KEPT], began) > 0
        assert last_served(samples[where, "page"], began) > 0

    # And once it is heard again, all agree.
    for place in places.values():
        until(lambda: place.call("/readyz", key=None).status == 200)  # noqa: B023
        for name, status in {**gone, KEPT: 200}.items():
            until(partial(answers, place, asked[name], status))
        assert place.call(asked[REVOKED].path).json()["code"] == "extension_revoked"
        assert place.call(asked[DISABLED].path).json()["code"] == "extension_disabled"


def refused_by_runner(site: Site, grant: object) -> grpc.StatusCode:
    with grpc.insecure_channel(site.runner) as channel:
        stub = execute_service_pb2_grpc.ExecuteServiceStub(channel)
        request = execute_service_pb2.ExecuteRequest(grant=grant, http=execute_service_pb2.HttpRequest(method="GET", url="/run"))  # type: ignore[arg-type]
        token = [("authorization", f"Bearer {site.whole.key('gateway-at-runner.token')}")]
        with pytest.raises(grpc.RpcError) as caught:
            stub.Execute(request, metadata=token, timeout=20)
        return caught.value.code()


def test_a_registry_that_restarts_is_not_noticed(platform: Platform, site: Site) -> None:
    """Of calls whose grant is kept: two seconds without a registry are shorter than the bound."""
    there, name = site.whole, "com.example.site-restart"
    published(platform, name)
    asked = Asked(f"/api/ext/{name}/run")
    until(partial(answers, there, asked, 200))
    with ThreadPoolExecutor(1) as pool:
        with site.registry_restarts():
            away = pool.submit(sampled, there, asked, time.monotonic() + 4)
            time.sleep(2)
        samples = away.result()
    assert {sample.status for sample in samples} == {200}
    disable(platform, name)
    until(partial(answers, there, asked, 404), HEARD_SECONDS + 4)
