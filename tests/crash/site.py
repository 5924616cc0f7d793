"""A gateway and a runner of one's own beside the platform's registry, to be killed and started again."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cli.client.runner import warm
from tests import isolation
from tests.platform import ROOT, Platform

READY_SECONDS = 60


class Service:
    """`python -m runner` or `gateway` with exactly these settings."""

    def __init__(self, name: str, folder: Path, **settings: str) -> None:
        self._name, self._ready, self._log = name, folder / f"{name}.ready", folder / f"{name}.log"
        told = {f"EXT_{name.upper()}_{key.upper()}": value for key, value in settings.items()}
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "src"),
            f"EXT_{name.upper()}_READY_FILE": str(self._ready),
            **told,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.address = ""

    def start(self) -> str:
        """Serve; answers the first address."""
        self._ready.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([sys.executable, "-m", self._name], env=self._environment, stdout=log, stderr=log)
        until(lambda: self._ready.exists() or self._process.poll() is not None)
        assert self._process.poll() is None, self._log.read_text()[-4000:]
        self.address = str(json.loads(self._ready.read_text())["addresses"][0])
        return self.address

    def children(self) -> set[int]:
        """The processes below it."""
        assert self._process is not None
        return descendants(self._process.pid)

    def kill(self) -> None:
        """SIGKILL; dead when this returns."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """SIGTERM, if it runs; it drains."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            assert self._process.wait(60) == 0


class Site:
    """A runner that a gateway calls; `platform` calls that gateway."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        keys = Path(platform.told["keys"])
        self.cache, self.runner_address = folder / "cache", f"unix:{folder}/runner"
        self._gateway_token = keys / "gateway-at-runner.token"
        self.runner = Service(
            "runner",
            folder,
            **isolation.SETTINGS,
            listen=json.dumps([self.runner_address]),
            cache_dir=str(self.cache),
            registry_address=platform.told["registry"],
            registry_token_file=str(keys / "runner-at-registry.token"),
            gateway_token_file=str(keys / "gateway-at-runner.token"),
            attestation_keys_file=str(keys / "attestation.pub"),
            grant_keys_file=str(keys / "grant.pub"),
            trust_bundle=str(keys / "trust.pem"),
            executors="2",
        )
        self.gateway = Service(
            "gateway",
            folder,
            listen='["127.0.0.1:0"]',
            registry_address=platform.told["registry"],
            runner_address=self.runner_address,
            registry_token_file=str(keys / "gateway-at-registry.token"),
            runner_token_file=str(keys / "gateway-at-runner.token"),
        )
        self.platform = platform

    @contextmanager
    def running(self) -> Iterator["Site"]:
        """Serves until the end of the block."""
        try:
            self.runner.start()
            self.platform = replace(self.platform, told={**self.platform.told, "gateway": f"http://{self.gateway.start()}"})
            self.wait_ready()
            yield self
        finally:
            for service in (self.gateway, self.runner):
                service.stop()

    def warm(self, path: str) -> None:
        """Have the bundle of a guest compiled, so that a call is in an executor right away."""
        answer = self.platform.resolve(path.rpartition("/")[2])
        token = self._gateway_token.read_text().strip()
        asyncio.run(warm(self.runner_address, token, answer.install.content_hash))

    def restart_runner(self) -> None:
        """After a kill: serve on the same cache."""
        self.runner.start()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Until the gateway says that both others answer."""
        until(lambda: self.platform.call("/readyz", key=None).status == 200)


def until(holds: Callable[[], bool]) -> None:
    """Wait for another process; nothing tells but what it does."""
    ends = time.monotonic() + READY_SECONDS
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.01)


def descendants(pid: int) -> set[int]:
    """The processes below one, as Linux tells them."""
    found: set[int] = set()
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found |= {child} | descendants(child)
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ticks(pid: int) -> int:
    """Processor time that a process has used, in hundredths of a second."""
    try:
        return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def strike(pid: int) -> None:
    """SIGKILL for one process that a service of ours started."""
    os.kill(pid, signal.SIGKILL)
