"""What a runner demands of its machine, and how it and `up` deal with one that has less: real processes on such a machine."""

import asyncio
import dataclasses
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.up.environment import WEAK_SANDBOX, Place, environment
from cli.up.layout import DataDir
from cli.up.options import UpOptions
from kernel.errors import Fault, Reason
from kernel.settings import EXIT_BAD_SETTINGS
from runner.executor.process import Executor, ExecutorOptions
from runner.sandbox import landlock
from runner.sandbox.demand import SETTING, check_isolation
from runner.sandbox.isolation import Isolation
from tests.runner_service.conftest import make_settings
from tests.runner_service.registry import Registry
from tests.runner_service.test_process import environment as runner_environment

ROOT = Path(__file__).parents[3]


def on_a_machine_without(*parts: str) -> list[str]:
    return [sys.executable, "-m", "tests.runner.sandbox.lacking", *parts, "--"]


def paths(env: dict[str, str]) -> dict[str, str]:
    return env | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}


def test_without_landlock_a_runner_refuses_and_names_the_setting() -> None:
    with pytest.raises(Fault) as refused:
        check_isolation(0, weak_is_accepted=False)
    assert refused.value.reason is Reason.INVALID_ARGUMENT
    assert refused.value.violations[0].field == SETTING


def test_accepting_it_warns_and_is_not_needed_with_landlock(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        check_isolation(1, weak_is_accepted=False)
        check_isolation(7, weak_is_accepted=True)
        assert caplog.records == []
        check_isolation(0, weak_is_accepted=True)
    assert "UNSAFE" in caplog.text


def test_the_process_ends_where_landlock_is_missing(short_root: Path) -> None:
    settings = make_settings(Registry(), short_root, unsafe_weak_sandbox=False)
    done = subprocess.run(
        [*on_a_machine_without("landlock"), sys.executable, "-m", "runner"],
        env=paths(runner_environment(settings, EXT_RUNNER_LOG_LEVEL="error")),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == EXIT_BAD_SETTINGS
    assert done.stderr.startswith(f"settings: {SETTING}: ")
    assert len(done.stderr.splitlines()) == 1


async def test_it_starts_where_that_is_accepted_and_says_what_holds(short_root: Path) -> None:
    settings = make_settings(Registry(), short_root, unsafe_weak_sandbox=True)
    child = await asyncio.create_subprocess_exec(
        *(*on_a_machine_without("landlock", "namespaces"), sys.executable, "-m", "runner"),
        env=paths(runner_environment(settings)),
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stderr is not None
    told = []
    try:
        async with asyncio.timeout(60):
            while not told or told[-1]["message"] != "serving":
                told.append(json.loads(await child.stderr.readline()))
        child.terminate()
        await child.communicate()
        assert child.returncode == 0
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()
    assert any(line["level"] == "warning" and "UNSAFE" in line["message"] for line in told)
    ready = next(line for line in told if line["message"] == "an executor is ready")
    assert (ready["landlock"], ready["namespaces"]) == (0, False)


async def test_an_executor_that_cannot_shut_itself_in_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ChildProcessError):
        await Executor.start(ExecutorOptions(lanes=1, components=1, artifacts=tmp_path / "none", memory_bytes=1 << 20))


def test_a_runner_hides_from_processes_of_its_user() -> None:
    """Its child of the same user, without root's capabilities, reads nothing of it. It could, before the runner hid."""
    done = subprocess.run(
        [sys.executable, "-c", _HIDING], env=paths({"EXT_SECRET": "x"}), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["free", "environ", "mem", "hidden"]


_HIDING = """
import os, runner.__main__ as main
from runner.sandbox import kernel

def look(told):
    if os.fork() == 0:
        kernel.drop_capabilities()
        runner, able = os.getppid(), []
        for name in ("environ", "mem"):
            try:
                os.close(os.open(f"/proc/{runner}/{name}", os.O_RDONLY))
                able.append(name)
            except PermissionError:
                pass
        print(told, *able, flush=True)
        os._exit(0)
    os.wait()

kernel.drop_capabilities()  # root's child may read a process that has no more rights than it
look("free")
main.process.run = lambda *_: look("hidden")
main.main()
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    options = UpOptions(tmp_path, port=0, registry_port=0, runner_port=0, samples=())
    return Place(DataDir(tmp_path), tmp_path, options)


def test_up_accepts_a_weak_machine_unless_the_person_says_otherwise(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 0)
    assert environment("runner", place, {})[WEAK_SANDBOX] == "true"
    assert environment("runner", place, {WEAK_SANDBOX: "false"})[WEAK_SANDBOX] == "false"
    assert WEAK_SANDBOX not in environment("gateway", place, {})
    monkeypatch.setattr(landlock, "version", lambda: 1)
    assert WEAK_SANDBOX not in environment("runner", place, {})


def test_closing_descriptors_keeps_the_standard_ones() -> None:
    """An empty range of `os.closerange` would reach to the very end."""
    program = (
        "import os; from runner.sandbox.enter import close_others; a, b = os.pipe(); c = os.dup(a); close_others({0, 1, 2, c});"
        "print([n for n in range(64) if os.path.exists(f'/proc/self/fd/{n}')] == [0, 1, 2, c], b < c)"
    )
    done = subprocess.run([sys.executable, "-c", program], env=paths({}), capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"landlock": true, "namespaces": true, "seccomp": true}', '{"landlock": 1}']
)
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Isolation.load(text)


def test_a_report_is_read_as_it_was_written() -> None:
    report = Isolation(landlock=7, namespaces=False, seccomp=True)
    assert Isolation.load(report.dump()) == report
    assert dataclasses.asdict(report).keys() == {"landlock", "namespaces", "seccomp"}
