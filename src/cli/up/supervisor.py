"""Runs a whole platform on one machine. Loads the standard library alone: it sleeps for days beside its three services.

1 take the data directory, 2 make missing keys, 3 start the registry, then runner and gateway, 4 seed the samples, 5 tell how to
use it, 6 sleep until a signal or until a service ends (with `--check`: make one call), 7 stop gateway, runner, registry.
"""

import errno
import json
import os
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import Any, Final

from cli.author.files import PRIVATE, write_whole
from cli.exits import ExitCode
from cli.http import request
from cli.problem import Problem
from cli.session import RUNNING_FILE, read_key_file
from cli.up.environment import WEAK_SANDBOX, Place, environment, kind_of, weak_sandbox
from cli.up.layout import DataDir, private_folder, run_dir
from cli.up.options import UpOptions
from cli.up.processes import POLL, READY_SECONDS, Service, run_helper, wait_ready
from cli.up.report import Report
from cli.up.signals import Signals, StopAsked

_CHECK_SECONDS: Final = 60.0
_OK: Final = range(200, 300)


class Supervisor:
    """One run of a platform."""

    def __init__(self, options: UpOptions, signals: Signals) -> None:
        self._options, self._signals = options, signals
        self._data = DataDir(options.data_dir.absolute())
        self._services: list[Service] = []
        self._started = time.monotonic()

    def run(self) -> int:
        """Run until told to stop; answers the exit code. Raises Problem."""
        # 1 take the data directory
        self._data.make()
        with self._data.hold():
            place = Place(self._data, run_dir(self._data.root), self._options)
            try:
                return self._run(place)
            except StopAsked:
                return ExitCode.FAILED if self._options.check else ExitCode.OK
            finally:
                # 7 stop gateway, runner, registry
                self._stop()
                shutil.rmtree(place.run, ignore_errors=True)

    def _run(self, place: Place) -> int:
        self._check_ports()
        # 2 make missing keys
        if self._data.missing_keys():
            self._tell("making development keys")
            run_helper(["cli.up.keys", str(self._data.root)], (), self._signals)
        # 3 start the registry, then runner and gateway
        self._tell("starting the registry")
        addresses = self._ready(self._start("registry", place))
        count = self._options.runners
        self._tell("starting runner and gateway" if count == 1 else f"starting {count} runners and the gateway")
        if weak_sandbox():
            self._tell(f"WARNING: no Landlock here, so {WEAK_SANDBOX}=true: run nobody else's extensions on this machine")
        others = [self._start(name, place) for name in self._options.services[1:]]
        # 4 seed the samples
        samples = self._seed(place)
        addresses |= self._ready(*others)
        # 5 tell how to use it
        report = Report(self._data.keys, addresses, samples, os.getpid())
        self._whole(report)
        write_whole(self._data.root / RUNNING_FILE, json.dumps(report.running(), indent=2).encode(), PRIVATE)
        self._tell("ready")
        # 6 sleep until a signal or until a service ends
        if self._options.check:
            return self._check(report)
        print(json.dumps(report.as_json(), indent=2) if self._options.json else f"\n{report.text()}", flush=True)
        while True:
            self._signals.pause(None)
            for service in self._services:
                service.must_live()

    def _start(self, name: str, place: Place) -> Service:
        if kind_of(name) == "runner":
            private_folder(place.cache(name))
        log = self._data.logs / f"{name}.log"
        service = Service(name, environment(name, place), log, place.ready_file(name), kind_of(name))
        self._services.append(service)
        return service

    def _ready(self, *waiting: Service) -> dict[str, tuple[str, ...]]:
        return wait_ready(waiting, self._services, self._signals, self._tell)

    def _whole(self, report: Report) -> None:
        """Wait until the gateway has heard of the others. Raises Problem when it does not, or when one ends."""
        end = time.monotonic() + READY_SECONDS
        while request(report.gateway, "/readyz", "GET", [], timeout=READY_SECONDS).status not in _OK:
            for service in self._services:
                service.must_live()
            if time.monotonic() > end:
                raise Problem("the gateway does not reach registry and runner", f"look into the logs in {self._data.logs}")
            self._signals.pause(POLL)

    def _seed(self, place: Place) -> list[dict[str, Any]]:
        names = ", ".join(sample.name for sample in self._options.samples)
        if names:
            self._tell(f"publishing and installing {names} (what is unchanged stays; the first time takes about 20 s)")
        samples = [str(sample.absolute()) for sample in self._options.samples]
        arguments = ["cli.up.seed", str(self._data.root), place.socket("registry"), place.socket("runner"), *samples]
        found: list[dict[str, Any]] = json.loads(run_helper(arguments, self._services, self._signals))
        return found

    def _check(self, report: Report) -> int:
        sample = next((item for item in report.samples if report.call_path(item)), None)
        if sample is None:
            raise Problem("there is no sample that a GET could call", "name one with --sample DIR", ExitCode.USAGE)
        path, key = report.call_path(sample) or "", read_key_file(self._data.keys / "demo-caller.key")
        answer = request(report.gateway, path, "GET", [("x-api-key", key)], timeout=_CHECK_SECONDS)
        good = answer.status in _OK
        if self._options.json:
            print(
                json.dumps(
                    {**report.as_json(), "check": {"url": report.gateway + path, "status": answer.status, "body": answer.text()}},
                    indent=2,
                )
            )
        else:
            print(f"GET {report.gateway}{path}\n{answer.status} {answer.phrase}\n{answer.text()}", flush=True)
        return ExitCode.OK if good else ExitCode.FAILED

    def _check_ports(self) -> None:
        ports = {
            "--port": self._options.port,
            "--registry-port": self._options.registry_port,
            "--runner-port": self._options.runner_port,
        }
        for option, port in ports.items():
            if port == 0:
                continue
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
                    raise Problem(
                        f"port {port} of 127.0.0.1 {why}", f"name another with {option} PORT; {option} 0 takes any free one"
                    ) from error

    def _stop(self) -> None:
        (self._data.root / RUNNING_FILE).unlink(missing_ok=True)
        order = sorted(self._services, key=lambda service: self._options.services.index(service.name), reverse=True)
        if order:
            self._tell("stopping gateway, runner, registry")
        for service in order:
            service.stop(self._signals)
        if order:
            self._tell("stopped")

    def _tell(self, text: str) -> None:
        print(f"[{time.monotonic() - self._started:6.1f} s] {text}", file=sys.stderr, flush=True)


def main(options: UpOptions) -> int:
    """Run a platform as this process; answers the exit code. Raises Problem."""
    with Signals() as signals:
        return Supervisor(options, signals).run()


def default_sample() -> Path | None:
    """The sample of a source checkout; None in an installation without one."""
    folder = Path(__file__).resolve().parents[3] / "samples" / "hello-python"
    return folder if (folder / "manifest.json").is_file() else None
