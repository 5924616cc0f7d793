"""Runs a whole platform on one machine. Loads the standard library alone: it sleeps for days beside its three services.

1 take the data directory, 2 make missing keys, 3 start the registry, then runner and gateway, 4 seed the samples, 5 start the host
application, 6 tell how to use it, 7 sleep until a signal or until a service ends (with `--check`: make a call), 8 stop everything.
"""

import json
import os
import shutil
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from cli.author.files import PRIVATE, write_whole
from cli.exits import ExitCode
from cli.http import request
from cli.problem import Problem
from cli.session import RUNNING_FILE, read_key_file
from cli.up import host_app
from cli.up.environment import WEAK_SANDBOX, Place, environment, kind_of, machine, weak_sandbox
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
        self._product: socket.socket | None = None  # where the host application listens
        self._started = time.monotonic()

    def run(self) -> int:
        """Run until told to stop; answers the exit code. Raises Problem."""
        # 1 take the data directory
        self._data.make()
        with self._data.hold():
            self._check_ports()
            if self._options.host_port is not None:
                self._product = host_app.listen("--host-port", self._options.host_port)
                self._options = replace(self._options, host_port=self._product.getsockname()[1])
            place = Place(self._data, run_dir(self._data.root), self._options)
            try:
                return self._run(place)
            except StopAsked:
                return ExitCode.FAILED if self._options.check else ExitCode.OK
            finally:
                # 8 stop everything
                self._stop()
                if self._product is not None:
                    self._product.close()
                shutil.rmtree(place.run, ignore_errors=True)

    def _run(self, place: Place) -> int:
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
        others = [self._start(name, place) for name in self._options.services[1:] if name not in self._options.last]
        # 4 seed the samples
        samples = self._seed(place)
        addresses |= self._ready(*others)
        report = Report(self._data.keys, addresses, samples, os.getpid(), self._options.host_port)
        self._whole(report)
        # 5 start the host application
        if self._product is not None:
            self._ready(self._start_product(place, report.gateway, self._product))
        # 6 tell how to use it
        write_whole(self._data.root / RUNNING_FILE, json.dumps(report.running(), indent=2).encode(), PRIVATE)
        self._tell("ready")
        # 7 sleep until a signal or until a service ends
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

    def _start_product(self, place: Place, gateway: str, listening: socket.socket) -> Service:
        ready, descriptor = place.ready_file(host_app.SERVICE), listening.fileno()
        told = machine() | host_app.settings(place.data, descriptor, gateway, ready)
        log = self._data.logs / f"{host_app.SERVICE}.log"
        service = Service(host_app.SERVICE, told, log, ready, descriptors=[descriptor])
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
        port = self._options.host_port
        product = "" if port is None else host_app.url(port)
        arguments = ["cli.up.seed", str(self._data.root), place.socket("registry"), place.socket("runner"), product, *samples]
        found: list[dict[str, Any]] = json.loads(run_helper(arguments, self._services, self._signals))
        return found

    def _check(self, report: Report) -> int:
        sample = next((item for item in report.samples if report.call_path(item)), None)
        if sample is None:
            raise Problem("there is no sample that a GET could call", "name one with --sample DIR", ExitCode.USAGE)
        path, key = report.call_path(sample) or "", read_key_file(self._data.keys / "demo-caller.key")
        answer = request(report.gateway, path, "GET", [("x-api-key", key)], timeout=_CHECK_SECONDS)
        menu = self._menu(report) if report.product else None
        if self._options.json:
            check = {"url": report.gateway + path, "status": answer.status, "body": answer.text(), "menu": menu}
            print(json.dumps({**report.as_json(), "check": check}, indent=2))
        else:
            print(f"GET {report.gateway}{path}\n{answer.status} {answer.phrase}\n{answer.text()}", flush=True)
            if report.product:
                print(f"GET {report.product}/\nmenu: {', '.join(menu or []) or 'none'}", flush=True)
        return ExitCode.OK if answer.status in _OK and menu != [] else ExitCode.FAILED

    def _menu(self, report: Report) -> list[str]:
        """What the host application's page offers to who signs in."""
        password = read_key_file(self._data.keys / host_app.PASSWORD_FILE)
        return host_app.menu(report.product, password, _CHECK_SECONDS)

    def _check_ports(self) -> None:
        ports = {
            "--port": self._options.port,
            "--registry-port": self._options.registry_port,
            "--runner-port": self._options.runner_port,
        }
        for option, port in ports.items():
            if port != 0:
                host_app.listen(option, port).close()

    def _stop(self) -> None:
        (self._data.root / RUNNING_FILE).unlink(missing_ok=True)
        order = sorted(self._services, key=lambda service: self._options.services.index(service.name), reverse=True)
        if order:
            self._tell(f"stopping {', '.join(service.name for service in order)}")
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


def default_samples() -> list[Path]:
    """Those of a source checkout that can be built here; none in an installation without one."""
    folder = Path(__file__).resolve().parents[3] / "samples"
    names = ["hello-python", *(["agreements"] if shutil.which("npm") else [])]
    return [folder / name for name in names if (folder / name / "manifest.json").is_file()]
