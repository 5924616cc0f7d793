"""Processes under the supervisor: ready, ended too early, stopped in order, and ended with it. Real processes, small programs."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.problem import Problem
from cli.up.processes import Service, run_helper, tail, wait_ready
from cli.up.signals import Signals, StopAsked

GOOD = """
    import os, signal, sys, time
    def stop(*_):
        print("drained", flush=True); sys.exit(0)
    signal.signal(signal.SIGTERM, stop)
    with open(os.environ["READY"] + ".new", "w") as file:
        file.write('{"addresses": ["unix:/x", "127.0.0.1:5"]}')
    os.rename(os.environ["READY"] + ".new", os.environ["READY"])
    while True:
        signal.pause()
"""
STUBBORN = GOOD.replace("def stop(*_):", "def stop(*_):\n        return")
Start = Callable[..., Service]


@pytest.fixture
def signals() -> Iterator[Signals]:
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may themselves run under nohup
    with Signals() as entered:
        yield entered
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def start(tmp_path: Path, signals: Signals) -> Iterator[Start]:
    started: list[Service] = []

    def begin(program: str, name: str = "part") -> Service:
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(program))
        ready = tmp_path / f"{name}.ready"
        environment = {"PYTHONPATH": str(tmp_path), "READY": str(ready)}
        service = Service(name, environment, tmp_path / f"{name}.log", ready)
        started.append(service)
        return service

    yield begin
    for service in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(service.pid, signal.SIGKILL)
        service._process.wait()


def test_ready_then_drained(start: Start, signals: Signals, tmp_path: Path) -> None:
    service = start(GOOD)
    told: list[str] = []
    assert wait_ready([service], [service], signals, told.append) == {"part": ("unix:/x", "127.0.0.1:5")}
    assert told == ["part serves on 127.0.0.1:5"]
    service.stop(signals)
    assert (tmp_path / "part.log").read_text() == "drained\n"
    assert (tmp_path / "part.log").stat().st_mode & 0o777 == 0o600
    service.stop(signals)  # legal again


def test_a_process_that_ends_too_early_is_told_with_its_log(start: Start, signals: Signals) -> None:
    service = start("import sys; print('settings: no such key file'); sys.exit(2)")
    with pytest.raises(Problem) as caught:
        wait_ready([service], [service], signals, print)
    assert "part ended with exit code 2" in caught.value.text
    assert "settings: no such key file" in caught.value.text
    assert "part.log" in caught.value.next_step


def test_the_log_of_the_run_before_is_kept(start: Start, signals: Signals, tmp_path: Path) -> None:
    for _ in range(2):
        service = start("print('hello')")
        while service._process.poll() is None:
            signals.wait(1)
    assert (tmp_path / "part.log").read_text() == (tmp_path / "part.log.1").read_text() == "hello\n"


def test_one_process_that_ends_stops_the_wait_for_another(start: Start, signals: Signals) -> None:
    waiting, ended = start("import signal; signal.pause()", "waiting"), start("raise SystemExit(3)", "ended")
    with pytest.raises(Problem, match="ended with exit code 3"):
        wait_ready([waiting], [waiting, ended], signals, print)


def test_a_second_request_to_stop_ends_a_stubborn_process(start: Start, signals: Signals) -> None:
    service = start(STUBBORN)
    wait_ready([service], [service], signals, print)
    os.kill(os.getpid(), signal.SIGINT)
    service.stop(signals)
    assert service._process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_ask_to_stop(signals: Signals, number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    with pytest.raises(StopAsked):
        signals.pause(5)
    assert signals.wait(0) is False


def test_a_child_s_end_wakes_without_stopping(signals: Signals) -> None:
    subprocess.Popen([sys.executable, "-c", ""]).wait()
    assert signals.wait(5) is False


def test_under_nohup_the_end_of_a_terminal_stops_nothing() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Signals() as signals:
            os.kill(os.getpid(), signal.SIGHUP)
            assert signals.wait(0) is False
    finally:
        signal.signal(signal.SIGHUP, before)


def test_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Signals():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_services_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    (tmp_path / "part.py").write_text(textwrap.dedent(GOOD))
    program = """
        import sys, time
        from pathlib import Path
        from cli.up.processes import Service
        folder = Path(sys.argv[1])
        environment = {"PYTHONPATH": str(folder), "READY": str(folder / "ready")}
        service = Service("part", environment, folder / "part.log", folder / "ready")
        while service.addresses() is None:
            service.must_live(); time.sleep(0.01)
        print(service.pid, flush=True)
        time.sleep(600)
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        pid = int(supervisor.stdout.readline())
        descriptor = os.pidfd_open(pid)
        supervisor.kill()
    try:
        assert select.select([descriptor], [], [], 30)[0], "the service outlived its supervisor"
    finally:
        os.close(descriptor)
    assert (tmp_path / "part.log").read_text() == "drained\n"


def test_a_helper_s_problem_is_told_in_its_words(signals: Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "helper_a.py").write_text('print(\'{"error": {"message": "m", "next": "n", "reason": "r"}}\'); raise SystemExit(1)')
    (tmp_path / "helper_b.py").write_text("raise SystemExit(1)")
    (tmp_path / "helper_c.py").write_text("print('x' * 300000)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(Problem) as caught:
        run_helper(["helper_a"], (), signals)
    assert (caught.value.text, caught.value.next_step, caught.value.reason) == ("m", "n", "r")
    with pytest.raises(Problem):
        run_helper(["helper_b"], (), signals)
    assert len(run_helper(["helper_c"], (), signals)) == 300001  # more than a pipe holds


def test_tail_is_bounded(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\xff" * 100_000 + b"\n" + b"".join(b"line %d\n" % number for number in range(100)))
    assert tail(log).splitlines()[-1] == "  line 99"
    assert len(tail(log).splitlines()) == 15
    assert tail(tmp_path / "none") == "  (empty)"
